//! The document around every page.
use super::{
    button::{Button, Look},
    icon::{Glyph, Icon, Logo},
    slug,
    summary::{Flash, FlashMessage},
    taste::{Density, Taste, Theme},
};
use crate::assets;
use leptos::prelude::*;

/// What a document says about itself.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// The title without the product's name; begins with "Error: " after a refused form.
    pub title: String,
    /// The nonce of this answer's content security policy.
    pub nonce: String,
    /// The theme the person chose.
    pub theme: Theme,
    /// The density the person chose.
    pub density: Density,
}

/// Which world is being shown, and the way into the other one.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Development: play money, marked on every page.
    pub dev: bool,
    /// Into the live world.
    pub live_href: String,
    /// Into the development world.
    pub dev_href: String,
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their name.
    pub name: String,
    /// Their role in words.
    pub role: String,
    /// Where the own sign-in is looked after; none: the name is no link.
    pub account: Option<String>,
    /// Where signing out posts to.
    pub sign_out: String,
    /// Where the choices of theme and density post to; none hides them.
    pub tastes: Option<Tastes>,
    /// The form token, sent as `token` with each of the forms.
    pub token: String,
}

/// Where the choices of how pages look post to.
#[derive(Debug, Clone)]
pub struct Tastes {
    /// The choice of theme (`theme=system|light|dark`).
    pub theme: String,
    /// The choice of density (`density=comfortable|compact`).
    pub density: String,
}

/// A link of the navigation.
#[derive(Debug, Clone)]
pub struct NavItem {
    /// Its word.
    pub label: String,
    /// Its address.
    pub href: String,
    /// Its drawing.
    pub icon: Icon,
    /// The part of the product being shown.
    pub current: bool,
}

/// Links that belong together.
#[derive(Debug, Clone)]
pub struct NavGroup {
    /// Their heading, if they need one.
    pub label: Option<String>,
    /// The links.
    pub items: Vec<NavItem>,
}

/// The document with its head; `class` goes to the body.
fn document(head: Head, class: &'static str, body: AnyView) -> AnyView {
    let Head { title, nonce, theme, density } = head;
    let script = assets::script();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.attribute() data-density=density.attribute()>
            <head>
                <meta charset="utf-8" />
                <title>{format!("{title} · LedgerOS")}</title>
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="robots" content="noindex" />
                <link rel="stylesheet" href=assets::style_path() integrity=assets::style().sri />
                <link rel="icon" type="image/svg+xml" href=assets::icon_path() />
                <script src=script.path integrity=script.sri nonce=nonce defer></script>
            </head>
            <body class=class>{body}</body>
        </html>
    }
    .into_any()
}

/// The mark; a link where there is a home to go to.
fn brand(home: Option<String>, organisation: Option<String>) -> AnyView {
    let words = view! {
        <Logo />
        <span>
            <span class="brand-name">"LedgerOS"</span>
            {organisation.map(|name| view! { <span class="brand-of">{name}</span> })}
        </span>
    };
    match home {
        Some(href) => view! { <a class="brand" href=href>{words}</a> }.into_any(),
        None => view! { <div class="brand">{words}</div> }.into_any(),
    }
}

fn switch(environment: Environment) -> AnyView {
    let Environment { dev, live_href, dev_href } = environment;
    view! {
        <nav class="switch" aria-label="Environment">
            <a class="live" href=live_href aria-current=(!dev).then_some("true")>
                <span class="lamp" aria-hidden="true"></span>
                "Live"
            </a>
            <a class="dev" href=dev_href aria-current=dev.then_some("true")>
                <span class="lamp" aria-hidden="true"></span>
                "Dev"
            </a>
        </nav>
    }
    .into_any()
}

fn navigation(groups: Vec<NavGroup>) -> AnyView {
    let groups = groups
        .into_iter()
        .map(|group| {
            let items = group
                .items
                .into_iter()
                .map(|NavItem { label, href, icon, current }| {
                    let current = current.then_some("page");
                    view! { <li><a href=href aria-current=current><Glyph icon />{label}</a></li> }
                })
                .collect_view();
            // Not headings: the page's own begin with its <h1>.
            let id = group.label.as_deref().map(|label| format!("n-{}", slug(label)));
            let label = group.label.map(|label| view! { <p id=id.clone()>{label}</p> });
            view! { <div>{label}<ul aria-labelledby=id>{items}</ul></div> }
        })
        .collect_view();
    view! { <nav class="nav" aria-label="Main">{groups}</nav> }.into_any()
}

/// The buttons of one choice; the one in force is pressed.
fn choices<T: Taste>(action: String, token: String, now: T) -> AnyView {
    let buttons = T::ALL.iter().map(|(choice, value, word)| {
        let pressed = if now == *choice { "true" } else { "false" };
        view! { <button type="submit" name=T::NAME value=*value aria-pressed=pressed>{*word}</button> }
    });
    view! {
        <form method="post" action=action aria-label=T::LABEL class="taste">
            <input type="hidden" name="token" value=token />
            {buttons.collect_view()}
        </form>
    }
    .into_any()
}

fn signed_in(person: Person, theme: Theme, density: Density) -> AnyView {
    let Person { name, role, account, sign_out, tastes, token } = person;
    let tastes = tastes.map(|to| {
        view! {
            <div class="tastes">
                {choices(to.theme, token.clone(), theme)}
                {choices(to.density, token.clone(), density)}
            </div>
        }
    });
    let name = match account {
        Some(href) => view! { <a class="name" href=href>{name}</a> }.into_any(),
        None => view! { <span class="name">{name}</span> }.into_any(),
    };
    view! {
        <div class="person">
            {tastes}
            <div class="who">
                <span>
                    {name}
                    <span class="role">{role}</span>
                </span>
                <form method="post" action=sign_out>
                    <input type="hidden" name="token" value=token />
                    <Button word="Sign out" look=Look::Secondary small=true />
                </form>
            </div>
        </div>
    }
    .into_any()
}

/// Says, once the script shows it, that the session is about to end; one click keeps it.
fn idle(minutes: i64) -> AnyView {
    view! {
        <div class="flash warn idle" role="alert" data-idle=minutes.to_string() hidden>
            <p>"Nothing has happened here for a while. In two minutes you are signed out; what you typed stays on this page."</p>
            <button type="button" class="button secondary small" data-stay>"Stay signed in"</button>
        </div>
    }
    .into_any()
}

/// The box that takes any id; it works by a plain form.
fn jump(action: String) -> AnyView {
    view! {
        <form class="jump" method="get" action=action role="search" aria-label="Jump to">
            <label class="quiet" for="jump">"Jump to an id, last four digits or merchant"</label>
            <input class="control" id="jump" type="search" name="q" placeholder="Jump to any id" autocomplete="off" />
            <button type="submit" class="button secondary small"><Glyph icon=Icon::Search /><span class="quiet">"Jump"</span></button>
        </form>
    }
    .into_any()
}

/// A page of somebody who is signed in.
///
/// On small screens the side column is a popover behind "Menu": no script is needed.
#[component]
pub fn Shell(
    /// What the document says about itself.
    head: Head,
    /// The name of the organisation.
    #[prop(into)]
    organisation: String,
    /// Live or development.
    environment: Environment,
    /// Who is signed in.
    person: Person,
    /// The navigation.
    nav: Vec<NavGroup>,
    /// Where the jump box sends what is pasted into it (`q`); without it there is no box.
    #[prop(optional, into)]
    jump_action: Option<String>,
    /// What everybody must know on every page, for as long as it is so.
    #[prop(optional_no_strip)]
    notice: Option<AnyView>,
    /// Something to say once.
    #[prop(optional_no_strip)]
    flash: Option<FlashMessage>,
    /// After how many quiet minutes the session ends: a script warns two minutes before.
    #[prop(optional)]
    idle_minutes: Option<i64>,
    /// The page, beginning with a [`PageHead`](super::PageHead).
    children: Children,
) -> AnyView {
    let dev = environment.dev;
    let (theme, density) = (head.theme, head.density);
    let paper = format!("{organisation}, {}", if dev { "development: play money" } else { "live" });
    let home = if dev { environment.dev_href.clone() } else { environment.live_href.clone() };
    let band = dev.then(|| {
        view! {
            <aside class="band" aria-label="Environment notice"><b>"Development."</b><span>" Play money: nothing here moves funds."</span></aside>
        }
    });
    let body = view! {
        <a class="skip" href="#main">"Skip to content"</a>
        {band}
        <div class="app">
            <header class="topbar">
                {brand(Some(home.clone()), None)}
                <button type="button" class="button secondary" popovertarget="side"><Glyph icon=Icon::Menu />"Menu"</button>
            </header>
            <section class="side" id="side" popover="auto" aria-label="Workspace">
                {brand(Some(home), Some(organisation))}
                {switch(environment)}
                {jump_action.map(jump)}
                {navigation(nav)}
                {signed_in(person, theme, density)}
            </section>
            <main class="main" id="main" tabindex="-1">
                <div class="inner">
                    // Of the frame, paper has only this.
                    <p class="paper" aria-hidden="true"><b>{paper}</b><span>"LedgerOS"</span></p>
                    {notice}
                    {flash.map(|message| view! { <Flash message /> })}
                    {idle_minutes.map(idle)}
                    {children()}
                </div>
            </main>
        </div>
    };
    document(head, if dev { "dev" } else { "live" }, body.into_any()).into_any()
}

/// A page without navigation: sign-in, set-up, errors.
#[component]
pub fn Bare(
    /// What the document says about itself.
    head: Head,
    /// A line under the card.
    #[prop(optional, into)]
    foot: Option<String>,
    /// The page, beginning with a [`PageHead`](super::PageHead).
    children: Children,
) -> AnyView {
    let body = view! {
        <div class="bare">
            <header>{brand(None, None)}</header>
            <main class="bare-main" id="main" tabindex="-1">{children()}</main>
            {foot.map(|foot| view! { <footer class="bare-foot">{foot}</footer> })}
        </div>
    };
    document(head, "live", body.into_any()).into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(title: &str, dev: bool) -> String {
        let head = Head { title: title.into(), nonce: "n0nce".into(), theme: Theme::Dark, density: Density::Compact };
        let environment = Environment { dev, live_href: "/live".into(), dev_href: "/dev".into() };
        let person = Person {
            name: "<Ada>".into(),
            role: "Owner".into(),
            account: None,
            sign_out: "/sign-out".into(),
            tastes: Some(Tastes { theme: "/theme".into(), density: "/density".into() }),
            token: "t0ken".into(),
        };
        view! { <Shell head organisation="Acme" environment person nav=vec![]><p>"Hello"</p></Shell> }
            .to_html()
            .replace("<!>", "")
    }

    #[test]
    fn a_title_cannot_leave_its_element() {
        let html = page("</title><script>alert(1)</script>", false);
        assert!(html.contains("&lt;/title&gt;&lt;script&gt;"), "{html}");
        assert_eq!(html.matches("<script").count(), 1);
        assert!(!html.contains("<Ada>"));
    }

    #[test]
    fn nothing_is_inline_and_the_script_is_pinned() {
        let html = page("Overview", false);
        assert!(
            html.starts_with("<!DOCTYPE html><html lang=\"en\" data-theme=\"dark\" data-density=\"compact\">"),
            "{html}"
        );
        assert!(!html.contains(" style=") && !html.contains("<style") && !html.contains(" onclick="));
        assert!(html.contains("nonce=\"n0nce\"") && html.contains("integrity=\"sha384-"), "{html}");
    }

    #[test]
    fn development_is_told_in_words() {
        assert!(page("Overview", true).contains("nothing here moves funds"));
        assert!(!page("Overview", false).contains("nothing here moves funds"));
    }

    #[test]
    fn each_form_carries_the_token() {
        let html = page("Overview", false);
        assert_eq!(html.matches("method=\"post\"").count(), html.matches("value=\"t0ken\"").count());
    }
}
