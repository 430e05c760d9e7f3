//! What is said of a decline: the rule that fired, who can put it right, and the way there.
use super::{
    browser::{Browser, Page},
    html::decoded,
    world::{World, amount, line, new_card},
};
use domain::{
    access::Role,
    agents::{SetLimit, SuspendAgent},
    cards::{IssueCard, SetCardRules},
    ids::CardId,
    limits::{
        Frequency,
        decide::RULES_VERSION,
        levels::{SetAgentRules, SetOrganisationRules},
        policies::UpdatePolicy,
        terms::Change,
    },
    testing::Fresh,
};

async fn tried(browser: &mut Browser, card: &CardId, amount: &str) -> Page {
    let entries =
        [("amount", amount), ("merchant", "STAPLES*77"), ("category_code", "5943"), ("city", ""), ("country", "")];
    browser.submit(&format!("/live/cards/{card}/try"), &entries).await
}

/// The sentences of the panel about the decline, as they are read.
fn said(page: &Page) -> String {
    let at = page.main().find("eclined: ").unwrap_or_else(|| panic!("no decline: {}", page.main()));
    let panel = page.main()[at..].split("</section>").next().unwrap();
    let mut text = String::new();
    for part in panel.split('<') {
        text.push_str(part.split_once('>').map_or("", |(_, text)| text));
    }
    decoded(&text)
}

#[tokio::test]
async fn a_decline_leads_to_the_page_of_the_level_that_decided() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let card = IssueCard { policy_id: Some(world.policy.clone()), ..new_card(&world.agent, "Ink", "Staples") };
    let card = world.make(card).await;
    let mut finance = Browser::signed_in(&fresh, Role::Finance).await;
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let most = |minor: i64| Change { max_amount: Some(Some(amount(minor))), ..Change::default() };
    let (agent, policy) = (world.agent.clone(), world.policy.clone());
    // Each is tighter than the one before.
    for level in ["organisation", "agent", "policy", "card"] {
        let (change, view) = match level {
            "organisation" => {
                world.make(SetOrganisationRules { set: most(9_000), reason: None, version: None }).await;
                ("/live/policies/organisation".to_owned(), "/live/policies".to_owned())
            }
            "agent" => {
                world.make(SetAgentRules { id: agent.clone(), set: most(8_000), reason: None, version: None }).await;
                (format!("/live/agents/{agent}/rules"), format!("/live/agents/{agent}"))
            }
            "policy" => {
                let (id, set) = (policy.clone(), most(7_000));
                let command = UpdatePolicy { id, name: None, description: None, set, reason: None, version: None };
                world.make(command).await;
                (format!("/live/policies/{policy}/edit"), format!("/live/policies/{policy}"))
            }
            _ => {
                let command =
                    SetCardRules { id: card.clone(), set: most(6_000), policy_id: None, reason: None, version: None };
                world.make(command).await;
                (format!("/live/cards/{card}/rules"), format!("/live/cards/{card}"))
            }
        };
        for (browser, way) in [(&mut finance, &change), (&mut auditor, &view)] {
            let page = tried(browser, &card, "95.00").await;
            let said = said(&page);
            for words in [
                &*format!(
                    "Rule \u{201c}Within the most for one purchase\u{201d}, set by the {level}, version {RULES_VERSION}"
                ),
                "an owner, admin or finance member can raise what one purchase may cost",
                "Code max_amount_exceeded.",
            ] {
                assert!(said.contains(words), "{level}: {words}: {said}");
            }
            assert!(page.links().contains(way), "{level}: {way}: {:?}", page.links());
            assert_eq!(browser.get(way).await.led(), (200, None), "{way}");
        }
    }
}

#[tokio::test]
async fn no_remedy_is_named_that_nobody_can_do() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    let (card, agent) = (&world.card, &world.agent);
    let closed = tried(&mut support, &world.closed, "1").await;
    assert!(
        said(&closed).contains("Closing is final. ") && said(&closed).contains(" can issue a new card."),
        "{}",
        said(&closed)
    );
    let frozen = tried(&mut support, &world.frozen, "1").await;
    assert!(said(&frozen).contains("An owner or admin can unfreeze the card."), "{}", said(&frozen));
    assert!(frozen.links().contains(&format!("/live/cards/{}", world.frozen)));
    // A limit for ever is not waited for, a monthly one is.
    for (frequency, words) in [
        (Frequency::AllTime, "An owner, admin or finance member can raise it."),
        (
            Frequency::PerMonth,
            "Wait until the limit has room again, or an owner, admin or finance member can raise it.",
        ),
    ] {
        let limit = Some((amount(500), frequency));
        let command = SetLimit { id: agent.clone(), limit, on_exceeded: None, reason: line("tight"), version: None };
        world.make(command).await;
        let (mine, theirs) = (tried(&mut owner, card, "9.00").await, tried(&mut support, card, "9.00").await);
        assert!(said(&mine).contains(words), "{}", said(&mine));
        let limit = format!("/live/agents/{agent}/limit");
        assert_eq!([mine, theirs].map(|page| page.links().contains(&limit)), [true, false], "who may change it");
    }
    let bought = world.buy(900).await;
    let page = owner.get(&format!("/live/purchases/{}", bought.id)).await;
    assert!(said(&page).contains("can raise it.") && page.links().contains(&format!("/live/agents/{agent}/limit")));
    world.make(SuspendAgent { id: agent.clone(), reason: line("odd") }).await;
    let page = tried(&mut support, card, "1").await;
    assert!(said(&page).contains("An owner or admin can look into the cause and resume the agent."), "{}", said(&page));
    assert!(page.links().contains(&format!("/live/agents/{agent}")));
}
