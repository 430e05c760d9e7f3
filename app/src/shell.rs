//! What stands around every page: navigation, environment, person, and the page for what went wrong.
use crate::{
    cx::Cx,
    paths, query,
    screen::Page,
    settings,
    ui::{
        Bare, ButtonLink, Crumb, Environment, FlashMessage, Head, Icon, NavGroup, NavItem, PageHead, Person, Shell,
        Tastes, Tone,
    },
};
use domain::{access::Permission, environment::Environment as World, intents};
use http::StatusCode;
use leptos::prelude::*;

/// A page's whole document: with navigation for whom is signed in, bare at the door.
pub fn document(cx: &Cx, page: Page) -> AnyView {
    let refused = cx.posted.as_ref().is_some_and(|posted| posted.is_refused());
    let title = if query::is_turned(cx) { format!("{}, continued", page.title) } else { page.title.clone() };
    let title = if refused { format!("Error: {title}") } else { title };
    let back = |href| cx.app.returns.back(cx, href);
    let crumbs = page.crumbs.into_iter().map(|(label, href)| Crumb { label, href: back(href) }).collect();
    cx.app.returns.note(cx);
    let Page { title: heading, body, actions, lead, badge, .. } = page;
    let content = view! {
        <PageHead title=heading crumbs lead badge actions />
        {body}
    };
    around(cx, title, content.into_any())
}

fn around(cx: &Cx, title: String, content: AnyView) -> AnyView {
    let head = Head { title, nonce: cx.nonce.clone(), theme: cx.theme, density: cx.density };
    let Some(visitor) = &cx.visitor else {
        return view! { <Bare head>{content}</Bare> }.into_any();
    };
    let person = Person {
        name: visitor.name.clone(),
        role: capital(visitor.role.as_str()),
        account: Some(paths::ACCOUNT.into()),
        sign_out: paths::SIGN_OUT.into(),
        tastes: Some(Tastes { theme: paths::THEME.into(), density: paths::DENSITY.into() }),
        token: cx.form_token(),
    };
    let environment = Environment {
        dev: cx.environment == World::Dev,
        live_href: paths::overview(World::Live),
        dev_href: paths::overview(World::Dev),
    };
    let flash = cx.flash.clone().map(|text| FlashMessage { tone: Tone::Good, text });
    let organisation = visitor.organisation_name.clone();
    view! {
        <Shell
            head
            organisation
            environment
            person
            nav=navigation(cx)
            jump_action=paths::jump(cx.environment)
            notice=settings::stopped(cx)
            flash
            idle_minutes=visitor.idle_minutes
        >
            {content}
        </Shell>
    }
    .into_any()
}

/// The page that says what went wrong; `first` is the page of a list from which to go on.
pub fn problem(cx: &Cx, status: StatusCode, title: String, advice: String, first: Option<String>) -> AnyView {
    let request =
        cx.origin.request.as_ref().map(|id| view! { <p class="hint">"Request "<code>{id.to_string()}</code></p> });
    let (home, word) = match (first, &cx.visitor) {
        (Some(first), _) => (first, "Go to the first page"),
        (None, Some(_)) => (paths::overview(cx.environment), "Go to the overview"),
        (None, None) => (paths::SIGN_IN.to_owned(), "Go to sign-in"),
    };
    let content = view! {
        <PageHead title=title.clone() lead=advice />
        <div class="actions"><ButtonLink href=home word=word /></div>
        {request}
    };
    around(cx, format!("{title} ({})", status.as_u16()), content.into_any())
}

fn navigation(cx: &Cx) -> Vec<NavGroup> {
    let path = query::full_path(cx);
    let e = cx.environment;
    let item = |label: &str, icon: Icon, href: String, may: Permission| {
        let inside = path.strip_prefix(&href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let current = if href == paths::overview(e) { path.trim_end_matches('/') == href } else { inside };
        cx.may(may).then(|| NavItem { label: label.into(), current, href, icon })
    };
    let group = |label: Option<&str>, items: Vec<Option<NavItem>>| NavGroup {
        label: label.map(str::to_owned),
        items: items.into_iter().flatten().collect(),
    };
    let unread = cx.visitor.as_ref().map_or(0, |visitor| visitor.notices);
    let own = if unread > 0 { format!("You ({unread})") } else { "You".to_owned() };
    let waiting = cx.visitor.as_ref().map_or(0, |visitor| visitor.proposals);
    let approvals = if waiting > 0 { format!("Approvals ({waiting})") } else { "Approvals".to_owned() };
    let held = match cx.held {
        0 => "Held purchases".to_owned(),
        n if n >= intents::MOST_HELD => format!("Held purchases ({n}+)"),
        n => format!("Held purchases ({n})"),
    };
    let groups = [
        group(
            None,
            vec![
                item("Overview", Icon::Overview, paths::overview(e), Permission::View),
                item("Monitoring", Icon::Monitoring, paths::monitoring(e), Permission::View),
            ],
        ),
        group(
            Some("Spend"),
            vec![
                item("Agents", Icon::Agent, paths::agents(e), Permission::View),
                item("Users", Icon::User, paths::users(e), Permission::View),
                item("Cards", Icon::Card, paths::cards(e), Permission::View),
                item("Policies", Icon::Lock, paths::policies(e), Permission::View),
                item("Purchases", Icon::Purchase, paths::purchases(e), Permission::View),
                item("Disputes", Icon::Warning, paths::disputes(e), Permission::View),
                item("Attestations", Icon::Attestation, paths::attestations(e), Permission::View),
                item("Intents", Icon::Check, paths::intents(e), Permission::View),
                item(&held, Icon::Clock, paths::held(e), Permission::View),
                item("Risk", Icon::Warning, paths::risk(e), Permission::View),
            ],
        ),
        group(
            Some("Connect"),
            vec![
                item("API keys", Icon::Key, paths::keys(e), Permission::View),
                item("API reference", Icon::Audit, paths::reference(e), Permission::Enter),
                item("Requests", Icon::Request, paths::requests(e), Permission::View),
                item("Webhooks", Icon::Webhook, paths::webhooks(e), Permission::ViewDeliveries),
                item("Audit log", Icon::Audit, paths::audit(e), Permission::ReadAudit),
            ],
        ),
        group(
            Some("Organisation"),
            vec![
                item("Members", Icon::User, paths::members(e), Permission::View),
                item(&approvals, Icon::Check, paths::approvals(e), Permission::View),
                item("Settings", Icon::Settings, paths::settings(e), Permission::View),
                item(&own, Icon::User, paths::profile(e), Permission::Enter),
            ],
        ),
    ];
    groups.into_iter().filter(|group| !group.items.is_empty()).collect()
}

/// A word with a capital, as it stands alone.
pub fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
