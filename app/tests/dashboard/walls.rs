//! The walls: who is not signed in, who lacks the permission, and whose it is not, at every route there is.
use super::{
    browser::{Browser, Page},
    world::{ENTRIES, World, opens, power_of},
};
use app::{guard::Access, screen::RouteInfo};
use axum::http::Request;
use domain::{
    access::{self, Role},
    environment::Environment,
    testing::{Fresh, organisation},
};
use std::collections::BTreeMap;

/// Whoever comes may see these, and no others.
const PUBLIC: [&str; 11] = [
    "/sign-in",
    "/sign-in/factor",
    "/sign-in/enrol",
    "/sign-in/passkey",
    "/set-up/{token}",
    "/theme",
    "/density",
    "/verify/{token}",
    "/invite/{token}",
    "/forgot",
    "/reset/{token}",
];
const ENVIRONMENTS: [Environment; 2] = [Environment::Live, Environment::Dev];

/// A page without what differs each time: form tokens, nonce, request id.
pub fn blank(html: &str) -> String {
    let mut text = html.to_owned();
    for start in ["name=\"token\" value=\"", "nonce=\"", "<p class=\"hint\">Request <code>"] {
        let mut parts = text.split(start);
        let mut blanked = parts.next().unwrap().to_owned();
        for part in parts {
            blanked.push_str(start);
            blanked.push_str(part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "._-".contains(c)));
        }
        text = blanked;
    }
    text
}

/// Nothing is different, but that refusals are recorded.
async fn unchanged(fresh: &Fresh, before: BTreeMap<String, Vec<String>>, who: &str) {
    let mut after = fresh.dump().await;
    after.entry("audit".into()).or_default().retain(|row| !row.contains("access.denied"));
    for (table, mut rows) in before {
        if table == "audit" {
            rows.retain(|row| !row.contains("access.denied"));
        }
        assert_eq!(after.remove(&table), Some(rows), "{who} changed {table}");
    }
}

/// A form with every entry that any form asks for, from a page of ours.
async fn post(browser: &mut Browser, path: &str) -> Page {
    let token = browser.get("/theme").await.token();
    browser.post(path, &[&[("token", &*token)], &ENTRIES[..]].concat()).await
}

#[tokio::test]
async fn nobody_passes_the_door_unrecognised() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let before = fresh.dump().await;
    let mut nobody = Browser::new(&fresh);
    for route in app::pages().table {
        assert!(matches!(route.access, Access::Needs(_)), "{}", route.path);
        for environment in ENVIRONMENTS {
            let path = world.path_in(&route, environment);
            let page = nobody.get(&path).await;
            let next = serde_urlencoded::to_string([("next", &path)]).unwrap();
            assert_eq!(page.status.as_u16(), 303, "{path}");
            let location = page.location.unwrap();
            let decoded: Vec<(String, String)> =
                serde_urlencoded::from_str(location.strip_prefix("/sign-in?").unwrap()).unwrap();
            assert_eq!(decoded, serde_urlencoded::from_str::<Vec<(String, String)>>(&next).unwrap(), "{path}");
            assert_eq!(page.html, "", "{path}: nothing is shown on the way");
            if route.form {
                let page = post(&mut nobody, &path).await;
                assert_eq!(page.status.as_u16(), 303, "POST {path}");
                assert!(page.location.unwrap().starts_with("/sign-in"), "POST {path}");
            }
        }
    }
    for route in app::door().table {
        let public = route.access == Access::Public;
        assert_eq!(public, PUBLIC.contains(&route.path), "{}", route.path);
        if !public {
            let page = nobody.get(&route.path.replace("{id}", "x")).await;
            assert!(page.location.unwrap().starts_with("/sign-in"), "{}", route.path);
        }
    }
    unchanged(&fresh, before, "nobody").await;
}

#[tokio::test]
async fn a_role_without_the_permission_is_told_which_it_lacks() {
    let fresh = Fresh::new().await;
    let live = World::new(&fresh).await;
    let dev = World::written(&fresh.db, &fresh.organisation, Environment::Dev, None).await;
    for role in Role::ALL {
        let mut browser = Browser::signed_in(&fresh, *role).await;
        let before = fresh.dump().await;
        for (world, route) in
            [&live, &dev].into_iter().flat_map(|w| app::pages().table.into_iter().map(move |r| (w, r)))
        {
            let Access::Needs(permission) = route.access else { panic!("{} is open", route.path) };
            let (path, environment) = (world.path(&route), world.owner.environment());
            let page = browser.get(&path).await;
            if role.permissions(environment).has(permission) {
                assert!([200, 303].contains(&page.led().0), "{role} {path}: {}", page.html);
                continue;
            }
            let words = format!("This needs the permission to {permission}.");
            assert_eq!(page.led(), (403, None), "{role} {path}");
            assert!(page.main().contains(&words) && page.main().contains("Ask an owner or admin"), "{role} {path}");
            assert_eq!(page.caching, "no-store", "{role} {path}");
            if route.form {
                let page = post(&mut browser, &path).await;
                assert_eq!(page.led(), (403, None), "POST by {role} {path}");
                assert!(page.main().contains(&words), "POST by {role} {path}");
            }
        }
        unchanged(&fresh, before, role.as_str()).await;
    }
}

#[tokio::test]
async fn what_belongs_to_others_is_as_good_as_not_there() {
    let fresh = Fresh::new().await;
    let own = World::new(&fresh).await;
    let other = organisation(&fresh.db, "Other").await;
    let foreign = World::written(&fresh.db, &other, Environment::Live, None).await;
    let elsewhere = World::written(&fresh.db, &fresh.organisation, Environment::Dev, None).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let before = fresh.dump().await;
    let mut walked = 0;
    let about_one = |route: &&RouteInfo| route.path.contains("{id}") && opens(route, Environment::Live);
    for route in app::pages().table.iter().filter(about_one) {
        assert!([200, 303].contains(&owner.get(&own.path(route)).await.led().0), "{}", route.path);
        let missing = own.missing(route, Environment::Live);
        let nothing = owner.get(&missing).await;
        assert_eq!(nothing.led(), (404, None), "{missing}");
        let posted = if route.form { Some(post(&mut owner, &missing).await) } else { None };
        for world in [&foreign, &elsewhere] {
            // People are the organisation's, and the same in both environments.
            let wide = ["/members", "/approvals"].iter().any(|start| route.path.starts_with(start));
            if wide && world.owner.organisation() == own.owner.organisation() {
                continue;
            }
            let path = world.path_in(route, Environment::Live);
            let page = owner.get(&path).await;
            assert_eq!((page.led(), blank(&page.html)), ((404, None), blank(&nothing.html)), "{path}");
            assert_eq!(page.caching, nothing.caching);
            if let Some(nothing) = &posted {
                let page = post(&mut owner, &path).await;
                assert_eq!(nothing.led(), (404, None), "POST {missing}");
                assert_eq!((page.led(), blank(&page.html)), ((404, None), blank(&nothing.html)), "POST {path}");
            }
            walked += 1;
        }
        for odd in ["x", "%00", "..%2f..", "card_", "%E2%80%AE", "'--", &"a".repeat(3_000)] {
            let path = super::world::fill(route, Environment::Live, odd);
            assert_eq!(owner.get(&path).await.led(), (404, None), "{path}");
        }
    }
    assert!(walked >= 20, "{walked}");
    unchanged(&fresh, before, "the owner").await;
}

#[tokio::test]
async fn looking_changes_nothing() {
    let fresh = Fresh::new().await;
    let live = World::new(&fresh).await;
    let dev = World::written(&fresh.db, &fresh.organisation, Environment::Dev, None).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let passkey = access::testing::passkey(&fresh.db, &power_of(&fresh, "owner@acme.example").await, "phone").await;
    let before = fresh.dump().await;
    fresh.clock.advance(5 * 60_000);
    for world in [&live, &dev] {
        let (pages, door) = (app::pages().table, app::door().table);
        let door = door.iter().map(|route| (route, route.path.replace("{id}", passkey.as_str())));
        for (route, path) in pages.iter().map(|route| (route, world.path(route))).chain(door) {
            if route.path.contains("{token}") {
                continue;
            }
            for query in ["", "?status=declined&rows=25&delete=1"] {
                let page = owner.get(&format!("{path}{query}")).await;
                let answers: &[u16] = if opens(route, world.owner.environment()) { &[200, 303] } else { &[403] };
                assert!(answers.contains(&page.led().0), "{path}: {}", page.html);
                let head = owner.send(Request::head(format!("{path}{query}"))).await;
                assert_eq!((head.status, &*head.html), (page.status, ""), "HEAD {path}");
            }
            for method in ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
                let page =
                    owner.send(Request::builder().method(method).uri(&path).header("sec-fetch-site", "same-origin"));
                assert_eq!(page.await.status.as_u16(), 405, "{method} {path}");
            }
            if !route.form {
                assert_eq!(post(&mut owner, &path).await.status.as_u16(), 405, "POST {path}");
            }
        }
    }
    unchanged(&fresh, before, "looking").await;
}

/// The dump sees what a page could change: a control of the tests above.
#[tokio::test]
async fn a_change_would_be_seen() {
    let fresh = Fresh::new().await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let before = fresh.dump().await;
    assert!(before.len() > 15 && before["people"].len() == 2, "{:?}", before.keys());
    owner.submit("/live/keys/new", &[("name", "new"), ("expires", "30")]).await;
    let after = fresh.dump().await;
    assert_ne!(before["api_keys"], after["api_keys"]);
    assert_ne!(before["audit"], after["audit"]);
}
