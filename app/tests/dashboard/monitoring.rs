//! Monitoring: behind every number is a list with exactly so many rows.
use super::{
    browser::{Browser, Page},
    world::{World, new_intent},
};
use domain::{
    access::Role,
    audit::Action,
    db::{Command, Subject, Trail, Tx},
    error::Noun,
    intents,
    monitoring::Range,
    testing::{Fresh, START},
    time::{DAY, HOUR, MINUTE, SetClock, Timestamp},
    webhooks::{
        EventType,
        deliver::{self, Call, Sent, Transport},
    },
};
use std::{collections::BTreeSet, sync::Arc};

/// A number on the page: what it counts, how many, and the list behind it.
struct Number {
    label: String,
    value: String,
    href: String,
}

fn numbers(page: &Page) -> Vec<Number> {
    let stats = page.main().split("<dt class=\"stat-label\">").skip(1);
    stats
        .filter_map(|stat| {
            let (href, rest) = stat.strip_prefix("<a href=\"")?.split_once('"')?;
            let label = rest.split(['>', '<']).nth(1)?.to_owned();
            let value = stat.split("stat-value").nth(1)?.split(['>', '<']).nth(1)?.to_owned();
            Some(Number { label, value, href: href.replace("&amp;", "&") })
        })
        .collect()
}

/// The rows of a list over all its pages.
async fn walk(browser: &mut Browser, first: &str) -> (usize, usize) {
    let (mut next, mut rows, mut pages) = (Some(format!("{first}&rows=25")), 0, 0);
    while let Some(href) = next {
        let page = browser.get(&href).await;
        assert_eq!(page.led(), (200, None), "{href}");
        (rows, pages) = (rows + page.rows(), pages + 1);
        next = page.main().find("rel=\"next\"").map(|at| {
            let rest = &page.main()[at..];
            rest.split("href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&")
        });
    }
    (rows, pages)
}

/// Fails every call, and takes its time over it.
struct Slow(Arc<SetClock>, i64);

impl Transport for Slow {
    async fn send(&self, _: Call) -> Sent {
        self.0.advance(self.1);
        Sent { status: Some(500), duration_ms: self.1, ..Sent::default() }
    }
}

/// Takes whatever is told but new agents.
struct Picky;

impl Transport for Picky {
    async fn send(&self, call: Call) -> Sent {
        let refuses = call.body.contains("agent.created");
        Sent { status: Some(if refuses { 500 } else { 200 }), ..Sent::default() }
    }
}

/// Any change that receivers are told of.
struct Tell;

impl Command for Tell {
    type Output = ();
    fn permission(&self) -> domain::access::Permission {
        domain::access::Permission::View
    }
    async fn run(&self, _: &domain::access::Grant, _: &mut Tx) -> domain::Result<((), Trail)> {
        let trail = Trail::new(Action::AgentChanged, Subject::new(Noun::Agent, "agent_x", "x"));
        Ok(((), trail.event(EventType::AgentCreated, serde_json::json!({}))))
    }
}

/// The moments of the story: on both sides of the edges of each range that ends at `now`, and some between.
fn moments(now: Timestamp) -> BTreeSet<i64> {
    let edges = Range::ALL.iter().map(|range| range.span(now).0.0);
    let beside = edges.flat_map(|edge| [edge - 1, edge, edge + 1]);
    let between = [
        29 * DAY,
        27 * DAY,
        24 * DAY,
        20 * DAY,
        17 * DAY,
        14 * DAY,
        10 * DAY,
        6 * DAY,
        3 * DAY,
        23 * HOUR,
        5 * HOUR,
        15 * MINUTE,
        0,
    ]
    .map(|ago| now.0 - ago);
    beside.chain(between).collect()
}

#[tokio::test]
async fn every_number_leads_to_exactly_the_rows_that_it_counts() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let now = START + 40 * DAY + 7 * MINUTE;
    for (round, moment) in moments(now).into_iter().enumerate() {
        fresh.clock.set(Timestamp(moment));
        let declare = |what: &str| new_intent(&world.card, &format!("{what}-{round}"), "Pens", "Staples");
        // Those of the round before that nobody bought ran out meanwhile, or run out late.
        intents::expire_due(&world.db, 100).await.unwrap();
        for i in 0..4 {
            world.make(declare(&format!("met-{i}"))).await;
            world.buy(if i == 0 { 9_000 } else { 5_000 }).await;
        }
        for _ in 0..=round % 3 {
            world.buy(3_000_000).await;
        }
        world.make(declare("left")).await;
        world.make(Tell).await;
        while deliver::run_due(&world.db, &Picky, 100).await.unwrap() > 0 {}
    }
    fresh.clock.set(now);
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    let mut most_pages = 0;
    let mut seen = BTreeSet::new();
    for range in Range::ALL {
        let page = support.get(&format!("/live/monitoring?range={range}")).await;
        let numbers = numbers(&page);
        assert_eq!(numbers.len(), 8, "{range}");
        for Number { label, value, href } in numbers {
            let (rows, pages) = walk(&mut support, &href).await;
            assert_eq!(rows.to_string(), value.replace(',', ""), "{range}: {label} behind {href}");
            most_pages = most_pages.max(pages);
            if rows > 0 {
                seen.insert(label);
            }
        }
    }
    assert!(most_pages > 2, "some list was walked over several pages");
    assert_eq!(seen.len(), 8, "each number was above nothing once: {seen:?}");
}

#[tokio::test]
async fn an_attempt_counts_where_it_ended_and_so_is_it_listed() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let edge = START + 3 * DAY;
    fresh.clock.set(edge - 500);
    world.make(Tell).await;
    deliver::run_due(&world.db, &Slow(fresh.clock.clone(), 1_000), 1).await.unwrap();
    Browser::signed_in(&fresh, Role::Support).await;
    for ahead in [0, DAY - HOUR, DAY - 15 * MINUTE, DAY] {
        fresh.clock.set(edge + ahead);
        let mut support = Browser::signed_in_again(&fresh, Role::Support).await;
        let page = support.get("/live/monitoring").await;
        for Number { label, value, href } in numbers(&page) {
            assert_eq!(walk(&mut support, &href).await.0.to_string(), value, "{ahead}: {label} behind {href}");
        }
    }
}

#[tokio::test]
async fn a_rate_of_few_is_no_rate() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    fresh.clock.advance(2 * DAY);
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    let rate = |page: &Page| {
        let panel = page.main().split("Decline rate</h2>").nth(1).expect("the panel");
        panel.split("stat-value").nth(1).unwrap().split("</dl>").next().unwrap().to_owned()
    };
    let page = support.get("/live/monitoring?range=24h").await;
    assert!(rate(&page).contains("None yet"), "{}", rate(&page));
    for _ in 0..19 {
        world.buy(100).await;
    }
    let page = support.get("/live/monitoring?range=24h").await;
    assert!(rate(&page).contains("Too few to rate") && rate(&page).contains("0 of 19; a rate takes 20"));
    assert!(!rate(&page).contains("0.0 %<"), "{}", rate(&page));
    world.buy(3_000_000).await;
    let page = support.get("/live/monitoring?range=24h").await;
    assert!(rate(&page).contains("5.0 %") && rate(&page).contains("1 of 20") && rate(&page).contains("95 % interval"));
    assert!(support.get("/live").await.main().contains("5.0 %"), "the overview says the same");
    for nonsense in ["", "?range=1h", "?range=", "?range=%00", "?range=24h&range=7d"] {
        let page = support.get(&format!("/live/monitoring{nonsense}")).await;
        assert_eq!(page.led(), (200, None), "{nonsense}");
    }
}
