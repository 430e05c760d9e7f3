//! Ids of others in fields and filters (security X-Z2): a page says as much about them as about an id that was never given.
//! Ids in paths are walked by `walls`.
use super::{
    browser::{Browser, Page},
    walls::blank,
    world::World,
};
use domain::{
    access::Role,
    environment::Environment,
    testing::{Fresh, organisation},
};

/// An id of the same kind that was never given.
fn never(id: &str) -> String {
    let (prefix, rest) = id.split_once('_').unwrap();
    format!("{prefix}_{}", rest.chars().rev().collect::<String>())
}

/// What the page says, whatever the id that was typed, and where it leads.
fn said(page: &Page, id: &str) -> (u16, Option<String>, String) {
    let in_query = id.replace('_', "%5F");
    let blanked = |text: &str| text.replace(id, "-").replace(&in_query, "-");
    let place = page.location.as_ref().map(|to| blanked(to));
    (page.status.as_u16(), place, blanked(&blank(&page.html)))
}

/// Every filter that takes an id, and an id for it.
fn filters(world: &World) -> Vec<(&'static str, String)> {
    vec![
        ("agent", world.agent.to_string()),
        ("card", world.card.to_string()),
        ("user", world.user.to_string()),
        ("policy", world.policy.to_string()),
        ("q", world.policy.to_string()),
        ("q", world.user.to_string()),
        ("key", world.api_key.to_string()),
        ("like", world.api_key.to_string()),
        ("creator", world.member.to_string()),
        ("actor", world.member.to_string()),
        ("subject", world.card.to_string()),
        ("endpoint", world.endpoint.to_string()),
        ("request", world.request.to_string()),
        ("id", world.request.to_string()),
        ("q", world.card.to_string()),
        ("q", world.agent.to_string()),
        ("q", world.purchase.to_string()),
        ("q", world.api_key.to_string()),
        ("q", world.request.to_string()),
        ("q", world.record.to_string()),
    ]
}

#[tokio::test]
async fn a_filter_or_field_with_an_id_of_others_finds_nothing() {
    let fresh = Fresh::new().await;
    let own = World::new(&fresh).await;
    let other = organisation(&fresh.db, "Other").await;
    let foreign = World::written(&fresh.db, &other, Environment::Live, None).await;
    let elsewhere = World::written(&fresh.db, &fresh.organisation, Environment::Dev, None).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let mut told = 0;
    for route in app::pages().table.iter().filter(|route| !route.path.contains("{id}")) {
        let path = own.path(route);
        let plain = owner.get(&path).await;
        let filters = filters(&own).into_iter().zip(filters(&foreign)).zip(filters(&elsewhere));
        for (((name, mine), (_, theirs)), (_, devs)) in filters {
            let ask = |id: &str| format!("{path}?{name}={id}");
            let found = owner.get(&ask(&mine)).await;
            let nothing = owner.get(&ask(&never(&mine))).await;
            // Where the page does not take the filter there is nothing to find.
            if said(&found, &mine) == said(&nothing, &never(&mine)) || said(&found, &mine) == said(&plain, &mine) {
                continue;
            }
            // People are the organisation's, the same in both environments.
            let people = ["actor", "creator"].contains(&name);
            for id in [Some(theirs), (!people).then_some(devs)].into_iter().flatten() {
                let (real, nobodys) = (owner.get(&ask(&id)).await, owner.get(&ask(&never(&id))).await);
                assert_eq!(said(&real, &id), said(&nobodys, &never(&id)), "{path} {name}");
                told += 1;
            }
        }
    }
    assert!(told >= 20, "{told}");
    // Fields of forms: the user of a new agent; a session and a passkey of somebody else.
    let form = [("name", "shopper"), ("description", ""), ("limit", "1"), ("frequency", "perMonth")];
    for world in [&foreign, &elsewhere] {
        let answer = async |owner: &mut Browser, user: &str| {
            said(&owner.submit("/live/agents/new", &[&[("user", user)], &form[..]].concat()).await, user)
        };
        let id = world.user.to_string();
        assert_eq!(answer(&mut owner, &id).await, answer(&mut owner, &never(&id)).await);
    }
    let mut theirs = Browser::signed_in(&fresh, Role::Auditor).await;
    for role in [Role::Auditor, Role::Owner] {
        drop(Browser::signed_in_again(&fresh, role).await);
    }
    let page = theirs.get("/account/sessions").await;
    let session = page.main().split("value=\"ses_").nth(1).unwrap().split('"').next().unwrap();
    let session = format!("ses_{session}");
    let end =
        async |owner: &mut Browser, id: &str| said(&owner.submit("/account/sessions", &[("session", id)]).await, id);
    assert_eq!(end(&mut owner, &session).await, end(&mut owner, &never(&session)).await);
    assert_eq!(theirs.get("/account/sessions").await.rows(), 2, "both are open still");
}
