//! What is set for the rules: read, and changed by whoever may raise limits.
use super::{
    Preset,
    configuration::{Change, Configuration, Own},
};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    agents,
    audit::Action,
    cards::CardStatus,
    db::{Command, Db, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::{AgentId, CardId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the organisation sets in an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfOrganisation {
    /// The rules in force: those of [`Preset::Moderate`] until somebody sets others.
    pub configuration: Configuration,
    /// Raised by every change; 0 before the first.
    pub version: i64,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
}

/// What an agent sets instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfAgent {
    /// The agent.
    pub agent_id: AgentId,
    /// Its name.
    pub agent_name: String,
    /// Whether it is not deregistered.
    pub open: bool,
    /// What it sets itself.
    pub own: Own,
    /// What its organisation sets.
    pub inherited: Configuration,
    /// What is in force for its cards that switch nothing.
    pub in_force: Configuration,
    /// The version of the agent.
    pub version: i64,
}

/// What a card switches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfCard {
    /// The card.
    pub card_id: CardId,
    /// Its last four digits.
    pub last4: String,
    /// Whether it can still be charged some day.
    pub open: bool,
    /// What it switches itself.
    pub own: Own,
    /// What is in force for its agent.
    pub inherited: Configuration,
    /// What is in force for the card.
    pub in_force: Configuration,
    /// The version of the card.
    pub version: i64,
}

pub(super) fn stored(text: Option<&str>) -> Result<Configuration> {
    text.map_or_else(|| Ok(Configuration::default()), |text| serde_json::from_str(text).map_err(Error::broken))
}

pub(super) fn stored_own(text: &str) -> Result<Own> {
    if text == "{}" { Ok(Own::default()) } else { serde_json::from_str(text).map_err(Error::broken) }
}

fn json_of(set: &impl Serialize) -> Result<String> {
    serde_json::to_string(set).map_err(Error::broken)
}

/// Who spends by the rules does not read them: an agent could stay just below each number.
fn readable(grant: &Grant) -> Result<()> {
    grant.require(Permission::View)?;
    if grant.only_agent().is_some() { Err(Error::Denied(Permission::RaiseLimit)) } else { Ok(()) }
}

/// What the organisation sets in the grant's environment.
pub async fn of_organisation(db: &Db, grant: &Grant) -> Result<OfOrganisation> {
    readable(grant)?;
    let row: Option<(String, i64, Timestamp)> = sql!(
        db,
        fetch_optional,
        "select settings, version, updated_at from risk_settings where organisation_id = $1 and environment = $2",
        grant.organisation(),
        grant.environment()
    )?;
    let (settings, version, updated_at) = match row {
        Some((settings, version, at)) => (Some(settings), version, Some(at)),
        None => (None, 0, None),
    };
    Ok(OfOrganisation { configuration: stored(settings.as_deref())?, version, updated_at })
}

/// What an agent sets.
pub async fn of_agent(db: &Db, grant: &Grant, id: &AgentId) -> Result<OfAgent> {
    let inherited = of_organisation(db, grant).await?.configuration;
    let row: Option<(String, String, i64, Option<Timestamp>)> = sql!(
        db,
        fetch_optional,
        "select name, risk, version, closed_at from agents where organisation_id = $1 and environment = $2 and id = $3",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    let (agent_name, own, version, closed_at) = row.ok_or(Error::NotFound(Noun::Agent))?;
    let own = stored_own(&own)?;
    Ok(OfAgent {
        agent_id: id.clone(),
        agent_name,
        open: closed_at.is_none(),
        in_force: inherited.with(&own),
        own,
        inherited,
        version,
    })
}

/// What a card switches.
pub async fn of_card(db: &Db, grant: &Grant, id: &CardId) -> Result<OfCard> {
    readable(grant)?;
    let row: Option<(AgentId, String, CardStatus, String, i64)> = sql!(
        db,
        fetch_optional,
        "select agent_id, last4, status, risk, version from cards
         where organisation_id = $1 and environment = $2 and id = $3",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    let (agent, last4, status, own, version) = row.ok_or(Error::NotFound(Noun::Card))?;
    let (inherited, own) = (of_agent(db, grant, &agent).await?.in_force, stored_own(&own)?);
    Ok(OfCard {
        card_id: id.clone(),
        last4,
        open: status != CardStatus::Closed,
        in_force: inherited.with(&own),
        own,
        inherited,
        version,
    })
}

/// Changes what the organisation sets.
#[derive(Default)]
pub struct SetRisk {
    /// All rules as this preset has them, before what changes besides.
    pub preset: Option<Preset>,
    /// What changes.
    pub change: Change,
    /// The version that the caller saw; absent: any.
    pub version: Option<i64>,
}

/// Changes what an agent sets instead of its organisation.
pub struct SetAgentRisk {
    /// Which agent: not a deregistered one.
    pub id: AgentId,
    /// What changes.
    pub change: Change,
    /// The version of the agent that the caller saw; absent: any.
    pub version: Option<i64>,
}

/// Switches rules on or off for a card.
pub struct SetCardRisk {
    /// Which card: not a closed one.
    pub id: CardId,
    /// What changes.
    pub change: Change,
    /// The version of the card that the caller saw; absent: any.
    pub version: Option<i64>,
}

fn fresh(seen: Option<i64>, version: i64, what: &str) -> Result<()> {
    if seen.is_none_or(|seen| seen == version) {
        return Ok(());
    }
    let message = format!("Somebody changed {what} meanwhile; look at it again before you change it.");
    Err(Error::state(Code::StaleEdit, message))
}

fn told(configuration: &Configuration) -> Value {
    json!({
        "preset": configuration.preset().map_or("custom", Preset::as_str),
        "dryRun": configuration.dry_run,
        "rules": configuration.rules,
    })
}

impl Command for SetRisk {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::RaiseLimit
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let (organisation, environment, now) = (grant.organisation(), grant.environment(), tx.now());
        // The first change finds a row of what held until then, locked like any other.
        let (before, version, name): (String, i64, String) = sql!(
            tx,
            fetch_one,
            "insert into risk_settings (organisation_id, environment, settings, version, updated_at)
             values ($1, $2, $3, 0, $4)
             on conflict (organisation_id, environment) do update set version = risk_settings.version
             returning settings, version,
                       (select o.name from organisations o where o.id = risk_settings.organisation_id)",
            organisation,
            environment,
            json_of(&Configuration::default())?,
            now
        )?;
        fresh(self.version, version, "the risk settings")?;
        let before = stored(Some(&before))?;
        let start = self.preset.map_or_else(|| before.clone(), |preset| preset.configuration(before.dry_run));
        let after = self.change.of_organisation(&start)?;
        sql!(
            tx,
            execute,
            "update risk_settings set settings = $3, version = version + 1, updated_at = $4
             where organisation_id = $1 and environment = $2",
            organisation,
            environment,
            json_of(&after)?,
            now
        )?;
        let trail = Trail::new(Action::RiskChanged, Subject::new(Noun::Organisation, organisation, name))
            .before(told(&before))
            .after(told(&after));
        Ok(((), trail))
    }
}

impl Command for SetAgentRisk {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::RaiseLimit
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let agent = agents::lock(tx, grant, &self.id).await?;
        fresh(self.version, agent.version, "this agent")?;
        let (organisation, environment) = (grant.organisation(), grant.environment());
        let before: String = sql!(
            tx,
            scalar,
            "select risk from agents where organisation_id = $1 and environment = $2 and id = $3",
            organisation,
            environment,
            &self.id
        )?;
        let before = stored_own(&before)?;
        let after = self.change.of_agent(&before)?;
        sql!(
            tx,
            execute,
            "update agents set risk = $4, version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3",
            organisation,
            environment,
            &self.id,
            json_of(&after)?
        )?;
        let trail = Trail::new(Action::AgentRiskChanged, Subject::new(Noun::Agent, &self.id, agent.name))
            .before(json!(before))
            .after(json!(after));
        Ok(((), trail))
    }
}

impl Command for SetCardRisk {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::RaiseLimit
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let (organisation, environment) = (grant.organisation(), grant.environment());
        let card: Option<(AgentId, String, CardStatus, String, i64)> = sql!(
            tx,
            fetch_optional,
            "update cards set version = version where organisation_id = $1 and environment = $2 and id = $3
             returning agent_id, purpose, status, risk, version",
            organisation,
            environment,
            &self.id
        )?;
        let card = card.filter(|card| grant.reaches(&card.0)).ok_or(Error::NotFound(Noun::Card))?;
        let (_, purpose, status, before, version) = card;
        if status == CardStatus::Closed {
            return Err(Error::state(Code::CardAlreadyClosed, "This card is closed, and closing is final."));
        }
        fresh(self.version, version, "this card")?;
        let before = stored_own(&before)?;
        let after = self.change.of_card(&before)?;
        sql!(
            tx,
            execute,
            "update cards set risk = $4, version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3",
            organisation,
            environment,
            &self.id,
            json_of(&after)?
        )?;
        let trail = Trail::new(Action::CardRiskChanged, Subject::new(Noun::Card, &self.id, purpose))
            .before(json!(before))
            .after(json!(after));
        Ok(((), trail))
    }
}
