//! What all lists share: how many rows, past the end, chips, and the three ways to show nothing.
use super::{
    browser::Browser,
    world::{World, new_agent},
};
use domain::{
    access::Role,
    ids::{AgentId, OrganisationId},
    testing::Fresh,
};

#[tokio::test]
async fn rows_are_chosen_in_the_address_and_kept_there() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    for n in 0..58 {
        fresh.clock.advance(1);
        world.make(new_agent(&world.user, &format!("agent {n}"), "Buys paper")).await;
    }
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    for (query, rows) in [("", 50), ("?rows=25", 25), ("?rows=100", 60), ("?rows=7", 50), ("?rows=x", 50)] {
        let page = owner.get(&format!("/live/agents{query}")).await;
        assert_eq!(page.rows(), rows, "{query}");
        let said = if rows == 60 { "60 rows<".to_owned() } else { format!("{rows} rows on this page<") };
        assert!(page.main().contains(&said), "{query}");
        let links = page.links();
        for size in [25, 50, 100] {
            assert!(links.iter().any(|href| href.ends_with(&format!("rows={size}"))), "{query} {size}: {links:?}");
        }
        assert_eq!(page.main().matches("aria-current=\"true\"").count(), 1, "{query}");
    }
    let first = owner.get("/live/agents?rows=25&status=active").await;
    let older = first.links().into_iter().find(|href| href.contains("before=")).expect("older rows");
    assert!(older.contains("rows=25") && older.contains("status=active"), "{older}");
    assert!(!first.html.contains("continued"));
    let second = owner.get(&older).await;
    assert_eq!(second.rows(), 25);
    assert!(second.html.contains("<title>Agents, continued"), "{}", &second.html[..300]);
}

#[tokio::test]
async fn a_page_past_the_end_leads_to_the_first() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    // An id that is older than every row, and one that is newer.
    let oldest = AgentId::new(domain::time::Timestamp(1), world.db.chance());
    let newest = AgentId::new(world.db.now() + 1_000_000, world.db.chance());
    let seal =
        |id: &AgentId| world.db.vault().cursor(&format!("{} live /live/agents", fresh.organisation), id.as_str());
    for place in [format!("before={}", seal(&oldest)), format!("after={}", seal(&newest))] {
        let page = owner.get(&format!("/live/agents?status=active&{place}&rows=25")).await;
        assert_eq!(page.led(), (303, Some("/live/agents?status=active&rows=25")), "{place}");
    }
}

#[tokio::test]
async fn a_place_of_another_list_or_of_nobodys_making_leads_to_the_first_page() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let seal = |list: &str, id: &str| world.db.vault().cursor(&format!("{} {list}", fresh.organisation), id);
    let agent = world.agent.as_str();
    let other = world.db.vault().cursor(&format!("{} live /live/agents", OrganisationId::floor(fresh.db.now())), agent);
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    // Newer than every row, so that there are rows before it.
    let good = seal("live /live/agents", AgentId::floor(fresh.db.now() + 1).as_str());
    assert_eq!(owner.get(&format!("/live/agents?before={good}")).await.led().0, 200, "a control");
    let changed = format!("{}{}", if good.starts_with('M') { "N" } else { "M" }, &good[1..]);
    for place in [
        agent,
        &changed,
        &good[..good.len() - 4],
        &seal("live /live/cards", agent),
        &seal("dev /dev/agents", agent),
        &seal("live /live/agents", world.card.as_str()),
        &other,
        "%27--",
    ] {
        for name in ["before", "after"] {
            let page = owner.get(&format!("/live/agents?status=active&{name}={place}&rows=25")).await;
            assert_eq!(page.led(), (400, None), "{name}={place}");
            assert!(page.main().contains("This place in the list is not known"), "{}", page.main());
            assert!(page.links().contains(&"/live/agents?status=active&rows=25".to_owned()), "{}", page.main());
        }
    }
    let mut lists = Vec::new();
    for route in app::pages().table.iter().filter(|route| !route.form && !route.path.contains('{')) {
        if owner.get(&format!("/live{}?before={agent}", route.path)).await.led().0 == 400 {
            lists.push(route.path);
        }
    }
    let known = [
        "/agents",
        "/users",
        "/cards",
        "/cards/unused",
        "/policies",
        "/purchases",
        "/purchases/unattested",
        "/disputes",
    ];
    let rest = ["/attestations", "/intents", "/risk", "/keys", "/requests", "/webhooks/deliveries"];
    let known = [&known[..], &rest, &["/webhooks/attempts", "/audit"]].concat();
    assert_eq!(lists, known, "every list that can be turned");
    assert_eq!(owner.get("/live/agents?before=&after=").await.led().0, 200, "nothing chosen");
}

#[tokio::test]
async fn nothing_yet_and_nothing_matching_do_not_look_alike() {
    let fresh = Fresh::new().await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let empty = owner.get("/live/agents").await;
    assert!(empty.main().contains("No agents yet") && empty.links().contains(&"/live/agents/new".to_owned()));
    let odd = owner.get("/live/agents?status=suspended").await;
    assert!(odd.main().contains("No agents match") && odd.main().contains("status is suspended"), "{}", odd.main());
    assert!(
        odd.main().contains("Remove filter") && odd.links().iter().filter(|href| *href == "/live/agents").count() >= 2
    );
    assert!(!odd.main().contains("No agents yet"));
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let page = auditor.get("/live/agents").await;
    assert!(page.main().contains("No agents yet") && !page.links().contains(&"/live/agents/new".to_owned()));
}

#[tokio::test]
async fn the_way_back_leads_to_the_rows_that_one_came_from() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let list = "/live/agents?status=active&rows=25";
    let agent = format!("/live/agents/{}", world.agent);
    let back = |page: &super::browser::Page| page.links().into_iter().find(|href| href.starts_with("/live/agents?"));
    assert_eq!(back(&owner.get(&agent).await), None, "no list was looked at");
    assert_eq!(owner.get(list).await.led().0, 200);
    for path in [agent.clone(), format!("{agent}/limit"), format!("{agent}/suspend"), agent.clone()] {
        assert_eq!(back(&owner.get(&path).await).as_deref(), Some(list), "{path}");
    }
    // Through a refused form and a change, too.
    let refused = owner.submit(&format!("{agent}/suspend"), &[("reason", "")]).await;
    assert_eq!((refused.led().0, back(&refused).as_deref()), (422, Some(list)));
    owner.submit(&format!("{agent}/suspend"), &[("reason", "for lunch")]).await;
    assert_eq!(back(&owner.get(&agent).await).as_deref(), Some(list));
    // Others have ways of their own, and a list that was opened anew is what one comes back to.
    let mut again = Browser::signed_in_again(&fresh, Role::Owner).await;
    assert_eq!(back(&again.get(&agent).await), None);
    owner.get("/live/agents").await;
    assert_eq!(back(&owner.get(&agent).await), None);
    owner.get(&format!("/live/agents?status=active&x={}", "y".repeat(2_000))).await;
    assert_eq!(back(&owner.get(&agent).await), None, "what is too long is not kept");
}

#[tokio::test]
async fn days_are_one_click_away_and_the_last_one_counts_whole() {
    let fresh = Fresh::new().await;
    World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    for list in ["purchases", "requests", "audit", "webhooks/deliveries", "webhooks/attempts"] {
        let page = owner.get(&format!("/live/{list}?rows=25")).await;
        assert!(page.main().contains("To day, inclusive"), "{list}");
        let presets: Vec<String> = page.links().into_iter().filter(|href| href.contains("from=20")).collect();
        assert_eq!(presets.len(), 3, "{list}: {presets:?}");
        let rows = page.rows();
        for preset in presets {
            let page = owner.get(&preset).await;
            assert_eq!((page.led().0, page.rows()), (200, rows), "{preset}");
            let current = page.main().split("aria-current=\"page\"").nth(1).is_some_and(|rest| rest.contains("</a>"));
            assert!(preset.contains("rows=25") && current, "{preset}");
        }
    }
}
