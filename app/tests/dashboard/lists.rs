//! What all lists share: how many rows, past the end, chips, and the three ways to show nothing.
use super::{
    browser::Browser,
    world::{World, new_agent},
};
use domain::{access::Role, ids::AgentId, testing::Fresh};

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
    for place in [format!("before={oldest}"), format!("after={newest}")] {
        let page = owner.get(&format!("/live/agents?status=active&{place}&rows=25")).await;
        assert_eq!(page.led(), (303, Some("/live/agents?status=active&rows=25")), "{place}");
    }
    assert_eq!(owner.get("/live/agents?before=nonsense").await.led().0, 200);
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
