//! Policies: made, changed, and seen where they count; and what organisation and agents set.
use super::{
    browser::{Browser, Page},
    html::{decoded, sheet},
    world::{World, amount, merchant, new_card, new_purchase},
};
use domain::{
    access::Role,
    agents, audit,
    cards::IssueCard,
    ids::PolicyId,
    limits::{
        DeclineReason as Why,
        levels::{self, SetAgentRules},
        policies::{self, Policy, UpdatePolicy},
        starters::Starter,
        terms::{Change, Terms},
    },
    page::Paging,
    purchases::{Authorize, PurchaseStatus},
    testing::Fresh,
};

/// The page's form with these entries in place of its own, and with a reason where it asks for one.
pub(super) fn with<'a>(page: &Page, entries: &[(&'a str, &'a str)]) -> Vec<(String, String)> {
    let mut all = sheet(page).unwrap_or_else(|| panic!("no form: {}", page.main()));
    all.retain(|(name, _)| entries.iter().all(|(own, _)| own != name));
    for (_, reason) in all.iter_mut().filter(|(name, value)| name == "reason" && value.is_empty()) {
        "because".clone_into(reason);
    }
    all.extend(entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    all.push(("token".to_owned(), page.token()));
    all
}

pub(super) async fn send(browser: &mut Browser, path: &str, entries: &[(String, String)]) -> Page {
    let entries: Vec<(&str, &str)> = entries.iter().map(|(name, value)| (&**name, &**value)).collect();
    browser.post(path, &entries).await
}

/// Opens the form, fills these in and sends it.
pub(super) async fn fill(browser: &mut Browser, path: &str, entries: &[(&str, &str)]) -> Page {
    let page = browser.get(path).await;
    assert_eq!(page.led(), (200, None), "{path}");
    let entries = with(&page, entries);
    send(browser, path, &entries).await
}

async fn policy(world: &World, id: &PolicyId) -> Policy {
    policies::get(&world.db, &world.owner, id).await.unwrap()
}

/// The newest record of this action.
async fn newest(world: &World, action: &str) -> audit::Record {
    let filter = audit::Filter { action: Some(action.parse().unwrap()), ..audit::Filter::default() };
    audit::list(&world.db, &world.owner, &filter, &Paging::newest(1)).await.unwrap().rows.remove(0)
}

fn id_of(page: &Page) -> PolicyId {
    page.location.as_ref().and_then(|to| to.rsplit('/').next()).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_starter_fills_the_form_and_becomes_a_policy() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut finance = Browser::signed_in(&fresh, Role::Finance).await;
    let blank = finance.get("/live/policies/new").await;
    assert_eq!(blank.main().matches("from=").count(), Starter::ALL.len(), "{}", blank.main());
    for starter in Starter::ALL {
        let path = format!("/live/policies/new?from={starter}");
        let made = fill(&mut finance, &path, &[]).await;
        assert_eq!(made.led().0, 303, "{starter}: {}", made.html);
        let made = policy(&world, &id_of(&made)).await;
        assert_eq!((&*made.name, made.description.as_deref()), (starter.title(), Some(starter.about())));
        assert_eq!(made.terms, starter.terms(chrono_tz::UTC).unwrap(), "{starter}");
    }
    let list = finance.get("/live/policies").await;
    assert_eq!(list.rows(), 1 + Starter::ALL.len());
    assert!(list.main().contains("Most per purchase: 50.00 USD"), "{}", list.main());
    assert_eq!(finance.get("/live/policies?name=TRAVEL").await.rows(), 1);
    let none = finance.get("/live/policies?name=nothing").await;
    assert!(none.rows() == 0 && none.main().contains("No policies match"));
    // What no starter is named is no starter.
    assert_eq!(finance.get("/live/policies/new?from=casino").await.led(), (200, None));
}

#[tokio::test]
async fn every_rule_is_typed_shown_in_words_and_shown_again_to_be_edited() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let typed = [
        ("name", "Night shift"),
        ("description", "For the workers"),
        ("max_amount", "1,250.50"),
        ("limit_per_day", "2000"),
        ("limit_per_month", "3000.00"),
        ("cumulative_max", "4000"),
        ("max_auth_count", "12"),
        ("cooldown_minutes", "90"),
        ("velocity_count", "5"),
        ("velocity_window", "2"),
        ("velocity_unit", "hours"),
        ("active_hours_start", "22"),
        ("active_hours_end", "6"),
        ("active_timezone", "Europe/Berlin"),
        ("active_days[]", "5"),
        ("active_days[]", "6"),
        ("allowed_mccs", "5943 5111,\n5734"),
        ("blocked_mccs", "7995"),
        ("allowed_merchants", "Staples\n\n  Amazon  "),
        ("blocked_merchants", "Casino"),
        ("on_drift", "freeze"),
        ("require_attestation", "yes"),
        ("require_approval", "yes"),
        ("auto_approve_below", "100.00"),
        ("lifetime", "36"),
        ("lifetime_unit", "hours"),
        ("on_expiry", "freeze"),
        ("merchant_hint", "Staples"),
        ("tolerance", "2.5"),
        ("exposure", "never"),
    ];
    let made = fill(&mut admin, "/live/policies/new", &typed).await;
    assert_eq!(made.led().0, 303, "{}", made.html);
    let path = made.location.clone().unwrap();
    let page = admin.get(&path).await;
    let said = decoded(page.main()).replace('\u{a0}', " ");
    for words in [
        "Night shift",
        "For the workers",
        "1,250.50 USD",
        "2,000.00 USD",
        "3,000.00 USD",
        "4,000.00 USD; the card closes when it is reached",
        "5 in 2 h",
        "1 h 30 min",
        "Friday, Saturday, 22:00 to 06:00 (Europe/Berlin)",
        "5111 Stationery and printing paper, 5734 Computer software shops, 5943 Stationery and office supplies",
        "7995 Betting and casinos",
        "Staples, Amazon",
        "Approve it and freeze the card",
        "From 100.00 USD on",
        "Required for every purchase",
        "1 d 12 h from its making, then frozen",
        "2.5 % of the declared amount",
        "Never shown",
        "Policy created",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // Sent back as it is shown, nothing is different.
    let before = policy(&world, &id_of(&made)).await;
    let saved = fill(&mut admin, &format!("{path}/edit"), &[]).await;
    assert_eq!(saved.led(), (303, Some(&*path)), "{}", saved.html);
    let after = policy(&world, &before.id).await;
    assert_eq!((after.terms, after.version), (before.terms, before.version + 1));
    assert!(admin.get(&path).await.main().contains("Saved; nothing is different."));
    // Emptied, it sets nothing any more, but for the amount under which nobody else is asked.
    let empty: Vec<(&str, &str)> = typed
        .iter()
        .filter(|(name, _)| !["name", "max_amount", "velocity_unit", "lifetime_unit", "active_days[]"].contains(name))
        .map(|(name, _)| (*name, ""))
        .collect();
    let page = admin.get(&format!("{path}/edit")).await;
    let mut entries = with(&page, &empty);
    entries.retain(|(name, _)| name != "active_days[]");
    assert_eq!(send(&mut admin, &format!("{path}/edit"), &entries).await.led(), (303, Some(&*path)));
    let bare = policy(&world, &before.id).await;
    let most = Change { max_amount: Some(Some(amount(125_050))), ..Change::default() };
    let most = most.apply(&Terms::default(), chrono_tz::UTC).unwrap();
    assert_eq!((bare.terms, bare.description), (most, None));
}

#[tokio::test]
async fn each_refusal_stands_by_its_entry_and_what_was_typed_is_kept() {
    let fresh = Fresh::new().await;
    let _world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    for (field, value, why) in [
        ("name", "", "Name must not be empty"),
        ("max_amount", "-5", "Most per purchase must be an amount such as 1250.00"),
        ("max_amount", "0", "Most per purchase must be more than nothing"),
        ("limit_per_month", "1", "Most in a month must be at least 20.00, which “Most in 24 hours” allows already"),
        ("max_auth_count", "many", "Purchases ever must be a whole number"),
        ("max_auth_count", "0", "Purchases ever must be at least 1"),
        ("cooldown_minutes", "999999", "Pause after a purchase must be from 1 to 44640"),
        ("velocity_count", "5", "How long that while is must say how long"),
        ("velocity_window", "5", "Purchases in a while must say how many"),
        ("velocity_unit", "moons", "Counted in"),
        ("active_hours_start", "9", "Until is required with “From”"),
        ("active_hours_start", "24", "From must be an hour from 0 to 23"),
        ("active_days[]", "9", "Days must name days from 0 (Sunday) to 6 (Saturday)"),
        ("allowed_mccs", "57x4", "Only these categories must be merchant category codes of four digits"),
        ("blocked_merchants", "***", "Never these merchants \"***\" must hold a letter or digit"),
        ("on_drift", "melt", "Another merchant than the first must be one of the choices"),
        ("lifetime", "9999", "Lifetime must be at most three years"),
        ("lifetime", "soon", "Lifetime must be a whole number"),
        ("tolerance", "101", "Tolerance must be a percentage from 0 to 100"),
        ("exposure", "shout", "Card details must be one of the choices"),
    ] {
        let mut entries = vec![("name", "Office"), ("limit_per_day", "20.00"), ("allowed_merchants", "Staples")];
        entries.retain(|(name, _)| *name != field);
        entries.push((field, value));
        if field == "velocity_unit" {
            entries.extend([("velocity_window", "5"), ("velocity_count", "5")]);
        }
        if field == "active_hours_start" && value == "24" {
            entries.push(("active_hours_end", "9"));
        }
        let page = fill(&mut admin, "/live/policies/new", &entries).await;
        let said = decoded(&page.html);
        let why = if field == "velocity_unit" { "must be counted in one of the choices" } else { why };
        assert_eq!(page.led(), (422, None), "{field}: {value}: {said}");
        assert_eq!(said.matches(why).count(), 2, "{field}: {value}: in the summary and by the entry: {said}");
        let kept = sheet(&page).unwrap();
        for (name, typed) in entries.iter().filter(|(name, _)| {
            !["active_days[]", "on_drift", "exposure", "velocity_unit", "active_hours_start"].contains(name)
        }) {
            assert!(kept.contains(&((*name).to_owned(), (*typed).to_owned())), "{name} after {field}: {kept:?}");
        }
    }
    assert_eq!(admin.get("/live/policies").await.rows(), 1, "nothing was made");
    let twice = fill(&mut admin, "/live/policies/new", &[("name", "Office"), ("max_amount", "7")]).await;
    assert_eq!(twice.led(), (409, None));
    assert!(twice.main().contains("Another policy is called Office") && twice.main().contains("value=\"7\""));
}

#[tokio::test]
async fn a_policy_is_not_changed_over_somebody_elses_change() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let path = format!("/live/policies/{}/edit", world.policy);
    let form = admin.get(&path).await;
    let mine = with(&form, &[("max_amount", "50"), ("active_days[]", "1")]);
    let theirs = Change {
        limit_per_day: Some(Some(amount(5_000))),
        blocked_merchants: Some(Some(vec!["Bar".into()])),
        ..Change::default()
    };
    let theirs = UpdatePolicy {
        id: world.policy.clone(),
        name: None,
        description: None,
        set: theirs,
        reason: None,
        version: None,
    };
    world.make(theirs).await;
    let stale = send(&mut admin, &path, &mine).await;
    assert_eq!(stale.led(), (409, None));
    let told = decoded(stale.main());
    for words in
        ["Somebody changed this policy meanwhile", "Changed meanwhile", "Theirs", "Yours", "Monday", "30000.00"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
    let kept = sheet(&stale).unwrap();
    for (name, value) in [
        ("max_amount", "50"),
        ("limit_per_day", "50.00"),
        ("blocked_merchants", "Bar"),
        ("active_days[]", "1"),
        ("version", "2"),
    ] {
        assert!(kept.contains(&(name.to_owned(), value.to_owned())), "{name}: {kept:?}");
    }
    let again = with(&stale, &[]);
    assert_eq!(send(&mut admin, &path, &again).await.led().0, 303);
    let rules = policy(&world, &world.policy).await.terms.rules;
    assert_eq!(
        (rules.max_amount, rules.limit_per_day),
        (Some(amount(5_000)), Some(amount(5_000))),
        "both changes stand"
    );
    assert_eq!(rules.blocked_merchants, ["Bar"]);
}

#[tokio::test]
async fn policies_are_changed_by_the_roles_that_may_raise_a_limit() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let forms = [
        "/live/policies/new".to_owned(),
        format!("/live/policies/{}/edit", world.policy),
        "/live/policies/organisation".into(),
    ];
    for role in Role::ALL {
        let mut browser = Browser::signed_in(&fresh, *role).await;
        let may = matches!(role, Role::Owner | Role::Admin | Role::Finance);
        let mut links = browser.get("/live/policies").await.links();
        links.extend(browser.get(&format!("/live/policies/{}", world.policy)).await.links());
        for form in &forms {
            assert_eq!(browser.get(form).await.led(), (if may { 200 } else { 403 }, None), "{role} {form}");
            assert_eq!(links.contains(form), may, "{role} {form}");
        }
    }
}

#[tokio::test]
async fn what_counts_for_a_card_is_shown_with_who_set_it_and_what_is_left() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let card = IssueCard { policy_id: Some(world.policy.clone()), ..new_card(&world.agent, "Ink", "Staples") };
    let card = world.make(card).await;
    let tight = [("max_amount", "400"), ("velocity_count", "9"), ("velocity_window", "1"), ("velocity_unit", "hours")];
    let set = fill(&mut owner, "/live/policies/organisation", &tight).await;
    assert_eq!(set.led(), (303, Some("/live/policies")), "{}", set.html);
    let list = owner.get("/live/policies").await;
    assert!(list.main().contains("For every live card") && list.main().contains("400.00 USD"), "{}", list.main());
    let rules = format!("/live/agents/{}/rules", world.agent);
    let set = fill(&mut owner, &rules, &[("limit_per_month", "900.00"), ("blocked_merchants", "Casino")]).await;
    assert_eq!(set.led().0, 303, "{}", set.html);
    world.make(Authorize { merchant: merchant("Staples", "Boston"), ..new_purchase(&card, 10_000) }).await;
    let said = |page: &Page, row: &str| {
        let rows: Vec<String> = page.main().split("<tr>").map(|row| decoded(row).replace('\u{a0}', " ")).collect();
        rows.into_iter()
            .find(|text| text.contains(&format!(">{row}<")))
            .unwrap_or_else(|| panic!("{row}: {}", page.main()))
    };
    let page = owner.get(&format!("/live/cards/{card}")).await;
    for (row, words) in [
        ("Most per purchase", ["400.00 USD", "Organisation"]),
        ("Most in 24 hours", ["30,000.00 USD", "29,900.00 USD after 100.00 USD"]),
        ("Most in a month", ["Agent", "800.00 USD after 100.00 USD"]),
        ("Purchases in a while", ["9 in 1 h", "5 after 4"]),
        ("Never these merchants", ["Casino", "Agent"]),
        ("Tolerance", ["10 % of the declared amount", "Organisation"]),
        ("Card details", ["To the browser extension only", "Card"]),
    ] {
        let said = said(&page, row);
        assert!(words.iter().all(|words| said.contains(words)), "{row}: {words:?} in {said}");
    }
    assert!(page.links().contains(&format!("/live/policies/{}", world.policy)));
    let page = owner.get(&format!("/live/agents/{}", world.agent)).await;
    assert!(said(&page, "Most in a month").contains("Counted for each card"));
    assert!(said(&page, "Limit of the agent").contains("900,000.00 USD in all"));
    let refused =
        world.make(Authorize { merchant: merchant("Staples", "Boston"), ..new_purchase(&card, 40_001) }).await;
    assert_eq!((refused.status, refused.declined_reason), (PurchaseStatus::Declined, Some(Why::MaxAmountExceeded)));
    // Both levels are held against stale edits.
    let form = owner.get(&rules).await;
    let mine = with(&form, &[("max_amount", "1")]);
    let theirs = SetAgentRules { id: world.agent.clone(), set: Change::default(), reason: None, version: None };
    world.make(theirs).await;
    assert_eq!(send(&mut owner, &rules, &mine).await.led(), (409, None));
    assert_eq!(levels::agent(&world.db, &world.owner, &world.agent).await.unwrap().rules.max_amount, None);
}

#[tokio::test]
async fn new_cards_of_an_agent_get_the_policy_that_is_chosen() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let (agent, form) = (format!("/live/agents/{}", world.agent), format!("/live/agents/{}/policy", world.agent));
    let chosen = world.policy.to_string();
    assert_eq!(fill(&mut admin, &form, &[("policy", &chosen)]).await.led(), (303, Some(&*agent)));
    let page = admin.get(&agent).await;
    assert!(page.main().contains("policy of new cards from none to Office"), "{}", page.main());
    assert!(page.main().contains("New cards inherit the policy ") && page.main().contains(">Office</a>"));
    assert_eq!(
        agents::get(&world.db, &world.owner, &world.agent).await.unwrap().default_policy_id,
        Some(world.policy.clone())
    );
    let elsewhere = World::written(&fresh.db, &fresh.organisation, domain::environment::Environment::Dev, None).await;
    for wrong in ["pol_nothing", &elsewhere.policy.to_string()] {
        let page = fill(&mut admin, &form, &[("policy", wrong)]).await;
        assert_eq!(page.led(), (422, None), "{wrong}");
        assert_eq!(page.html.matches("Policy must be one of the choices").count(), 2);
    }
    assert_eq!(fill(&mut admin, &form, &[("policy", "none")]).await.led(), (303, Some(&*agent)));
    assert!(admin.get(&agent).await.main().contains("New cards inherit no policy"));
    let cards = format!("/live/cards?policy={}", world.policy);
    let list = admin.get(&cards).await;
    assert!(list.rows() == 1 && list.main().contains("Office"), "{}", list.main());
}

#[tokio::test]
async fn a_policy_that_lets_more_through_waits_for_a_second_person() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut finance = Browser::signed_in(&fresh, Role::Finance).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let path = format!("/live/policies/{}", world.policy);
    let wide = [("limit_per_day", ""), ("name", "Wide"), ("reason", "The fair is in May")];
    let asked = fill(&mut finance, &format!("{path}/edit"), &wide).await;
    let proposal = asked.location.clone().unwrap();
    assert!(asked.led().0 == 303 && proposal.starts_with("/live/approvals/prp_"), "{}", asked.html);
    assert!(policy(&world, &world.policy).await.terms.rules.limit_per_day.is_some(), "nothing changed yet");
    let page = admin.get(&proposal).await;
    for words in ["Loosen the policy Office", "Most in 24 hours", "30,000.00 USD; then nothing", "The fair is in May"] {
        assert!(page.main().contains(words), "{words}: {}", page.main());
    }
    assert!(page.links().contains(&path));
    let decided = admin.submit(&format!("{proposal}/decide"), &[("decision", "approve")]).await;
    assert_eq!(decided.led().0, 303, "{}", decided.html);
    let after = policy(&world, &world.policy).await;
    assert_eq!((&*after.name, after.terms.rules.limit_per_day), ("Wide", None));
    assert_eq!(after.terms.rules.blocked_merchants, ["Casino"], "and nothing else");
    assert_eq!(newest(&world, "policy.changed").await.reason.as_deref(), Some("The fair is in May"), "the proposer's");
    let tighter = fill(&mut finance, &format!("{path}/edit"), &[("limit_per_day", "1")]).await;
    assert_eq!(tighter.led(), (303, Some(&*path)), "at once");
}

#[tokio::test]
async fn rules_are_not_changed_without_a_reason_and_the_log_keeps_it_with_both_values() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    for (path, action) in [
        ("/live/policies/organisation".to_owned(), "organisation.rules_changed"),
        (format!("/live/agents/{}/rules", world.agent), "agent.rules_changed"),
        (format!("/live/policies/{}/edit", world.policy), "policy.changed"),
    ] {
        let refused = fill(&mut owner, &path, &[("max_amount", "70"), ("reason", " ")]).await;
        assert_eq!(refused.led(), (422, None), "{path}");
        assert_eq!(decoded(&refused.html).matches("Reason must not be empty").count(), 2, "{path}");
        assert!(sheet(&refused).unwrap().contains(&("max_amount".into(), "70".into())), "what was typed stays");
        let done = fill(&mut owner, &path, &[("max_amount", "70"), ("reason", "Smaller baskets")]).await;
        assert_eq!(done.led().0, 303, "{path}: {}", done.html);
        let record = newest(&world, action).await;
        assert_eq!(record.reason.as_deref(), Some("Smaller baskets"), "{action}");
        let sets = |values: Option<&String>| values.is_some_and(|values| values.contains("\"maxAmount\":7000"));
        assert!(!sets(record.before.as_ref()) && sets(record.after.as_ref()), "{record:?}");
        let page = owner.get(&format!("/live/audit/{}", record.id)).await;
        assert!(page.main().contains("Smaller baskets"), "{}", page.main());
    }
}
