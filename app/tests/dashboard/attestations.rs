//! Attestations: what was said before the credentials were read, and what was bought.
use super::{
    browser::Browser,
    world::{World, new_intent, new_read},
};
use domain::{
    access::Role,
    attestations::{AttestationStatus, ReadCredentials},
    testing::Fresh,
    time::{HOUR, MINUTE},
};

#[tokio::test]
async fn a_read_shows_claim_verdict_and_purchase() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    let page = support.get(&format!("/live/attestations/{}", world.read)).await;
    for text in [
        "Printer paper",
        "The words are the agent's own and unverified.",
        "Staples",
        "Test key (api key)",
        "not redeemed",
        "Against the claim",
        "STAPLES*1234",
        "±0.00 USD (±0.00 %)",
        "</svg>Attested</span>",
        "</svg>Matched</span>",
    ] {
        assert!(page.main().contains(text), "{text}");
    }
    for href in [
        format!("/live/intents/{}", world.intent),
        format!("/live/purchases/{}", world.purchase),
        format!("/live/agents/{}", world.agent),
        format!("/live/cards/{}", world.card),
    ] {
        assert!(page.links().contains(&href), "{href}");
    }
    world.make(new_intent(&world.card, "pens", "Pens", "Staples")).await;
    let read = ReadCredentials { expected_amount: None, merchant_text: None, ..new_read(&world.card, "Pens", "x") };
    let read = world.make(read).await.id;
    let page = support.get(&format!("/live/attestations/{read}")).await;
    for text in ["no amount", "No purchase", "</svg>Pending</span>"] {
        assert!(page.main().contains(text), "{text}");
    }
    world.buy(8_000).await;
    let page = support.get(&format!("/live/attestations/{read}")).await;
    assert!(page.main().contains("+30.00 USD (+60.00 %)") && page.main().contains("</svg>Mismatched</span>"));
    assert!(!page.main().contains("Against the claim"), "nothing was claimed");
}

#[tokio::test]
async fn reads_are_listed_by_the_purchase_that_followed() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let read = async |id: &str| {
        world.make(new_intent(&world.card, id, "Pens", "Staples")).await;
        world.make(new_read(&world.card, id, "Staples")).await;
    };
    fresh.clock.advance(2 * HOUR);
    read("stale").await;
    fresh.clock.advance(25 * MINUTE);
    assert_eq!(world.buy(5_000).await.attestation_status, AttestationStatus::Stale);
    fresh.clock.advance(25 * HOUR);
    assert_eq!(world.buy(5_000).await.attestation_status, AttestationStatus::Unattested);
    read("alone").await;
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    for (query, rows) in [
        ("", 3),
        ("?status=attested", 1),
        ("?status=stale", 1),
        ("?status=none", 1),
        ("?status=unattested", 0),
        ("?status=nonsense", 3),
        (&*format!("?card={}", world.card), 3),
        (&*format!("?card={}", world.frozen), 0),
        (&*format!("?agent={}", world.agent), 3),
    ] {
        let page = support.get(&format!("/live/attestations{query}")).await;
        assert_eq!(page.rows(), rows, "{query}");
    }
    let page = support.get("/live/attestations").await;
    let unattested = "/live/purchases/unattested".to_owned();
    assert!(page.links().contains(&unattested));
    assert_eq!(support.get(&unattested).await.rows(), 1);
    assert!(support.get("/dev/attestations").await.html.contains("No credential reads yet"));
}
