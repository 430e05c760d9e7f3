//! Funding users: made, seen, their balance.
use super::{Answer, Call, Nothing, Table};
use domain::{
    access::Permission,
    error::Noun,
    ids::UserId,
    metadata::Metadata,
    money::Currency,
    name::{Email, Name},
    time::Timestamp,
    users::{self, ApplicationStatus, Balance, CreateUser, User},
};
use serde::{Deserialize, Serialize};

pub(super) fn routes(api: &mut Table) {
    api.post("/v1/applications/user/initiate", Permission::ManageUsers, initiate);
    api.post("/v1/users", Permission::ManageUsers, create);
    api.get("/v1/users/{id}", Permission::ManageUsers, show);
    api.get("/v1/users/{id}/balance", Permission::ManageUsers, balance);
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewUser {
    first_name: Name,
    last_name: Name,
    email: Email,
    metadata: Option<Metadata>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserView {
    object: &'static str,
    id: UserId,
    first_name: String,
    last_name: String,
    email: String,
    application_status: ApplicationStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    application_completion_link: Option<String>,
    metadata: Option<Metadata>,
    created_at: Timestamp,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            object: "user",
            id: user.id,
            first_name: user.first_name,
            last_name: user.last_name,
            email: user.email,
            application_status: user.application_status,
            application_completion_link: None,
            metadata: user.metadata,
            created_at: user.created_at,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BalanceView {
    object: &'static str,
    user_id: UserId,
    currency: Currency,
    credit_limit: i64,
    pending_charges: i64,
    posted_charges: i64,
    balance_due: i64,
    spending_power: i64,
}

impl BalanceView {
    pub(super) fn new(user_id: UserId, balance: Balance, currency: Currency) -> Self {
        Self {
            object: "balance",
            user_id,
            currency,
            credit_limit: balance.credit_limit,
            pending_charges: balance.pending_charges,
            posted_charges: balance.posted_charges,
            balance_due: balance.balance_due,
            spending_power: balance.spending_power,
        }
    }
}

/// A user whose application has begun, with the link under which the user completes it.
async fn initiate(call: Call, new: NewUser) -> Answer {
    let mut view = made(&call, new, true).await?;
    let token = users::completion_token(call.db().vault(), &view.id);
    view.application_completion_link = Some(format!("{}/verify/{token}", call.config().address()));
    call.created(&view)
}

async fn create(call: Call, new: NewUser) -> Answer {
    let view = made(&call, new, false).await?;
    call.created(&view)
}

async fn made(call: &Call, new: NewUser, start_application: bool) -> Result<UserView, super::Failure> {
    let NewUser { first_name, last_name, email, metadata } = new;
    let id = call.commit(CreateUser { first_name, last_name, email, metadata, start_application }).await?;
    Ok(users::get(call.db(), call.grant(), &id).await?.into())
}

async fn show(call: Call, _: Nothing) -> Answer {
    let user = users::get(call.db(), call.grant(), &call.id("id", Noun::User)?).await?;
    call.ok(&UserView::from(user))
}

async fn balance(call: Call, _: Nothing) -> Answer {
    let id: UserId = call.id("id", Noun::User)?;
    let (balance, currency) = users::balance(call.db(), call.grant(), &id).await?;
    call.ok(&BalanceView::new(id, balance, currency))
}
