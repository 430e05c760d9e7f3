//! Somebody puts a key, a webhook secret or a card number where a name belongs: it stays out of every log, event, letter
//! and file.
use super::{browser::Browser, world::World};
use domain::{access::Role, environment::Environment, testing::Fresh};

/// What is planted, and what of it must be found nowhere.
const CANARIES: [(&str, &str); 4] = [
    ("lk_live_aB3daB3daB3daB3daB3daB3daB3daB3daB3daB3daB3dX9", "aB3daB3daB3daB3d"),
    ("at_dev_Zq7tZq7tZq7tZq7tZq7tZq7tZq7tZq7tZq7tZq7tZq7tX9", "Zq7tZq7tZq7tZq7t"),
    ("whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ", "c2VjcmV0LXNlY3Jl"),
    ("paid by 4242-4242-4242-4242", "4242-4242-4242"),
];

#[tokio::test]
async fn what_is_planted_in_every_field_leaves_by_no_way() {
    for (text, core) in CANARIES {
        let fresh = Fresh::new().await;
        let world = World::written(&fresh.db, &fresh.organisation, Environment::Live, Some(text)).await;
        world.buy(5_000).await;
        let rows = fresh.everything().await;
        assert!(rows["agents"].iter().any(|row| row.contains(core)), "it was planted");
        for table in ["audit", "events", "attempts", "notices", "mails", "sessions"] {
            let found = rows[table].iter().find(|row| row.contains(core));
            assert_eq!(found, None, "{text} in {table}");
        }
        for table in ["audit", "events"] {
            assert!(rows[table].iter().any(|row| row.contains("[redacted]")), "{table} held it");
        }
        let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
        // What happens at the moment of an export is no part of it.
        fresh.clock.advance(1_000);
        for log in ["audit", "requests"] {
            for format in ["csv", "json"] {
                let path = format!("/live/{log}/export");
                let file = owner.submit(&path, &[("format", format), ("zone", "utc")]).await;
                assert!(file.status == 200 && file.html.contains("[redacted]"), "{path}: {}", file.html);
                assert!(!file.html.contains(core), "{text} in {path} as {format}");
            }
        }
    }
}
