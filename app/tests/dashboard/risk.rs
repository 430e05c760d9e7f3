//! Risk: what was found and what came of it, how the rules are set, and what agents and cards set otherwise.
use super::{
    browser::Browser,
    html::decoded,
    world::{World, amount, merchant, new_card, new_purchase},
};
use domain::{
    access::Role,
    agents::{self, AgentStatus},
    cards::{self, CardStatus},
    environment::Environment,
    ids::CardId,
    purchases::{Authorize, Purchase},
    risk::{self, Preset, Reaction, Rule},
    testing::{Fresh, documented},
    time::MINUTE,
};
use std::fmt::Write;

async fn card(world: &World) -> CardId {
    world.make(new_card(&world.agent, "Ink", "Staples")).await
}

async fn buy(world: &World, card: &CardId, minor: i64, at: &str) -> Purchase {
    world.make(Authorize { merchant: merchant(at, "Boston"), ..new_purchase(card, minor) }).await
}

async fn in_force(world: &World) -> risk::configuration::Configuration {
    risk::of_organisation(&world.db, &world.owner).await.unwrap().configuration
}

#[tokio::test]
async fn a_finding_leads_to_its_purchase_card_and_agent() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    assert!(support.get("/live/risk").await.main().contains("Nothing found yet"));
    let card = card(&world).await;
    let first = buy(&world, &card, 700, "Staples").await;
    fresh.clock.advance(MINUTE);
    let hostile = "CASINO <script>alert(1)</script>";
    let again = buy(&world, &card, 700, "Staples").await;
    let drifted = buy(&world, &card, 900, hostile).await;
    let list = support.get("/live/risk").await;
    // Four unattested or the same, one elsewhere: three purchases without a read, one duplicate, one drift.
    assert_eq!(list.rows(), 5, "{}", list.main());
    let text = decoded(list.main());
    for words in ["Duplicate purchase", "1\u{a0}min before; 2 within 5 minutes", "Expected Staples", "Alerted", "9.00"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!list.html.contains("<script>alert") && text.contains(hostile));
    for id in [first.id.as_str(), again.id.as_str(), drifted.id.as_str(), card.as_str(), world.agent.as_str()] {
        assert!(list.links().iter().any(|link| link.ends_with(id)), "a link to {id}: {:?}", list.links());
    }
    for (query, rows) in [
        ("rule=merchantDrift", 1),
        ("rule=unattestedSpend", 3),
        ("effect=alerted", 5),
        ("effect=card_frozen", 0),
        (&*format!("agent={}", world.agent), 5),
        (&*format!("agent={}", world.idle), 0),
        (&*format!("card={card}&rule=duplicateDetection"), 1),
        ("from=2100-01-01", 0),
        ("rule=nonsense", 5),
    ] {
        assert_eq!(support.get(&format!("/live/risk?{query}")).await.rows(), rows, "{query}");
    }
    let page = support.get(&format!("/live/purchases/{}", again.id)).await;
    assert!(decoded(page.main()).contains("1\u{a0}min before; 2 within 5 minutes"), "{}", page.main());
    assert!(page.links().iter().any(|link| link.ends_with(first.id.as_str())));
    let quiet = support.get(&format!("/live/purchases/{}", world.purchase)).await;
    assert!(!quiet.main().contains(">Risk</h2>"), "nothing was found there");
    assert_eq!(support.get("/dev/risk").await.rows(), 0);
}

#[tokio::test]
async fn what_a_rule_froze_or_suspended_says_which_rule() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let version = "0";
    let sent = owner.submit("/live/risk/preset", &[("preset", "strict"), ("version", version)]).await;
    assert_eq!(sent.led(), (303, Some("/live/risk/settings")));
    let card = card(&world).await;
    buy(&world, &card, 700, "Staples").await;
    assert_eq!(cards::get(&world.db, &world.owner, &card).await.unwrap().status, CardStatus::Frozen);
    let page = owner.get(&format!("/live/cards/{card}")).await;
    assert!(page.main().contains("risk rule: unattested purchase"), "{}", page.main());
    assert!(owner.get("/live/risk?effect=card_frozen").await.rows() == 1);
    owner.submit("/live/risk/preset", &[("preset", "paranoid"), ("version", "1")]).await;
    let other = world.make(new_card(&world.agent, "Paper", "Staples")).await;
    buy(&world, &other, 800, "Staples").await;
    assert_eq!(agents::get(&world.db, &world.owner, &world.agent).await.unwrap().status, AgentStatus::Suspended);
    let page = owner.get(&format!("/live/agents/{}", world.agent)).await;
    assert!(page.main().contains("Suspended: risk rule: unattested purchase"), "{}", page.main());
    let page = owner.get(&format!("/live/agents/{}/resume", world.agent)).await;
    assert!(page.main().contains("It was suspended: risk rule: unattested purchase."), "{}", page.main());
}

#[tokio::test]
async fn the_rules_are_set_one_by_one_or_by_a_preset() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut finance = Browser::signed_in(&fresh, Role::Finance).await;
    let page = finance.get("/live/risk/settings").await;
    let text = decoded(page.main());
    for words in
        ["Moderate", "More than 20 in an hour or 100 in 24 hours.", "Suspend the agent, more than 5 in an hour"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    let form = "/live/risk/rules/spendSpike";
    let page = finance.get(form).await;
    assert_eq!(page.entry("multiplier").as_deref(), Some("3"));
    let fields = |multiplier| {
        [
            ("enabled", "on"),
            ("action", "freeze_card"),
            ("dry_run", "on"),
            ("multiplier", multiplier),
            ("window_minutes", "90"),
            ("baseline_days", "10"),
            ("version", "0"),
        ]
    };
    let refused = finance.submit(form, &fields("0.5")).await;
    assert_eq!(refused.led(), (422, None));
    assert!(refused.main().contains("Multiplier must be a number from 1 to 100, such as 2.5"), "{}", refused.main());
    assert_eq!(refused.entry("window_minutes").as_deref(), Some("90"), "what was typed is kept");
    assert_eq!(finance.submit(form, &fields("2.5")).await.led(), (303, Some("/live/risk/settings")));
    let spike = in_force(&world).await.rule(Rule::SpendSpike);
    assert_eq!((spike.action, spike.dry_run, spike.numbers.values().sum::<i64>()), (Reaction::FreezeCard, true, 350));
    let page = finance.get("/live/risk/settings").await;
    let text = decoded(page.main());
    assert!(text.contains("Custom") && text.contains("More than 2.5 times the usual of 10 days"), "{text}");
    // Rules of one's own stay while only the dry run changes.
    let page = finance.get("/live/risk/preset").await;
    assert!(page.main().contains("Choosing a preset replaces the rules that you changed."));
    let sent = [("preset", "custom"), ("dry", "true"), ("version", "1")];
    assert_eq!(finance.submit("/live/risk/preset", &sent).await.led().0, 303);
    let now = in_force(&world).await;
    assert_eq!((now.dry_run, now.preset()), (true, None));
    let sent = [("preset", "permissive"), ("version", "2")];
    assert_eq!(finance.submit("/live/risk/preset", &sent).await.led().0, 303);
    let now = in_force(&world).await;
    assert_eq!((now.dry_run, now.preset()), (false, Some(Preset::Permissive)));
    // Dev has rules of its own, and a rule that is none has no page.
    let dev = fresh.person(Environment::Dev, Role::Owner);
    assert_eq!(risk::of_organisation(&world.db, &dev).await.unwrap().version, 0);
    assert_eq!(finance.get("/live/risk/rules/gutFeeling").await.led(), (404, None));
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let page = auditor.get("/live/risk/settings").await;
    assert!(page.main().contains("Owners, admins and finance members change these."));
    assert!(!page.links().iter().any(|link| link.contains("/risk/rules/") || link.contains("/preset")));
}

#[tokio::test]
async fn an_agent_and_a_card_set_something_else() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let agent = format!("/live/agents/{}/risk", world.agent);
    assert!(!owner.get(&agent).await.main().contains("This agent</td>"));
    let form = format!("{agent}/rules/velocityLimit");
    let page = owner.get(&form).await;
    assert!(page.main().contains("Empty: as inherited, 20 purchases."), "{}", page.main());
    let version = page.entry("version").unwrap();
    let sent = [
        ("enabled", "inherit"),
        ("action", "suspend_agent"),
        ("dry_run", "inherit"),
        ("max_per_hour", "2"),
        ("max_per_day", ""),
        ("version", &*version),
    ];
    assert_eq!(owner.submit(&form, &sent).await.led(), (303, Some(&*agent)));
    let set = risk::of_agent(&world.db, &world.owner, &world.agent).await.unwrap();
    let velocity = set.in_force.rule(Rule::VelocityLimit);
    assert_eq!((velocity.enabled, velocity.action), (true, Reaction::SuspendAgent));
    assert_eq!(velocity.numbers.values().copied().collect::<Vec<_>>(), [2, 100]);
    let page = owner.get(&agent).await;
    assert!(decoded(page.main()).contains("More than 2 in an hour or 100 in 24 hours."));
    let form = format!("{agent}/dry-run");
    let version = set.version.to_string();
    assert_eq!(owner.submit(&form, &[("only_tell", "on"), ("version", &version)]).await.led().0, 303);
    assert!(owner.get(&agent).await.main().contains("Findings are told, nothing is frozen"));
    let form = format!("/live/cards/{}/risk", world.card);
    let version = owner.get(&form).await.entry("version").unwrap();
    let mut sent: Vec<(&str, &str)> = vec![("version", &version), ("merchant_drift", "off")];
    sent.extend(
        ["duplicate_detection", "velocity_limit", "spend_spike", "unattested_spend", "intent_mismatch"]
            .map(|rule| (rule, "inherit")),
    );
    let refused = owner.submit(&form, &sent).await;
    assert_eq!(refused.led(), (422, None), "one rule was left out");
    sent.push(("cooldown_violation", "inherit"));
    let back = format!("/live/cards/{}", world.card);
    assert_eq!(owner.submit(&form, &sent).await.led(), (303, Some(&*back)));
    assert!(owner.get(&back).await.main().contains("Unexpected merchant off"));
    let set = risk::of_card(&world.db, &world.owner, &world.card).await.unwrap();
    assert!(!set.in_force.rule(Rule::MerchantDrift).enabled && set.in_force.rule(Rule::SpendSpike).enabled);
    let closed = owner.get(&format!("/live/cards/{}/risk", world.closed)).await;
    assert_eq!(closed.led(), (303, Some(&*format!("/live/cards/{}", world.closed))));
    buy(&world, &world.card, amount(1).minor(), "CASINO").await;
    assert!(!decoded(owner.get("/live/risk").await.main()).contains("Expected"), "switched off for this card");
}

#[test]
fn the_numbers_of_the_presets_are_published() {
    let mut text = "## Presets\n\n| rule |".to_owned();
    for preset in Preset::ALL {
        write!(text, " `{preset}` |").unwrap();
    }
    text.push_str("\n|---|---|---|---|---|\n");
    for rule in Rule::ALL {
        write!(text, "| `{rule}` |").unwrap();
        for preset in Preset::ALL {
            let setting = preset.setting(*rule);
            let action = if setting.enabled { format!("`{}`", setting.action) } else { "off".to_owned() };
            let numbers = rule.numbers().iter().map(|n| format!(" · `{n}` {}", n.said(setting.number(*n))));
            let numbers = if setting.enabled { numbers.collect() } else { String::new() };
            write!(text, " {action}{numbers} |").unwrap();
        }
        text.push('\n');
    }
    documented("risk.md", "## Presets", &text);
}
