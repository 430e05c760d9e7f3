//! `ledgeros replay` over the whole history: what was lived through and what was written in bulk, of both environments.
use super::*;
use domain::limits::Replayed;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

/// Runs one statement beside the house; what it gives, as numbers.
async fn beside(told: &Told, statement: String) -> Vec<i64> {
    let mut connection = SqliteConnection::connect(&url(told.dir.path())).await.unwrap();
    sqlx::query_scalar(AssertSqlSafe(statement)).fetch_all(&mut connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_history_replays_and_an_altered_outcome_is_named() {
    let told = told(2_000, 120, 9).await;
    let db = told.db().await;
    let stored = beside(&told, "select count(*) from decisions".to_owned()).await[0];
    let purchases = beside(&told, "select count(*) from purchases".to_owned()).await[0];
    let Replayed { decisions, differences } = limits::replay(&db).await.unwrap();
    assert_eq!((decisions as i64, differences), (stored, Vec::new()));
    assert!(stored == purchases && stored > 2_000, "{stored} decisions of {purchases} purchases, some of them in dev");

    let live = told.key(&db, Environment::Live).await;
    let all = every_purchase(&db, &live).await;
    let approved = all.iter().rev().find(|purchase| purchase.declined_reason.is_none()).unwrap();
    let declined = all.iter().find(|purchase| purchase.declined_reason.is_some()).unwrap();
    for (purchase, from, to) in [
        (approved, r#""outcome":"approved""#.to_owned(), r#""outcome":{"declined":{"reason":"card_frozen"}}"#),
        (
            declined,
            format!(r#""outcome":{{"declined":{{"reason":"{}"}}}}"#, declined.declined_reason.unwrap()),
            r#""outcome":"approved""#,
        ),
    ] {
        let of = format!("where purchase_id = '{}' returning 1", purchase.id);
        let altered = format!("update decisions set decision = replace(decision, '{from}', '{to}') {of}");
        assert_eq!(beside(&told, altered).await, [1]);
    }
    let found = limits::replay(&db).await.unwrap();
    let named: HashSet<_> = found.differences.iter().map(|one| one.purchase.clone()).collect();
    assert_eq!(named, HashSet::from([approved.id.clone(), declined.id.clone()]));
    let says = |purchase: &Purchase| &found.differences.iter().find(|one| one.purchase == purchase.id).unwrap().what;
    assert_eq!(says(approved), "stored as declined, card_frozen; the rules say approved");
    assert_eq!(
        *says(declined),
        format!("stored as approved; the rules say declined, {}", declined.declined_reason.unwrap())
    );
    assert_eq!(found.decisions as i64, stored);
}
