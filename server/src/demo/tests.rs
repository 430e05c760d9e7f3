//! A small story, told as the command tells it.
use super::*;
use crate::demo::credentials;
use domain::{
    access::{self, Arrival, Grant, Origin},
    attestations::AttestationStatus,
    environment::Environment,
    intents::{self, IntentStatus},
    limits::{DeclineReason, Frequency},
    monitoring::{self, Range},
    page::Paging,
    purchases::{self, Purchase},
    time::DAY,
    webhooks::deliver,
};
use std::collections::HashSet;

mod replayed;
mod weight;

/// A Wednesday afternoon.
const NOW: Timestamp = Timestamp(1_760_533_200_000);

struct Told {
    dir: tempfile::TempDir,
    secrets: Secrets,
}

async fn told(purchases: usize, lived: usize, seed: u64) -> Told {
    let dir = tempfile::tempdir().unwrap();
    let endpoints = Endpoints {
        healthy: "http://127.0.0.1:9/well".into(),
        failing: "http://127.0.0.1:9/ill".into(),
        allow: vec!["127.0.0.1/32".parse().unwrap()],
    };
    let url = url(dir.path());
    let filling = Filling { url, key_file: None, purchases, lived, seed: Some(seed), endpoints, now: NOW };
    let secrets = fill(filling, ProgressBar::hidden()).await.unwrap();
    Told { dir, secrets }
}

fn url(dir: &Path) -> String {
    format!("sqlite:{}", dir.join("demo.db").display())
}

impl Told {
    /// The database as it stands at the end of the story.
    async fn db(&self) -> Db {
        let clock = Arc::new(SetClock::at(NOW));
        Db::open(Options { clock, ..Options::new(url(self.dir.path())) }).await.unwrap()
    }

    async fn key(&self, db: &Db, environment: Environment) -> Grant {
        let (_, key) = self.secrets.keys.iter().find(|(own, _)| *own == environment).unwrap();
        match access::caller(db, key, Origin::default()).await.unwrap() {
            access::Caller::Known(grant, _) => grant,
            other => panic!("{other:?}"),
        }
    }
}

async fn every_purchase(db: &Db, grant: &Grant) -> Vec<Purchase> {
    let (mut all, mut paging) = (Vec::new(), Paging::newest(100));
    loop {
        let page = purchases::list(db, grant, &purchases::Filter::default(), &paging).await.unwrap();
        all.extend(page.rows);
        if !page.older {
            return all;
        }
        paging.before = all.last().map(|purchase| purchase.id.clone());
    }
}

fn digest(purchases: &[Purchase]) -> Vec<(String, i64, String, String)> {
    let of = |p: &Purchase| (p.id.to_string(), p.amount, p.status.to_string(), p.merchant_name.clone());
    purchases.iter().map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_story_is_whole_and_shows_what_it_means_to_show() {
    let told = told(240, 240, 11).await;
    let db = told.db().await;
    assert_eq!(limits::recount(&db).await.unwrap(), []);
    assert!(deliver::claim(&db, 10).await.unwrap().is_empty(), "a delivery is overdue");
    assert_eq!(intents::expire_due(&db, 10).await.unwrap(), 0, "an intent is overdue");

    let live = told.key(&db, Environment::Live).await;
    let all = every_purchase(&db, &live).await;
    assert_eq!(all.len(), 240);
    let since = NOW - 90 * DAY;
    assert!(all.iter().all(|p| p.authorized_at > since && p.authorized_at <= NOW));
    let reasons: HashSet<DeclineReason> = all.iter().filter_map(|p| p.declined_reason).collect();
    for reason in [
        DeclineReason::InsufficientFunds,
        DeclineReason::CardFrozen,
        DeclineReason::CardClosed,
        DeclineReason::CardUsed,
        DeclineReason::MaxAmountExceeded,
        DeclineReason::SpendingLimitExceeded,
    ] {
        assert!(reasons.contains(&reason), "{reason}");
    }
    for status in AttestationStatus::ALL {
        assert!(all.iter().any(|p| p.attestation_status == *status), "{status}");
    }
    for status in [
        IntentStatus::Matched,
        IntentStatus::Mismatched,
        IntentStatus::Expired,
        IntentStatus::Pending,
        IntentStatus::PendingApproval,
        IntentStatus::Rejected,
    ] {
        let filter = intents::Filter { status: Some(status), ..Default::default() };
        assert!(!intents::list(&db, &live, &filter, &Paging::newest(1)).await.unwrap().rows.is_empty(), "{status}");
    }
    let month = monitoring::panels(&db, &live, Range::Month).await.unwrap();
    let within = |k: u64, n: u64, low: u64, high: u64| (low * n..=high * n).contains(&(k * 100));
    assert!(within(month.declines.k, month.declines.n, 5, 12), "{:?}", month.declines.rate());
    assert!(within(month.matches.k, month.matches.n, 85, 97), "{:?}", month.matches.rate());
    assert!(within(month.webhooks.k, month.webhooks.n, 2, 20), "{:?}", month.webhooks.rate());

    let agents = domain::agents::list(&db, &live, &Default::default(), &Paging::newest(50)).await.unwrap().rows;
    assert_eq!(agents.len(), 12);
    let used: HashSet<Frequency> = agents.iter().filter_map(|agent| agent.spending_limit_frequency).collect();
    assert_eq!(used.len(), Frequency::ALL.len(), "every frequency is there");
    let dev = told.key(&db, Environment::Dev).await;
    assert!(!every_purchase(&db, &dev).await.is_empty());
    let owner = access::sign_in(&db, "owner@harbour.example", PASSPHRASE.into(), Arrival::default()).await.unwrap();
    assert!(matches!(owner, access::Admission::In(opened) if opened.organisation != *live.organisation()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_tells_the_same_story() {
    let mut digests = Vec::new();
    for seed in [5, 5, 6] {
        let told = told(60, 60, seed).await;
        let db = told.db().await;
        let live = told.key(&db, Environment::Live).await;
        digests.push(digest(&every_purchase(&db, &live).await));
    }
    assert_eq!(digests[0], digests[1]);
    assert_ne!(digests[0], digests[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn purchases_in_bulk_are_counted_and_explained() {
    let told = told(2_000, 60, 3).await;
    let db = told.db().await;
    assert_eq!(limits::recount(&db).await.unwrap(), []);
    let live = told.key(&db, Environment::Live).await;
    let page = purchases::list(&db, &live, &Default::default(), &Paging::newest(100)).await.unwrap().rows;
    for purchase in page {
        let detail = purchases::get(&db, &live, &purchase.id).await.unwrap();
        assert_eq!(detail.case.decide(), detail.decision, "{}", purchase.id);
        assert_eq!(detail.case.request.amount.minor(), purchase.authorized_amount);
        assert_eq!(detail.decision.reason(), purchase.declined_reason);
    }
}

#[test]
fn credentials_are_their_owners_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("credentials.json");
    std::fs::write(&path, "old").unwrap();
    let secrets = Secrets { keys: vec![(Environment::Live, "lk_live_x".into())], ..Secrets::default() };
    credentials::write(&path, &credentials::content("http://127.0.0.1:3000", &secrets)).unwrap();
    let read: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(read["people"].as_array().unwrap().len(), 6);
    assert_eq!((&read["people"][0]["role"], &read["apiKeys"]["live"]), (&"owner".into(), &"lk_live_x".into()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn the_demo_never_touches_a_database_that_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let there = dir.path().join("there.db");
    std::fs::write(&there, "").unwrap();
    assert!(new_file(format!("sqlite:{}", there.display())).is_err());
    assert!(new_file("postgres://localhost/books".into()).is_err());
    assert!(new_file(format!("sqlite:{}", dir.path().join("new.db").display())).is_ok());
}
