//! The rows of policies.
use super::Policy;
use crate::{
    Error, Result,
    access::{Grant, Permission},
    attestations::ExposureMode,
    db::{Db, Tx, select::Select, sql},
    error::Noun,
    ids::PolicyId,
    intents::matching::Fraction,
    limits::{
        store::stored,
        terms::{OnExpiry, Terms},
    },
    page::{Page, Paging},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

#[derive(sqlx::FromRow)]
struct Row {
    id: PolicyId,
    name: String,
    description: Option<String>,
    restrictions: String,
    ttl_minutes: Option<i64>,
    on_expiry: Option<OnExpiry>,
    merchant_hint: Option<String>,
    intent_tolerance_bp: Option<Fraction>,
    credential_exposure: Option<ExposureMode>,
    cards: i64,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<Row> for Policy {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            name: row.name,
            description: row.description,
            terms: Terms {
                rules: stored(Some(&row.restrictions))?,
                ttl_minutes: row.ttl_minutes,
                on_expiry: row.on_expiry,
                merchant_hint: row.merchant_hint,
                intent_tolerance: row.intent_tolerance_bp,
                exposure: row.credential_exposure,
            },
            cards: row.cards,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

fn select(grant: &Grant) -> Select {
    Select::new(
        "select * from (
             select p.*, (select count(*) from cards c
                          where c.organisation_id = p.organisation_id and c.environment = p.environment
                            and c.policy_id = p.id and c.status <> 'closed') as cards
             from policies p
         ) as policies where true",
    )
    .text(" and organisation_id =", grant.organisation())
    .text(" and environment =", grant.environment())
}

/// Which policies.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Filter {
    /// Only those whose name holds this, whatever its case.
    pub name: Option<String>,
}

/// One page of policies, newest first.
pub async fn list(db: &Db, grant: &Grant, filter: &Filter, paging: &Paging<PolicyId>) -> Result<Page<Policy>> {
    grant.require(Permission::View)?;
    whole(grant)?;
    let name = filter.name.as_ref().map(|name| {
        // What is typed is looked for as it is: the wildcards of the pattern are no wildcards of the person's.
        let typed = name.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
        format!("%{typed}%")
    });
    let mut select = select(grant);
    if let Some(pattern) = name {
        select = select.text(" and lower(name) like", pattern).raw(" escape '!'");
    }
    let page: Page<Row> = select.page(db, paging).await?;
    let Page { rows, older, newer } = page;
    Ok(Page { rows: rows.into_iter().map(Policy::try_from).collect::<Result<_>>()?, older, newer })
}

/// Every policy of the environment by name, to choose among: there are at most [`super::MOST`].
pub async fn all(db: &Db, grant: &Grant) -> Result<Vec<(PolicyId, String)>> {
    grant.require(Permission::View)?;
    whole(grant)?;
    Ok(sql!(
        db,
        fetch_all,
        "select id, name from policies where organisation_id = $1 and environment = $2 order by name, id limit $3",
        grant.organisation(),
        grant.environment(),
        super::MOST
    )?)
}

/// One policy.
pub async fn get(db: &Db, grant: &Grant, id: &PolicyId) -> Result<Policy> {
    grant.require(Permission::View)?;
    whole(grant)?;
    let mut rows: Vec<Row> = select(grant).text(" and id =", id).fetch(db).await?;
    rows.pop().ok_or(Error::NotFound(Noun::Policy))?.try_into()
}

/// Policies are the organisation's: a token of one agent does not see them.
fn whole(grant: &Grant) -> Result<()> {
    if grant.only_agent().is_some() { Err(Error::NotFound(Noun::Policy)) } else { Ok(()) }
}

/// A policy in a change, locked until its end.
pub(crate) async fn read(tx: &mut Tx, grant: &Grant, id: &PolicyId) -> Result<Policy> {
    let row: Option<Row> = sql!(
        tx,
        fetch_optional,
        "update policies set version = version where organisation_id = $1 and environment = $2 and id = $3
         returning id, name, description, restrictions, ttl_minutes, on_expiry, merchant_hint, intent_tolerance_bp,
                   credential_exposure, cast(0 as bigint) as cards, version, created_at, updated_at",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    row.ok_or(Error::NotFound(Noun::Policy))?.try_into()
}
