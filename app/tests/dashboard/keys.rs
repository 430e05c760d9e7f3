//! API keys, and what their tests share: a key, and calls with it.
mod ends;
mod entries;
mod found;

use super::world::name;
use domain::{
    access::{KeyUsed, Role},
    environment::Environment,
    ids::{KeyId, RequestId},
    keys::{self, CreateKey, Expiry, Key},
    requests::{Call, Entry, Record},
    testing::Fresh,
    time::DAY,
};

fn create(called: &str, fresh: &Fresh) -> CreateKey {
    CreateKey::new(name(called), Expiry::At(fresh.db.now() + 90 * DAY))
}

/// A key of live.
async fn made(fresh: &Fresh, create: CreateKey) -> (KeyId, String) {
    let owner = fresh.person(Environment::Live, Role::Owner);
    let created = fresh.db.commit(&owner, create).await.unwrap();
    (created.id, created.secret.reveal().text().to_owned())
}

async fn key(fresh: &Fresh, id: &KeyId) -> Key {
    keys::get(&fresh.db, &fresh.person(Environment::Live, Role::Owner), id).await.unwrap()
}

/// The key or token called so often from an address.
async fn called(fresh: &Fresh, id: &KeyId, address: &str, times: usize) {
    let calls = (0..times).map(|_| Entry {
        organisation: fresh.organisation.clone(),
        environment: Environment::Live,
        call: Call {
            id: RequestId::new(fresh.db.now(), fresh.db.chance()),
            at: fresh.db.now(),
            method: "GET".into(),
            route: "/v1/cards".into(),
            status: 200,
            micros: 900,
            address: Some(address.into()),
            client: Some("curl/8".into()),
            key_id: id.to_string(),
            agent_id: None,
            idempotency_key: None,
            error: None,
            replay_of: None,
        },
        scopes: vec!["cards:read".parse().unwrap()],
    });
    fresh.db.note(Record(calls.collect())).await.unwrap();
    let used = KeyUsed {
        organisation: fresh.organisation.clone(),
        environment: Environment::Live,
        key: id.to_string(),
        address: Some(address.into()),
        client: Some("curl/8".into()),
        scope: Some("cards:read".into()),
    };
    fresh.db.note(used).await.unwrap();
}
