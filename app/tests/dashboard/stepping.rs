//! Security X-S6 on the pages themselves: with a factor of six minutes ago every form of somebody who is signed in asks for
//! one again, but those that are named here.
use super::{
    browser::{Browser, Page},
    world::{ENTRIES, World},
};
use app::guard::Access;
use domain::{access::Role, ids::PasskeyId, testing::Fresh, time::MINUTE};
use std::collections::BTreeSet;

/// What goes without: stopping something must never wait, and the rest hurts nobody when a stranger does it. Whoever adds a
/// form lets its command ask, or says here why not.
const GO: [&str; 31] = [
    // The matrix asks nothing for it.
    "/agents/new",
    "/agents/{id}/edit",
    "/cards/new",
    // The first asks and writes nothing; the second moves no money.
    "/cards/{id}/try",
    "/cards/{id}/try/post",
    // Finds out what a key is, and says nothing of what it opens.
    "/keys/identify",
    // What is sent tightens, and what new cards inherit lets nothing through that is there.
    "/agents/{id}/rules",
    "/cards/{id}/rules",
    "/agents/{id}/policy",
    "/policies/organisation",
    // They stop something.
    "/agents/{id}/suspend",
    "/agents/tokens/{id}/revoke",
    "/cards/{id}/freeze",
    "/keys/{id}/freeze",
    "/keys/{id}/compromised",
    "/keys/{id}/revoke",
    "/approvals/{id}/withdraw",
    "/settings/stop",
    // Counts what a revocation would stop, and stops nothing.
    "/keys/{id}/trial",
    // Lists as the visitor likes them.
    "/views/new",
    "/views/{id}",
    "/views/{id}/delete",
    // Says something, or asks others for something.
    "/disputes/{id}/cancel",
    "/purchases/{id}/dispute",
    "/purchases/{id}/notes",
    "/webhooks/{id}/test",
    // The visitor's own.
    "/profile",
    "/profile/notices",
    "/account/sessions",
    "/profile/leave",
    "/sign-out",
];

/// What the forms need besides [`ENTRIES`].
const MORE: [(&str, &str); 5] =
    [("format", "csv"), ("zone", "utc"), ("days", "365"), ("idle_minutes", "15"), ("session", "others")];

#[tokio::test]
async fn what_the_matrix_marks_asks_for_a_factor_of_five_minutes() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    drop(Browser::signed_in(&fresh, Role::Owner).await);
    let (pages, door) = (app::pages().table, app::door().table);
    let pages = pages.iter().map(|route| (route, world.path(route)));
    let id = PasskeyId::new(fresh.db.now(), fresh.db.chance()).to_string();
    let door = door.iter().filter(|route| route.access != Access::Public);
    let door = door.map(|route| (route, route.path.replace("{id}", &id)));
    let mut forms: Vec<_> = pages.chain(door).filter(|(route, _)| route.form).collect();
    // What asks changes nothing; what goes comes last.
    forms.sort_by_key(|(route, _)| match GO.iter().position(|path| *path == route.path) {
        Some(at) => at + 2,
        // What waits for a person runs out half an hour on.
        None => usize::from(route.path != "/intents/{id}/decide"),
    });
    let mut went = BTreeSet::new();
    for (route, path) in &forms {
        let mut owner = Browser::signed_in_again(&fresh, Role::Owner).await;
        fresh.clock.advance(6 * MINUTE);
        let page = owner.get(path).await;
        if asks(&page) {
            continue;
        }
        let token = owner.get("/theme").await.token();
        let mut sent = entries(&page);
        match route.path {
            "/agents/{id}/limit" => sent.retain(|(name, _)| name != "limit"),
            "/account/passkeys" => {
                sent =
                    [("passkey", &*id), ("name", "x")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            }
            _ => {}
        }
        match route.path {
            "/agents/{id}/limit" => sent.push(("limit".into(), "99999999".into())),
            "/approvals/{id}/decide" => sent.push(("decision".into(), "approve".into())),
            // By now it ran out, and its page leads away from the form.
            "/intents/{id}/decide" => {
                sent =
                    [("decision", "approve"), ("reason", "")].map(|(name, value)| (name.into(), value.into())).into();
            }
            _ => {}
        }
        let mut fields = vec![("token", &*token)];
        fields.extend(sent.iter().map(|(name, value)| (&**name, &**value)));
        let page = owner.post(path, &fields).await;
        if !asks(&page) {
            went.insert(format!("{} {:?}", route.path, page.led()));
        }
    }
    let gone: BTreeSet<&str> = went.iter().map(|went| went.split(' ').next().unwrap()).collect();
    assert_eq!(gone, BTreeSet::from(GO), "{went:#?}");
}

/// Whether a factor is asked for: by the page that was sent, or on the way to it.
fn asks(page: &Page) -> bool {
    page.location.as_deref().is_some_and(|to| to.starts_with("/step-up"))
        || page.status == 403 && page.main().contains("Show that it is you")
}

/// The entries of the page's own form as a browser sends them, and a value for each blank that has one; none where there is no
/// form to send now.
fn entries(page: &Page) -> Vec<(String, String)> {
    if page.status != 200 {
        return vec![];
    }
    let Some(form) = page.main().split("<form").find(|form| form.contains("method=\"post\"")) else { return vec![] };
    let form = form.split("</form>").next().unwrap_or_default();
    let mut all: Vec<(String, String)> = Vec::new();
    for tag in form.split('<').skip(1) {
        let attribute = |name: &str| {
            let value = tag.split('>').next()?.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
            Some(value.replace("&quot;", "\"").replace("&amp;", "&"))
        };
        let Some(name) = attribute("name") else { continue };
        let ticks = tag.contains("type=\"checkbox\"") || tag.contains("type=\"radio\"");
        let value =
            if ticks && !tag.contains(" checked") { String::new() } else { attribute("value").unwrap_or_default() };
        match all.iter_mut().find(|(own, _)| *own == name) {
            _ if name == "token" || name.ends_with("[]") || tag.starts_with("button") => {}
            Some((_, own)) if own.is_empty() => *own = value,
            Some(_) => {}
            None => all.push((name, value)),
        }
    }
    for (name, value) in all.iter_mut().filter(|(_, value)| value.is_empty()) {
        let known = ENTRIES.iter().chain(&MORE).find(|(own, _)| own == name);
        *value = known.map_or("", |(_, value)| value).to_owned();
    }
    all
}
