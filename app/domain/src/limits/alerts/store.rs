//! Told with the purchase that reaches a level, in its transaction.
use super::{Levels, LimitAlert};
use crate::{
    Error, Result,
    access::{
        Grant, Permission, Role,
        notices::{self, About},
        settings::seen,
    },
    audit::Action,
    db::{Batch, Command, Db, Subject, Trail, Tx, batch, sql},
    error::Noun,
    ids::AgentId,
    limits::{
        Frequency,
        store::{Locked, row_start},
    },
    purchases::Purchase,
    webhooks::EventType,
};
use serde_json::json;

/// The alerts that a page shows.
const SHOWN: i64 = 10;

/// After an approved purchase of an agent that had `spent` so much in the window of its limit: tells whoever may raise
/// it, and the webhooks, of the highest level that is reached for the first time in this window. A level below one that
/// was told is told no more; another limit begins anew.
pub(crate) async fn after(
    tx: &mut Tx,
    rows: &mut Batch,
    grant: &Grant,
    locked: &Locked,
    purchase: &Purchase,
    spent: i64,
    trail: Trail,
) -> Result<Trail> {
    let Some(limit) = locked.agent_limit().filter(|limit| limit.frequency != Frequency::PerTransaction) else {
        return Ok(trail);
    };
    let levels = locked.limit_alerts()?;
    let now = spent + purchase.authorized_amount;
    let Some(percent) = levels.reached(now, limit.amount) else { return Ok(trail) };
    let (organisation, environment, agent) = (grant.organisation(), grant.environment(), &locked.agent);
    let start = row_start(limit.frequency, locked.at, locked.zone()?);
    let told: i64 = sql!(
        tx,
        scalar,
        "select cast(coalesce(max(percent), 0) as bigint) from limit_alerts
         where organisation_id = $1 and environment = $2 and agent_id = $3 and told_at >= $4
           and frequency = $5 and limit_amount = $6",
        organisation,
        environment,
        &agent.id,
        start,
        limit.frequency,
        limit.amount
    )?;
    if told >= i64::from(percent) {
        return Ok(trail);
    }
    batch!(
        *rows,
        "insert into limit_alerts
             (organisation_id, environment, agent_id, told_at, purchase_id, percent, frequency, limit_amount, spent)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        organisation,
        environment,
        &agent.id,
        locked.at,
        &purchase.id,
        i64::from(percent),
        limit.frequency,
        limit.amount,
        now
    )?;
    let about = About::LimitReached {
        environment,
        agent: agent.id.clone(),
        name: agent.name.clone(),
        percent,
        spent: now,
        limit: limit.amount,
        currency: purchase.currency,
    };
    let may = |role: Role| role.permissions(environment).has(Permission::RaiseLimit);
    notices::tell_roles(tx, organisation, may, None, &about, None).await?;
    Ok(trail.event(
        EventType::AgentLimitReached,
        json!({
            "agentId": agent.id, "percent": percent, "spentAmount": now, "limitAmount": limit.amount,
            "limitFrequency": limit.frequency, "windowStart": start, "currency": purchase.currency,
            "transactionId": purchase.id,
        }),
    ))
}

/// The last ten alerts about an agent, the newest first.
pub async fn of_agent(db: &Db, grant: &Grant, agent: &AgentId) -> Result<Vec<LimitAlert>> {
    grant.require(Permission::View)?;
    if !grant.reaches(agent) {
        return Err(Error::NotFound(Noun::Agent));
    }
    Ok(sql!(
        db,
        fetch_all,
        "select l.purchase_id, l.told_at, l.percent, l.frequency, l.limit_amount, l.spent, p.currency
         from limit_alerts l
         join purchases p on p.organisation_id = l.organisation_id and p.environment = l.environment
                         and p.id = l.purchase_id
         where l.organisation_id = $1 and l.environment = $2 and l.agent_id = $3
         order by l.told_at desc, l.purchase_id desc limit $4",
        grant.organisation(),
        grant.environment(),
        agent,
        SHOWN
    )?)
}

/// Changes at how many percent of their limits agents are told of.
pub struct ChangeLevels {
    /// The levels.
    pub levels: Levels,
    /// The version of the settings that the caller saw.
    pub version: i64,
}

impl Command for ChangeLevels {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::ManageOrganisation
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let before = seen(tx, grant, self.version).await?.settings;
        sql!(
            tx,
            execute,
            "update organisations set limit_alerts = $2, version = version + 1 where id = $1",
            grant.organisation(),
            self.levels.to_string()
        )?;
        let subject = Subject::new(Noun::Organisation, grant.organisation(), before.name);
        let trail = Trail::new(Action::SettingsChanged, subject)
            .before(json!({ "limitAlerts": before.limit_alerts }))
            .after(json!({ "limitAlerts": self.levels }));
        Ok(((), trail.organisation_wide()))
    }
}
