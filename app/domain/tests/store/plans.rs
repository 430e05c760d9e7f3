//! SQLite walks the index that fits, in a database that nobody has measured.
use domain::testing::Fresh;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

#[tokio::test]
async fn a_filter_walks_its_own_index() {
    let fresh = Fresh::new().await;
    if !fresh.url.starts_with("sqlite:") {
        return;
    }
    let mut connection = SqliteConnection::connect(&fresh.url).await.unwrap();
    for (table, filter, index) in [
        ("cards", "agent_id = ?", "cards_agent"),
        ("cards", "agent_id = ? and status <> 'closed'", "cards_open"),
        ("cards", "user_id = ?", "cards_user"),
        ("cards", "status = ?", "cards_status"),
        ("cards", "id < ?", "PRIMARY KEY"),
        ("agents", "user_id = ?", "agents_user"),
        ("agents", "external_id = ?", "agents_external_id"),
        ("users", "application_status = ?", "users_status"),
        ("users", "id < ?", "PRIMARY KEY"),
        ("purchases", "status = 'pending' and agent_id || '' = ?", "purchases_status"),
        ("purchases", "status = 'pending' and agent_id || '' = ? and id >= ?", "purchases_status"),
        ("agent_tokens", "agent_id = ?", "agent_tokens_agent"),
        ("purchases", "agent_id = ? and status = ?", "purchases_agent"),
        ("purchases", "status = ?", "purchases_status"),
        ("intents", "card_id = ? and status = ?", "intents_card"),
        ("cards", "last4 = ?", "cards_last4"),
        ("purchases", "lower(merchant_name) = ?", "purchases_merchant"),
        ("audit", "id < ?", "audit_environment"),
        ("requests", "id < ?", "PRIMARY KEY"),
        ("requests", "key_id = ?", "requests_key"),
        ("requests", "agent_id = ?", "requests_agent"),
        ("requests", "class = ?", "requests_class"),
        ("requests", "route = ?", "requests_route"),
        ("requests", "error = ?", "requests_error"),
        ("requests", "address = ?", "requests_address"),
        ("requests", "idempotency_key = ?", "requests_idempotency_key"),
        ("disputes", "purchase_id = ?", "disputes_purchase"),
        ("disputes", "agent_id = ?", "disputes_agent"),
        ("disputes", "user_id = ?", "disputes_user"),
        ("disputes", "status = ?", "disputes_status"),
        ("risk_findings", "id < ?", "PRIMARY KEY"),
        ("risk_findings", "rule = ?", "risk_findings_rule"),
        ("risk_findings", "effect = ?", "risk_findings_effect"),
        ("risk_findings", "agent_id = ?", "risk_findings_agent"),
        ("risk_findings", "card_id = ?", "risk_findings_card"),
        ("deliveries", "event_id = ?", "deliveries_event"),
        ("deliveries", "endpoint_id = ?", "deliveries_endpoint"),
    ] {
        let text = format!(
            "explain query plan select * from {table}
             where organisation_id = ? and environment = ? and {filter} order by id desc limit 51"
        );
        let plan = sqlx::query(AssertSqlSafe(text)).fetch_all(&mut connection).await.unwrap();
        let steps: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
        assert!(steps[0].contains(index), "{table} where {filter}: {steps:?}");
    }
    let text =
        "explain query plan select * from audit where organisation_id = ? and environment is null order by id desc";
    let plan = sqlx::query(text).fetch_all(&mut connection).await.unwrap();
    let steps: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
    assert!(steps[0].contains("audit_environment"), "{steps:?}");
    for (due, index) in [
        ("(expiration_year, expiration_month) < (?, ?) order by expiration_year, expiration_month", "cards_printed"),
        ("ends_at is not null and ends_at <= ? order by ends_at", "cards_end"),
    ] {
        let due = due.replace(" order", " and status <> 'closed' order");
        let text = format!("explain query plan select organisation_id, environment, id from cards where {due} limit ?");
        let plan = sqlx::query(AssertSqlSafe(text)).fetch_all(&mut connection).await.unwrap();
        let steps: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
        assert!(steps[0].starts_with("SEARCH") && steps[0].contains(index) && steps.len() == 1, "{steps:?}");
    }
    for (status, index) in [("pending", "intents_open"), ("pending_approval", "intents_waiting")] {
        let text = format!(
            "explain query plan select id from intents where organisation_id = ? and environment = ? and card_id = ?
             and id >= ? and status = '{status}' and expires_at > ?"
        );
        let plan = sqlx::query(AssertSqlSafe(text)).fetch_all(&mut connection).await.unwrap();
        let steps: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
        assert!(steps[0].contains(index), "{status}: {steps:?}");
    }
    let beyond = " and coalesce(last_used_at, created_at) >= ? and (coalesce(last_used_at, created_at) > ? or id > ?)";
    for (filter, range, order) in [("", "<expr><?", "desc, id desc"), (beyond, "<expr>>? AND <expr><?", ", id")] {
        let text = format!(
            "explain query plan select * from cards where true and organisation_id = ? and environment = ?
             and type = 'multi' and status <> 'closed' and coalesce(last_used_at, created_at) <= ?{filter}
             order by coalesce(last_used_at, created_at) {order} limit 51"
        );
        let plan = sqlx::query(AssertSqlSafe(text)).fetch_all(&mut connection).await.unwrap();
        let steps: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
        let by_use = steps[0].contains(&format!("cards_unused (organisation_id=? AND environment=? AND {range})"));
        assert!(by_use && steps.len() == 1, "walked in order, not sorted: {steps:?}");
    }
}
