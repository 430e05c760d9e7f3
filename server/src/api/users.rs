//! Funding users: made, listed, seen, their balance.
use super::{Answer, Call, Nothing, PageRequest, Table, verification};
use domain::{
    access::Permission,
    error::Noun,
    ids::UserId,
    metadata::Metadata,
    money::Currency,
    name::{Email, Name},
    time::Timestamp,
    users::{self, ApplicationStatus, Balance, CreateUser, Filter, User},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.post("/v1/applications/user/initiate", Permission::ManageUsers, initiate)
        .answers::<Initiated>("initiateApplication", "Make a user and begin the application")
        .made();
    api.list("/v1/users", Permission::ManageUsers, list).lists::<UserView>("listUsers", "List users");
    api.post("/v1/users", Permission::ManageUsers, create).answers::<UserView>("createUser", "Make a user").made();
    api.get("/v1/users/{id}", Permission::ManageUsers, show)
        .answers::<UserView>("readUser", "Read a user")
        .at::<UserId>("id", Noun::User);
    api.get("/v1/users/{id}/balance", Permission::ManageUsers, balance)
        .answers::<BalanceView>("readUserBalance", "Read the balance of a user")
        .at::<UserId>("id", Noun::User);
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewUser {
    first_name: Name,
    last_name: Name,
    email: Email,
    metadata: Option<Metadata>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserView {
    #[schema(pattern = "^user$")]
    object: &'static str,
    id: UserId,
    first_name: String,
    last_name: String,
    email: String,
    application_status: ApplicationStatus,
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
            metadata: user.metadata,
            created_at: user.created_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct BalanceView {
    #[schema(pattern = "^balance$")]
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
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InitiatedUser)]
struct Initiated {
    #[serde(flatten)]
    user: UserView,
    /// The page on which the person completes the application.
    application_completion_link: String,
}

async fn initiate(call: Call, new: NewUser) -> Answer {
    let user = made(&call, new, true).await?;
    let application_completion_link = verification::link(&call, &user.id);
    call.created(&Initiated { user, application_completion_link })
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

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    application_status: Option<ApplicationStatus>,
}

async fn list(call: Call, page: PageRequest, wanted: Wanted) -> Answer {
    let filter = Filter { application_status: wanted.application_status };
    let page = users::list(call.db(), call.grant(), &filter, &page.paging()?).await?;
    call.list(&page.map(UserView::from), |user| &user.id)
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
