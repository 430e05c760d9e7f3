//! What an organisation and its agents set for all their cards, beside what policies and cards set.
use super::{
    policies,
    restrictions::{Layer, Restrictions},
    standing::AgentCase,
    store::{self, organisation_zone, stored},
    terms::{Change, Terms},
    wider::loosens,
};
use crate::{
    Error, Result,
    access::{
        Grant, Permission,
        approvals::{self, Consent, Effect, proposed},
    },
    agents,
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    error::{Noun, Refused, fresh},
    ids::AgentId,
    name::Line,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What is set on one level.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelRules {
    /// The rules.
    pub rules: Restrictions,
    /// Raised by every edit; of an agent, by every edit of the agent.
    pub version: i64,
}

/// What the organisation sets for every card of the grant's environment.
pub async fn organisation(db: &Db, grant: &Grant) -> Result<LevelRules> {
    grant.require(Permission::View)?;
    if grant.only_agent().is_some() {
        // The organisation's: a token of one agent sees what of it stands for that agent, and no more.
        return Err(Error::NotFound(Noun::Page));
    }
    let row: Option<(String, i64)> = sql!(
        db,
        fetch_optional,
        "select restrictions, version from organisation_restrictions where organisation_id = $1 and environment = $2",
        grant.organisation(),
        grant.environment()
    )?;
    row.map_or_else(
        || Ok(LevelRules::default()),
        |(text, version)| Ok(LevelRules { rules: stored(Some(&text))?, version }),
    )
}

/// What an agent sets for every card of its own.
pub async fn agent(db: &Db, grant: &Grant, id: &AgentId) -> Result<LevelRules> {
    grant.require(Permission::View)?;
    let row: Option<(String, i64)> = sql!(
        db,
        fetch_optional,
        "select restrictions, version from agents where organisation_id = $1 and environment = $2 and id = $3",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    let (text, version) = row.filter(|_| grant.reaches(id)).ok_or(Error::NotFound(Noun::Agent))?;
    Ok(LevelRules { rules: stored(Some(&text))?, version })
}

/// What stands for every card of an agent, and what it is measured by now.
pub async fn agent_case(db: &Db, grant: &Grant, id: &AgentId) -> Result<AgentCase> {
    grant.require(Permission::View)?;
    let seen = store::see_agent(db, grant, id).await?;
    let at: Timestamp = seen.at(db.now());
    let (layers, zone) = (seen.layers()?, seen.zone()?);
    let mut counts = Vec::new();
    for Layer { level, set } in &layers {
        if let Some(velocity) = set.velocity {
            counts.push((*level, store::bought(db, grant, id, velocity, at).await?));
        }
    }
    let limit = seen.limit();
    let spent = store::seen_by_agent(db, grant, &seen, at).await?;
    Ok(AgentCase { layers, limit, spent, counts, at, zone })
}

/// Changes what the organisation sets for every card of an environment; in force at the next decision.
pub struct SetOrganisationRules {
    /// What it sets from now on: rules for purchases, and nothing else.
    pub set: Change,
    /// Why, for the audit log: people always say it.
    pub reason: Option<Line>,
    /// The version that the caller saw; absent: any.
    pub version: Option<i64>,
}

/// Changes what an agent sets for every card of its own; in force at the next decision.
pub struct SetAgentRules {
    /// Which agent: not a deregistered one.
    pub id: AgentId,
    /// What it sets from now on: rules for purchases, and nothing else.
    pub set: Change,
    /// Why, for the audit log: people always say it.
    pub reason: Option<Line>,
    /// The version that the caller saw; absent: any.
    pub version: Option<i64>,
}

/// Refuses what only policies and cards have.
fn rules_only(set: &Change) -> Result<()> {
    let mut refused = Refused::default();
    for (name, given) in [
        ("ttlMinutes", set.ttl_minutes.is_some()),
        ("onExpiry", set.on_expiry.is_some()),
        ("merchantHint", set.merchant_hint.is_some()),
        ("intentTolerance", set.intent_tolerance.is_some()),
        ("credentialExposure", set.exposure.is_some()),
    ] {
        if given {
            refused.add(name, "is set by policies and cards only; leave it out");
        }
    }
    refused.or(())
}

async fn changed(tx: &mut Tx, grant: &Grant, set: &Change, before: &Restrictions) -> Result<Restrictions> {
    rules_only(set)?;
    let terms = Terms { rules: before.clone(), ..Terms::default() };
    let after = set.clone().apply(&terms, organisation_zone(tx, grant).await?)?.rules;
    if loosens(before, &after) {
        grant.demand(Permission::RaiseLimit, tx.now())?;
    }
    Ok(after)
}

impl Command for SetOrganisationRules {
    type Output = Effect;

    /// Tightening; whatever may let more through needs the permission to raise a limit.
    fn permission(&self) -> Permission {
        Permission::LowerLimit
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Effect, Trail)> {
        self.make(grant, tx, Consent::NotAsked).await
    }
}

impl SetOrganisationRules {
    /// Sets them, or proposes it where a second person has to be asked.
    pub(crate) async fn make(&self, grant: &Grant, tx: &mut Tx, consent: Consent) -> Result<(Effect, Trail)> {
        let now = tx.now();
        // Also where nothing was set before there is a row to lock.
        let (text, version): (String, i64) = sql!(
            tx,
            fetch_one,
            "insert into organisation_restrictions (organisation_id, environment, restrictions, version, updated_at)
             values ($1, $2, '{}', 0, $3)
             on conflict (organisation_id, environment) do update set version = organisation_restrictions.version
             returning restrictions, version",
            grant.organisation(),
            grant.environment(),
            now
        )?;
        fresh(self.version, version, "these rules")?;
        let before: Restrictions = stored(Some(&text))?;
        let after = changed(tx, grant, &self.set, &before).await?;
        let name: String = sql!(tx, scalar, "select name from organisations where id = $1", grant.organisation())?;
        let subject = Subject::new(Noun::Organisation, grant.organisation(), name);
        if policies::asks(tx, grant, &Terms::of(&before), &Terms::of(&after)).await? {
            let (before, after) = (Terms::of(&before), Terms::of(&after));
            let reason = self.reason.clone().map(String::from);
            let change = approvals::Change::OrganisationRules { before, after, reason, version };
            if let Some((id, trail)) = proposed(tx, grant, consent, &change, &subject).await? {
                return Ok((Effect::Proposed(id), trail));
            }
        }
        sql!(
            tx,
            execute,
            "update organisation_restrictions set restrictions = $3, version = version + 1, updated_at = $4
             where organisation_id = $1 and environment = $2",
            grant.organisation(),
            grant.environment(),
            serde_json::to_string(&after).map_err(Error::broken)?,
            now
        )?;
        let trail = Trail::new(Action::OrganisationRulesChanged, subject)
            .before(json!({ "rules": before }))
            .after(json!({ "rules": after }))
            .because(self.reason.as_ref());
        Ok((Effect::Done, trail))
    }
}

impl Command for SetAgentRules {
    type Output = Effect;

    /// Tightening; whatever may let more through needs the permission to raise a limit.
    fn permission(&self) -> Permission {
        Permission::LowerLimit
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Effect, Trail)> {
        self.make(grant, tx, Consent::NotAsked).await
    }
}

impl SetAgentRules {
    /// Sets them, or proposes it where a second person has to be asked.
    pub(crate) async fn make(&self, grant: &Grant, tx: &mut Tx, consent: Consent) -> Result<(Effect, Trail)> {
        let agent = agents::lock(tx, grant, &self.id).await?;
        let version = agent.version;
        fresh(self.version, version, "this agent")?;
        let text: String = sql!(
            tx,
            scalar,
            "select restrictions from agents where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id
        )?;
        let before: Restrictions = stored(Some(&text))?;
        let after = changed(tx, grant, &self.set, &before).await?;
        let subject = Subject::new(Noun::Agent, &self.id, &agent.name);
        if policies::asks(tx, grant, &Terms::of(&before), &Terms::of(&after)).await? {
            let (before, after) = (Terms::of(&before), Terms::of(&after));
            let (agent, reason) = (self.id.clone(), self.reason.clone().map(String::from));
            let change = approvals::Change::AgentRules { agent, before, after, reason, version };
            if let Some((id, trail)) = proposed(tx, grant, consent, &change, &subject).await? {
                return Ok((Effect::Proposed(id), trail));
            }
        }
        sql!(
            tx,
            execute,
            "update agents set restrictions = $4, version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            serde_json::to_string(&after).map_err(Error::broken)?
        )?;
        let trail = Trail::new(Action::AgentRulesChanged, subject)
            .before(json!({ "rules": before }))
            .after(json!({ "rules": after }))
            .because(self.reason.as_ref());
        Ok((Effect::Done, trail))
    }
}
