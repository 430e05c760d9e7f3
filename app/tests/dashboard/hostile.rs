//! Hostile texts: whatever somebody writes is text on every page, and nothing but text.
use super::{
    browser::{Browser, Page},
    desk::Desk,
    html::{decoded, tags},
    world::{World, opens},
};
use domain::{
    access::{self, Password, Role},
    environment::Environment,
    name::Name,
    testing::{Fresh, email},
};
use std::collections::BTreeSet;

/// At most 64 characters each: they must fit a name.
const TEXTS: [&str; 6] = [
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)' x='",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "'; drop table agents; --",
];

/// No element and no attribute that was not ours.
fn harmless(page: &Page, path: &str) {
    let tags = tags(&page.html);
    assert_eq!(tags.iter().filter(|tag| tag.name == "script").count(), 1, "{path}: our script and no other");
    assert_eq!(page.html.matches("<script").count(), 1, "{path}");
    assert!(!page.html.contains("<img"), "{path}");
    let known: BTreeSet<&str> = "a abbr aside b blockquote body br button caption circle code dd details div dl dt fieldset footer form g h1 h2 h3 \
        head header html input label legend li line link main meta nav ol option p path polyline pre rect script section \
        select span strong summary svg table tbody td text textarea th thead time title tr ul use defs clippath polygon \
        ellipse tspan hr small em desc optgroup symbol mark figure figcaption meter progress datalist"
        .split_whitespace()
        .collect();
    for tag in tags.into_iter().filter(|tag| tag.name != "/form") {
        assert!(known.contains(&*tag.name), "{path}: <{}>", tag.name);
        for (name, value) in tag.attributes {
            let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_:!".contains(&b));
            assert!(plain && !name.starts_with("on") && name != "style", "{path}: <{} {name}>", tag.name);
            let target = ["href", "src", "action", "formaction"].contains(&&*name);
            let of_ours = value.is_empty() || value.starts_with(['/', '#', '?']) && !value.starts_with("//");
            let script = value.trim().to_ascii_lowercase().starts_with("javascript:");
            assert!(!target || (of_ours && !script), "{path}: <{} {name}={value:?}>", tag.name);
        }
    }
}

/// The text as it must stand in the page.
fn shown(page: &Page, text: &str) -> bool {
    let raw = page.main();
    decoded(raw).contains(text) && (!text.contains('<') || raw.contains("&lt;"))
}

/// Somebody with this name signs in.
async fn person(fresh: &Fresh, organisation: &domain::ids::OrganisationId, text: &str, address: &str) -> Browser {
    let password = Password::new(super::browser::PASSWORD.into()).unwrap();
    let name = Name::parse(text).unwrap();
    access::add_person(&fresh.db, organisation, name, email(address), Role::Owner, password).await.unwrap();
    let mut browser = Browser::new(fresh);
    assert_eq!(browser.sign_in(address, super::browser::PASSWORD, "").await.led(), (303, Some("/live")));
    browser
}

#[tokio::test]
async fn what_agents_merchants_and_people_write_is_text_on_every_page() {
    let fresh = Fresh::new().await;
    for (i, text) in TEXTS.iter().enumerate() {
        // The organisation's name is a text too, and is on every page.
        let organisation = domain::testing::organisation(&fresh.db, text).await;
        let world = World::written(&fresh.db, &organisation, Environment::Live, Some(text)).await;
        let mut owner = person(&fresh, &organisation, text, &format!("owner{i}@hostile.example")).await;
        for route in app::pages().table {
            if !opens(&route, Environment::Live) {
                continue;
            }
            let path = world.path(&route);
            let page = owner.get(&path).await;
            assert!([200, 303].contains(&page.led().0), "{text}: {path}");
            if page.status.as_u16() == 303 {
                continue;
            }
            harmless(&page, &format!("{text} on {path}"));
            // These show no text but numbers, addresses and the words of the house.
            let silent = [
                "/",
                "/monitoring",
                "/keys/new",
                "/keys/identify",
                "/keys/policy",
                "/views/new",
                "/policies/new",
                "/policies/organisation",
                "/webhooks/new",
                "/webhooks/attempts",
                "/members/invite",
                "/settings/threshold",
                "/settings/alerts",
                "/profile/notices",
                "/jump",
                "/cards/unused",
                // Without an issuer it has no form.
                "/cards/new",
                "/risk",
                "/risk/settings",
                "/risk/preset",
                "/risk/rules/{rule}",
            ]
            .contains(&route.path)
                || ["/cards/{id}/", "/webhooks/{id}/", "/webhooks/deliveries", "/members/invites"]
                    .iter()
                    .any(|p| route.path.starts_with(p))
                || route.path.ends_with("/export");
            if !silent {
                assert!(shown(&page, text), "{text} is not shown on {path}: {}", page.main());
            }
        }
        for query in [
            "status",
            "rule",
            "effect",
            "agent",
            "card",
            "actor",
            "subject",
            "action",
            "from",
            "to",
            "range",
            "type",
            "endpoint",
            "creator",
            "concern",
            "sort",
            "q",
            "key",
            "class",
            "route",
            "error",
            "address",
            "idempotency",
            "id",
            "outcome",
            "request",
            "merchant",
            "last4",
            "purchase",
            "user",
            "days",
            "card",
            "none",
            "tick",
        ] {
            for list in [
                "keys",
                "purchases",
                "disputes",
                "intents",
                "attestations",
                "cards",
                "cards/unused",
                "agents",
                "users",
                "audit",
                "audit/export",
                "requests",
                "requests/export",
                "jump",
                "webhooks/deliveries",
                "webhooks/attempts",
                "monitoring",
                "risk",
            ] {
                let query = serde_urlencoded::to_string([(query, *text), ("rows", text)]).unwrap();
                let path = format!("/live/{list}?{query}");
                let page = owner.get(&path).await;
                if list == "jump" && page.status.as_u16() == 303 {
                    continue;
                }
                assert_eq!(page.led(), (200, None), "{path}");
                harmless(&page, &path);
            }
        }
        for place in ["before", "after"] {
            let query = serde_urlencoded::to_string([(place, *text), ("q", text)]).unwrap();
            let page = owner.get(&format!("/live/audit?{query}")).await;
            assert_eq!(page.led(), (400, None), "{text}");
            harmless(&page, text);
        }
    }
}

/// The names of the entries in the form of a page's main part.
fn entries(page: &Page) -> BTreeSet<String> {
    let form = page.main().split("<form").nth(1).unwrap_or_default().split("</form>").next().unwrap().to_owned();
    let names = tags(&format!("<form{form}")).into_iter().filter(|tag| tag.name != "form" && tag.name != "button");
    names.flat_map(|tag| tag.attributes).filter(|(name, _)| name == "name").map(|(_, value)| value).collect()
}

#[tokio::test]
async fn what_is_typed_into_any_form_comes_back_as_text() {
    let mut desk = Desk::new().await;
    let mut filled = 0;
    for form in desk.forms().into_iter().filter(|form| form.path.starts_with("/live/")) {
        let page = desk.open(&form).await;
        let (path, owner) = (&form.path, &mut desk.owner);
        let entries = entries(&page);
        assert!(entries.contains("token"), "{path}: {entries:?}");
        // Everything at once, which is refused somewhere, and each alone.
        for text in TEXTS {
            let hostile: Vec<(&str, &str)> =
                entries.iter().filter(|name| *name != "token").map(|name| (&**name, text)).collect();
            if hostile.len() < 2 {
                continue;
            }
            let page = owner.submit(path, &hostile).await;
            assert_eq!(page.led(), (422, None), "{path}");
            assert!(page.html.contains("<title>Error: "), "{path}");
            harmless(&page, &format!("{text} posted to {path}"));
            for (field, _) in hostile.iter().filter(|(field, _)| ["name", "reason", "limit", "url"].contains(field)) {
                let kept = tags(&page.html)
                    .into_iter()
                    .find(|tag| tag.name == "input" && tag.attributes.contains(&("name".into(), (*field).to_owned())));
                let value =
                    kept.and_then(|tag| tag.attributes.into_iter().find(|(name, _)| name == "value")).unwrap().1;
                let value =
                    value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
                assert_eq!(value.replace("&#x27;", "'"), text, "{field} is kept on {path}");
                filled += 1;
            }
        }
    }
    assert!(filled >= 4 * TEXTS.len(), "{filled}");
}

#[tokio::test]
async fn the_door_takes_hostile_texts_as_texts() {
    let fresh = Fresh::empty().await;
    let link = access::issue_setup_link(&fresh.db).await.unwrap().unwrap();
    let set_up = format!("/set-up/{}", link.0.text());
    let mut nobody = Browser::new(&fresh);
    for (n, text) in TEXTS.into_iter().enumerate() {
        let organisation = domain::testing::organisation(&fresh.db, text).await;
        let owner =
            access::testing::member(&fresh.db, &organisation, Role::Owner, text, &format!("o{n}@a.example")).await;
        let invite = access::invites::Invite { email: email(&format!("new{n}@a.example")), role: Role::Support };
        let access::invites::Invited::Made(made) = fresh.db.commit(&owner, invite).await.unwrap() else {
            panic!("made")
        };
        let link = made.link.unwrap().reveal();
        let join = format!("/invite/{}", link.text());
        assert!(shown(&nobody.get(&join).await, text), "organisation and inviter are shown");
        for path in ["/sign-in", "/theme", "/density", &set_up, &join] {
            let form = nobody.get(path).await;
            let entries = entries(&form);
            let hostile: Vec<(&str, &str)> =
                entries.iter().filter(|name| *name != "token").map(|name| (&**name, text)).collect();
            assert!(!hostile.is_empty(), "{path}");
            let page = nobody.submit(path, &hostile).await;
            // A hostile name is a name; a password that the organisation is called is none.
            assert_eq!(page.led(), (422, None), "{path}");
            harmless(&page, path);
        }
        let query = serde_urlencoded::to_string([("next", text)]).unwrap();
        harmless(&nobody.get(&format!("/sign-in?{query}")).await, text);
        let lost = nobody.get(&format!("/{}", query.trim_start_matches("next="))).await;
        assert_eq!(lost.led(), (404, None));
        harmless(&lost, text);
    }
}
