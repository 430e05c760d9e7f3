//! Purchases: filtered, walked page by page, looked at.
use super::{
    browser::Browser,
    world::{World, new_agent, new_card},
};
use domain::{
    access::Role,
    limits::DeclineReason,
    purchases::{Capture, Purchase, PurchaseStatus, Reverse},
    testing::Fresh,
    time::DAY,
};
use std::collections::BTreeSet;

/// The purchases that a page lists, in order.
fn listed(page: &super::browser::Page) -> Vec<String> {
    let links = page.links().into_iter().filter(|href| href.starts_with("/live/purchases/txn_"));
    links.map(|href| href.rsplit('/').next().unwrap().to_owned()).collect()
}

/// The link of the pager: `prev` or `next`.
fn turn(page: &super::browser::Page, rel: &str) -> Option<String> {
    let at = page.main().find(&format!("rel=\"{rel}\""))?;
    let href = page.main()[at..].split("href=\"").nth(1)?.split('"').next()?;
    Some(href.replace("&amp;", "&"))
}

#[tokio::test]
async fn every_purchase_is_on_exactly_one_page() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut made = Vec::new();
    for i in 0..70 {
        // Some in the same millisecond, some declined.
        fresh.clock.advance(i % 3);
        made.push(world.buy(if i % 4 == 0 { 3_000_000 } else { 100 }).await);
    }
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    for (status, pages) in [(PurchaseStatus::Declined, 1), (PurchaseStatus::Pending, 3)] {
        let mut wanted: Vec<String> = made.iter().filter(|p| p.status == status).map(|p| p.id.to_string()).collect();
        if status == PurchaseStatus::Pending {
            wanted.push(world.purchase.to_string());
        }
        wanted.sort_by(|a, b| b.cmp(a));
        let mut page = auditor.get(&format!("/live/purchases?rows=25&status={status}")).await;
        assert!(turn(&page, "prev").is_none());
        let (mut all, mut walked) = (listed(&page), 1);
        while let Some(next) = turn(&page, "next") {
            // A purchase that comes meanwhile moves nothing.
            fresh.clock.advance(1);
            world.buy(100).await;
            page = auditor.get(&next).await;
            all.extend(listed(&page));
            walked += 1;
        }
        assert_eq!((&all, walked), (&wanted, pages), "{status}: each once, newest first");
        let mut back = listed(&page);
        while let Some(prev) = turn(&page, "prev") {
            page = auditor.get(&prev).await;
            back.splice(0..0, listed(&page));
        }
        assert!(back.ends_with(&wanted), "{status}: the way back is the same");
        assert_eq!(back.len() - wanted.len(), walked - 1, "{status}: and leads to what came meanwhile");
    }
    for query in ["?rows=7", "?rows=1000000", "?rows=-1", "?before=&after="] {
        let page = auditor.get(&format!("/live/purchases{query}")).await;
        assert_eq!((page.led(), page.rows()), ((200, None), 50), "{query}");
    }
}

#[tokio::test]
async fn filters_narrow_and_say_so() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let other = world.make(new_agent(&world.user, "other", "Buys pens")).await.id;
    let card = world.make(new_card(&other, "Pens", "Pens")).await;
    fresh.clock.advance(2 * DAY);
    let pens = world.make(super::world::new_purchase(&card, 700)).await;
    let dear = world.buy(3_000_000).await;
    assert_eq!(dear.declined_reason, Some(DeclineReason::MaxAmountExceeded));
    let captured = world.make(Capture { id: pens.id.clone(), amount: None }).await;
    assert_eq!(captured.status, PurchaseStatus::Completed);
    let given_back = world.buy(900).await;
    world.make(Reverse { id: given_back.id.clone(), amount: None }).await;
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let (agent, frozen) = (other.to_string(), world.frozen.to_string());
    let settled = BTreeSet::from([&world.settled, &world.disputed].map(ToString::to_string));
    let with = |more: &str| settled.iter().cloned().chain([more.to_owned()]).collect::<BTreeSet<_>>();
    let first = with(world.purchase.as_str());
    let ids = |all: &[&Purchase]| all.iter().map(|p| p.id.to_string()).collect::<BTreeSet<_>>();
    let now = fresh.db.now().0;
    for (query, wanted, said) in [
        ("status=declined".to_owned(), ids(&[&dear]), "declined"),
        ("status=completed".to_owned(), with(pens.id.as_str()), "completed"),
        ("status=reversed".to_owned(), ids(&[&given_back]), "reversed"),
        (format!("reason={}", DeclineReason::MaxAmountExceeded), ids(&[&dear]), "Decline reason"),
        (format!("agent={agent}"), ids(&[&pens]), "other"),
        (format!("card={card}"), ids(&[&pens]), "Card"),
        (format!("card={frozen}"), ids(&[]), "No purchases match"),
        ("attestation=attested".to_owned(), first.clone(), "attested"),
        (format!("from={now}"), ids(&[&pens, &dear, &given_back]), "Decided from"),
        (format!("to={now}"), first.clone(), "Decided before"),
        ("from=2025-01-17&to=2025-01-17".to_owned(), ids(&[&pens, &dear, &given_back]), "Decided to"),
        ("from=2025-01-16&to=2025-01-16".to_owned(), ids(&[]), "No purchases match"),
        ("to=2025-01-15".to_owned(), first.clone(), "Decided to"),
        (format!("agent={agent}&status=declined"), ids(&[]), "No purchases match"),
    ] {
        let page = auditor.get(&format!("/live/purchases?{query}")).await;
        let shown: BTreeSet<String> = listed(&page).into_iter().collect();
        assert_eq!(shown, wanted, "{query}");
        assert!(page.main().contains(said) && page.links().contains(&"/live/purchases".to_owned()), "{query}");
    }
    for nonsense in ["status=nonsense", "agent=x", "from=yesterday", "card=%00", "reason=%3Cscript%3E", "x=y", "&&=&"] {
        let page = auditor.get(&format!("/live/purchases?{nonsense}")).await;
        assert_eq!((page.led(), page.rows()), ((200, None), 6), "{nonsense}");
    }
}

#[tokio::test]
async fn a_decline_says_why_and_a_purchase_what_became_of_it() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let dear = world.buy(3_000_000).await;
    let page = auditor.get(&format!("/live/purchases/{}", dear.id)).await;
    let why = DeclineReason::MaxAmountExceeded;
    for text in ["30,000.00", "Declined: ", why.as_str(), "20,000.00", "decided", "Failed", "No intent"] {
        assert!(page.main().contains(text), "{text}");
    }
    let page = auditor.get(&format!("/live/purchases/{}", world.purchase)).await;
    assert!(page.main().contains("Intent declared") && page.main().contains("The merchant has not settled yet."));
    for href in [
        format!("/live/intents/{}", world.intent),
        format!("/live/attestations/{}", world.read),
        format!("/live/agents/{}", world.agent),
        format!("/live/cards/{}", world.card),
    ] {
        assert!(page.links().contains(&href), "{href}");
    }
    world.make(Capture { id: world.purchase.clone(), amount: Some(super::world::amount(4_000)) }).await;
    world.make(Reverse { id: world.purchase.clone(), amount: Some(super::world::amount(1_000)) }).await;
    let page = auditor.get(&format!("/live/purchases/{}", world.purchase)).await;
    for text in ["Captured", "Given back", "40.00", "10.00", "30.00"] {
        assert!(page.main().contains(text), "{text}");
    }
}
