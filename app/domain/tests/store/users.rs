//! Users: made, decided, funded.
use super::common::*;
use domain::{
    Error,
    access::{Origin, Role},
    environment::Environment,
    error::Code,
    metadata::Metadata,
    page::Paging,
    testing::Fresh,
    users::{self, ApplicationStatus, CreateUser, DecideApplication, Deposit, Filter, Outcome},
};
use serde_json::json;

#[tokio::test]
async fn a_user_is_made_approved_and_funded() {
    let fresh = Fresh::new().await;
    let key = key(&fresh);
    subscribe(&fresh).await;
    let metadata = Metadata::try_from(json!({ "team": "ops" })).unwrap();
    let id = fresh.db.commit(&key, CreateUser { metadata: Some(metadata.clone()), ..new_user() }).await.unwrap();
    let made = users::get(&fresh.db, &key, &id).await.unwrap();
    assert_eq!((made.name().as_str(), made.email.as_str()), ("Ada Lovelace", "ada@example.com"));
    assert_eq!((made.application_status, made.metadata), (ApplicationStatus::Pending, Some(metadata)));
    assert_eq!(made.currency.as_str(), "USD");

    let early = fresh.db.commit(&key, Deposit { id: id.clone(), amount: amount(1) }).await;
    assert!(matches!(early, Err(Error::State { code: Code::UserNotApproved, .. })));
    fresh.db.commit(&key, DecideApplication { id: id.clone(), approve: true }).await.unwrap();
    let again = fresh.db.commit(&key, DecideApplication { id: id.clone(), approve: false }).await;
    assert!(matches!(again, Err(Error::State { code: Code::ApplicationState, .. })));

    fresh.db.commit(&key, Deposit { id: id.clone(), amount: amount(70_000) }).await.unwrap();
    let after = fresh.db.commit(&key, Deposit { id: id.clone(), amount: amount(30_000) }).await.unwrap();
    assert_eq!((after.credit_limit, after.spending_power, after.balance_due), (100_000, 100_000, 0));
    assert_eq!(users::balance(&fresh.db, &key, &id).await.unwrap().0, after);

    assert_eq!(
        told_types(&fresh).await,
        [
            "deposit.received",
            "deposit.received",
            "user.application.approved",
            "user.balance.updated",
            "user.balance.updated"
        ]
    );
    assert!(told(&fresh).await.iter().all(|(_, data)| data["userId"] == id.as_str()));
    assert_eq!(
        actions(&fresh, &id).await,
        ["user.application_decided", "user.created", "user.deposit_received", "user.deposit_received"]
    );
}

#[tokio::test]
async fn without_starting_the_application_a_user_waits() {
    let fresh = Fresh::new().await;
    let key = key(&fresh);
    let id = fresh.db.commit(&key, CreateUser { start_application: false, ..new_user() }).await.unwrap();
    let other = user(&fresh).await;
    fresh.db.commit(&key, DecideApplication { id: other.clone(), approve: false }).await.unwrap();
    let of = async |application_status| {
        let page = users::list(&fresh.db, &key, &Filter { application_status }, &Paging::newest(10)).await.unwrap();
        page.rows.into_iter().map(|u| u.id).collect::<Vec<_>>()
    };
    assert_eq!(of(Some(ApplicationStatus::NotStarted)).await, std::slice::from_ref(&id));
    assert_eq!(of(Some(ApplicationStatus::Denied)).await, [other]);
    assert_eq!(of(Some(ApplicationStatus::Approved)).await, []);
    assert_eq!(of(None).await.len(), 2);
    fresh.db.commit(&key, DecideApplication { id, approve: true }).await.unwrap();
}

#[tokio::test]
async fn deposits_stay_within_what_every_reader_can_add_up() {
    let fresh = Fresh::new().await;
    let id = funded(&fresh).await;
    raw(&fresh, format!("update users set deposited = 999999999999999 where id = '{id}'")).await;
    let over = fresh.db.commit(&key(&fresh), Deposit { id: id.clone(), amount: amount(2) }).await;
    assert!(matches!(over, Err(Error::Refused(r)) if r.0[0].0 == "amount"));
    fresh.db.commit(&key(&fresh), Deposit { id, amount: amount(1) }).await.unwrap();
}

#[tokio::test]
async fn strangers_and_agents_see_no_user() {
    let fresh = Fresh::new().await;
    let id = funded(&fresh).await;
    for stranger in strangers(&fresh).await {
        assert!(
            users::list(&fresh.db, &stranger, &Filter::default(), &Paging::newest(10)).await.unwrap().rows.is_empty()
        );
        assert!(matches!(users::get(&fresh.db, &stranger, &id).await, Err(Error::NotFound(_))));
        let decided = fresh.db.commit(&stranger, DecideApplication { id: id.clone(), approve: true }).await;
        assert!(matches!(decided, Err(Error::NotFound(_))));
        let deposited = fresh.db.commit(&stranger, Deposit { id: id.clone(), amount: amount(1) }).await;
        assert!(matches!(deposited, Err(Error::NotFound(_))));
    }
    let made = fresh.db.commit(&key(&fresh), new_agent(&id)).await.unwrap();
    let token = token_grant(&fresh, made.token).await;
    assert!(users::list(&fresh.db, &token, &Filter::default(), &Paging::newest(10)).await.unwrap().rows.is_empty());
    assert!(matches!(users::balance(&fresh.db, &token, &id).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn roles_without_the_permission_are_denied() {
    let fresh = Fresh::new().await;
    let id = user(&fresh).await;
    for role in [Role::Support, Role::Finance, Role::Auditor, Role::Developer] {
        let grant = fresh.person(Environment::Live, role);
        assert!(matches!(fresh.db.commit(&grant, new_user()).await, Err(Error::Denied(_))), "{role}");
    }
    // The sandbox belongs to keys: no role of a person approves or funds.
    let decided = fresh.db.commit(&owner(&fresh), DecideApplication { id: id.clone(), approve: true }).await;
    assert!(matches!(decided, Err(Error::Denied(_))));
    let deposited = fresh.db.commit(&owner(&fresh), Deposit { id, amount: amount(1) }).await;
    assert!(matches!(deposited, Err(Error::Denied(_))));
}

#[tokio::test]
async fn the_completion_link_decides_its_own_application_once() {
    let fresh = Fresh::new().await;
    let (id, other) = (user(&fresh).await, user(&fresh).await);
    let token = users::completion_token(fresh.db.vault(), &id);
    let seen = users::by_completion_token(&fresh.db, &token).await.unwrap().unwrap();
    assert_eq!((seen.user.clone(), seen.status), (id.clone(), ApplicationStatus::Pending));
    assert_eq!((seen.organisation, seen.environment), (fresh.organisation.clone(), Environment::Live));

    users::complete(&fresh.db, &token, Outcome::Approve, Origin::default()).await.unwrap();
    let again = users::complete(&fresh.db, &token, Outcome::Deny, Origin::default()).await;
    assert!(matches!(again, Err(Error::State { code: Code::ApplicationState, .. })));
    let status = async |id| users::get(&fresh.db, &key(&fresh), id).await.unwrap().application_status;
    assert_eq!(status(&id).await, ApplicationStatus::Approved);
    assert_eq!(status(&other).await, ApplicationStatus::Pending);

    let forged = token.replace(id.as_str(), other.as_str());
    assert!(users::by_completion_token(&fresh.db, &forged).await.unwrap().is_none());
    let completed = users::complete(&fresh.db, &forged, Outcome::Approve, Origin::default()).await;
    assert!(matches!(completed, Err(Error::NotFound(_))));
}
