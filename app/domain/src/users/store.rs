//! The rows of users.
use super::{Application, ApplicationStatus, Balance, User, documents::Document, full_name};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Db, Tx, select::Select, sql},
    environment::Environment,
    error::Noun,
    ids::{OrganisationId, UserId},
    metadata::Metadata,
    money::Currency,
    page::{Page, Paging},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

#[derive(sqlx::FromRow)]
struct Row {
    id: UserId,
    first_name: String,
    last_name: String,
    email: String,
    application_status: ApplicationStatus,
    metadata: Option<Metadata>,
    currency: Currency,
    deposited: i64,
    pending: i64,
    posted: i64,
    created_at: Timestamp,
    agent_count: i64,
}

/// What a change needs to know of a user.
#[derive(sqlx::FromRow)]
pub(super) struct Locked {
    pub first_name: String,
    pub last_name: String,
    pub application_status: ApplicationStatus,
    pub currency: Currency,
    pub deposited: i64,
    pub pending: i64,
    pub posted: i64,
}

impl From<Row> for User {
    fn from(row: Row) -> Self {
        Self {
            balance: Balance::of(row.deposited, row.pending, row.posted),
            id: row.id,
            first_name: row.first_name,
            last_name: row.last_name,
            email: row.email,
            application_status: row.application_status,
            metadata: row.metadata,
            currency: row.currency,
            created_at: row.created_at,
            agent_count: row.agent_count,
        }
    }
}

macro_rules! users {
    ($rest:literal) => {
        concat!(
            "select id, first_name, last_name, email, application_status, metadata, currency, deposited, pending,
                    posted, created_at,
                    (select count(*) from agents a
                     where a.organisation_id = users.organisation_id and a.environment = users.environment
                       and a.user_id = users.id and a.closed_at is null) as agent_count
             from users where ",
            $rest
        )
    };
}

/// Which users.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Filter {
    /// Only those whose application stands so.
    pub application_status: Option<ApplicationStatus>,
}

/// One page of users, newest first. An agent token reaches none.
pub async fn list(db: &Db, grant: &Grant, filter: &Filter, paging: &Paging<UserId>) -> Result<Page<User>> {
    grant.require(Permission::View)?;
    if grant.only_agent().is_some() {
        return Ok(paging.page(Vec::new()));
    }
    let page: Page<Row> = Select::new(users!("true"))
        .text(" and organisation_id =", grant.organisation())
        .text(" and environment =", grant.environment())
        .text_if(" and application_status =", filter.application_status)
        .page(db, paging)
        .await?;
    Ok(page.map(User::from))
}

/// One user. An agent token reaches none.
pub async fn get(db: &Db, grant: &Grant, id: &UserId) -> Result<User> {
    grant.require(Permission::View)?;
    if grant.only_agent().is_some() {
        return Err(Error::NotFound(Noun::User));
    }
    let row: Option<Row> = sql!(
        db,
        fetch_optional,
        users!("organisation_id = $1 and environment = $2 and id = $3"),
        grant.organisation(),
        grant.environment(),
        id
    )?;
    row.map(User::from).ok_or(Error::NotFound(Noun::User))
}

/// What one user has and owes, in the user's currency.
pub async fn balance(db: &Db, grant: &Grant, id: &UserId) -> Result<(Balance, Currency)> {
    get(db, grant, id).await.map(|user| (user.balance, user.currency))
}

/// The documents of a user's application since it was last asked for, by kind. An agent token reaches none.
pub async fn documents(db: &Db, grant: &Grant, id: &UserId) -> Result<Vec<Document>> {
    get(db, grant, id).await?;
    Ok(sql!(
        db,
        fetch_all,
        "select type as document_type, format, bytes, received_at from user_documents
         where organisation_id = $1 and environment = $2 and user_id = $3 order by type",
        grant.organisation(),
        grant.environment(),
        id
    )?)
}

/// The row, locked until the change is over.
pub(super) async fn lock(tx: &mut Tx, grant: &Grant, id: &UserId) -> Result<Locked> {
    let row: Option<Locked> = sql!(
        tx,
        fetch_optional,
        "update users set created_at = created_at where organisation_id = $1 and environment = $2 and id = $3
         returning first_name, last_name, application_status, currency, deposited, pending, posted",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    row.ok_or(Error::NotFound(Noun::User))
}

#[derive(sqlx::FromRow)]
struct ApplicationRow {
    organisation_id: OrganisationId,
    environment: Environment,
    first_name: String,
    last_name: String,
    application_status: ApplicationStatus,
}

/// The application of a user whom a completion link names.
pub(super) async fn application(db: &Db, user: &UserId) -> Result<Option<Application>> {
    let row: Option<ApplicationRow> = sql!(
        db,
        fetch_optional,
        "select organisation_id, environment, first_name, last_name, application_status from users where id = $1",
        user
    )?;
    Ok(row.map(|row| Application {
        user: user.clone(),
        name: full_name(&row.first_name, &row.last_name),
        status: row.application_status,
        organisation: row.organisation_id,
        environment: row.environment,
    }))
}
