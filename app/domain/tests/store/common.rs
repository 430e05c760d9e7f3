//! What the tests of people, agents and cards share.
use domain::{
    access::{self, Grant, Role},
    agents::{self, CreateAgent},
    audit,
    environment::Environment,
    ids::{AgentId, CardId, UserId},
    money::Amount,
    name::{Email, Line, Name},
    page::Paging,
    testing::Fresh,
    users::{CreateUser, DecideApplication, Deposit},
};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};

pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub fn line(text: &str) -> Line {
    Line::parse(text).unwrap()
}

pub fn amount(minor: i64) -> Amount {
    Amount::try_from(minor).unwrap()
}

/// An owner of live and the key of live: between them they hold every permission.
pub fn owner(fresh: &Fresh) -> Grant {
    fresh.person(Environment::Live, Role::Owner)
}

pub fn key(fresh: &Fresh) -> Grant {
    fresh.key(Environment::Live)
}

/// Grants that reach nothing of the test's organisation in live.
pub async fn strangers(fresh: &Fresh) -> [Grant; 2] {
    let other = domain::testing::organisation(&fresh.db, "Other").await;
    [access::testing::key(&fresh.db, &other, Environment::Live), fresh.key(Environment::Dev)]
}

pub fn new_user() -> CreateUser {
    CreateUser {
        first_name: name("Ada"),
        last_name: name("Lovelace"),
        email: Email::parse("ada@example.com").unwrap(),
        metadata: None,
        start_application: true,
    }
}

pub async fn user(fresh: &Fresh) -> UserId {
    fresh.db.commit(&key(fresh), new_user()).await.unwrap()
}

/// An approved user with 1,000.00.
pub async fn funded(fresh: &Fresh) -> UserId {
    let id = user(fresh).await;
    fresh.db.commit(&key(fresh), DecideApplication { id: id.clone(), approve: true }).await.unwrap();
    fresh.db.commit(&key(fresh), Deposit { id: id.clone(), amount: amount(100_000) }).await.unwrap();
    id
}

pub fn new_agent(user_id: &UserId) -> CreateAgent {
    CreateAgent {
        user_id: user_id.clone(),
        external_id: None,
        name: name("checkout-bot"),
        description: None,
        limit: None,
        on_limit_exceeded: None,
        max_cards: None,
        default_card_limit: None,
        default_policy_id: None,
        metadata: None,
    }
}

pub async fn agent(fresh: &Fresh, user: &UserId) -> AgentId {
    fresh.db.commit(&key(fresh), new_agent(user)).await.unwrap().id
}

pub async fn the_agent(fresh: &Fresh, id: &AgentId) -> agents::Agent {
    agents::get(&fresh.db, &key(fresh), id).await.unwrap()
}

/// The actions that the log tells of a thing, sorted: the clock stands still in most tests.
pub async fn actions(fresh: &Fresh, id: impl ToString) -> Vec<&'static str> {
    let filter = audit::Filter { subject_id: Some(id.to_string()), ..Default::default() };
    let log = audit::list(&fresh.db, &owner(fresh), &filter, &Paging::newest(100)).await.unwrap();
    let mut actions: Vec<_> = log.rows.iter().map(|r| r.action.as_str()).collect();
    actions.sort_unstable();
    actions
}

/// Runs one statement beside the house.
pub async fn raw(fresh: &Fresh, text: String) {
    if fresh.url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(&fresh.url).await.unwrap();
        sqlx::query(AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
    } else {
        let mut connection = PgConnection::connect(&fresh.url).await.unwrap();
        sqlx::query(AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
    }
}

/// Adds an endpoint that wants every event of live.
pub async fn subscribe(fresh: &Fresh) {
    let id = domain::ids::EndpointId::new(fresh.db.now(), fresh.db.chance());
    let organisation = &fresh.organisation;
    let secret = if fresh.url.starts_with("sqlite:") { "x''" } else { "''" };
    raw(
        fresh,
        format!(
            "insert into webhook_endpoints (organisation_id, environment, id, url, events, status, secret, created_at)
             values ('{organisation}', 'live', '{id}', 'https://example.com/hook', '[]', 'enabled', {secret}, 0)"
        ),
    )
    .await;
}

/// The events that wait for delivery, in order: type and data.
pub async fn told(fresh: &Fresh) -> Vec<(String, Value)> {
    let text = "select e.type, e.body from deliveries d
                join events e on e.organisation_id = d.organisation_id and e.environment = d.environment
                             and e.id = d.event_id
                where d.environment = 'live' order by e.created_at, e.id";
    macro_rules! rows {
        ($connection:ty) => {
            sqlx::query(text)
                .fetch_all(&mut <$connection>::connect(&fresh.url).await.unwrap())
                .await
                .unwrap()
                .iter()
                .map(|row| (row.get::<String, _>(0), row.get::<String, _>(1)))
                .collect::<Vec<_>>()
        };
    }
    let rows = if fresh.url.starts_with("sqlite:") { rows!(SqliteConnection) } else { rows!(PgConnection) };
    rows.into_iter().map(|(kind, body)| (kind, serde_json::from_str::<Value>(&body).unwrap()["data"].clone())).collect()
}

/// The types of [`told`], sorted: events of one moment have no order.
pub async fn told_types(fresh: &Fresh) -> Vec<String> {
    let mut types: Vec<String> = told(fresh).await.into_iter().map(|(kind, _)| kind).collect();
    types.sort();
    types
}

/// The grant of an agent token that was just made.
pub async fn token_grant(fresh: &Fresh, token: domain::secret::Plain) -> Grant {
    let text = token.reveal();
    match access::caller(&fresh.db, text.text(), access::Origin::default()).await.unwrap() {
        access::Caller::Known(grant, _) => grant,
        other => panic!("the token does not open: {other:?}"),
    }
}

/// The statement that adds a card in any state, as no command does.
pub fn card_row(fresh: &Fresh, card: &CardId, agent: &AgentId, user: &UserId, status: &str) -> String {
    let serial = u32::from_be_bytes(fresh.db.chance().bytes()) % 1_000_000_000;
    format!(
        "insert into cards (organisation_id, environment, id, agent_id, user_id, serial, purpose, type, status, last4,
             expiration_month, expiration_year, credential_exposure, attestation_window_minutes, created_at)
         values ('{}', 'live', '{card}', '{agent}', '{user}', {serial}, 'Books', 'multi', '{status}', '0000', 1, 2028,
                 'extensionOnly', 10, 0)",
        fresh.organisation
    )
}
