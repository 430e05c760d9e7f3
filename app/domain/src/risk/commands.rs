//! Changing what is set for the rules: for whoever may raise limits.
use super::{
    Preset, Rule,
    configuration::{Change, Configuration, Own, OwnSetting},
    settings::{stored, stored_own},
};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    agents,
    audit::Action,
    cards::CardStatus,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun, fresh},
    ids::{AgentId, CardId},
};
use serde::Serialize;
use serde_json::{Map, Value, json};

fn json_of(set: &impl Serialize) -> Result<String> {
    serde_json::to_string(set).map_err(Error::broken)
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

/// Each value by its name, such as `velocityLimit.maxPerHour`.
fn told(configuration: &Configuration) -> Map<String, Value> {
    let mut all = Map::new();
    all.insert("preset".into(), json!(configuration.preset().map_or("custom", Preset::as_str)));
    all.insert("dryRun".into(), json!(configuration.dry_run));
    for rule in Rule::ALL {
        let set = configuration.rule(*rule);
        let own = OwnSetting {
            enabled: Some(set.enabled),
            action: Some(set.action),
            dry_run: Some(set.dry_run),
            numbers: set.numbers,
        };
        told_rule(&mut all, *rule, &own);
    }
    all
}

fn told_own(own: &Own) -> Map<String, Value> {
    let mut all = Map::new();
    all.extend(own.dry_run.map(|dry_run| ("dryRun".to_owned(), json!(dry_run))));
    for (rule, set) in &own.rules {
        told_rule(&mut all, *rule, set);
    }
    all
}

fn told_rule(all: &mut Map<String, Value>, rule: Rule, set: &OwnSetting) {
    let mut put = |name: &str, value: Value| drop(all.insert(format!("{rule}.{name}"), value));
    if let Some(enabled) = set.enabled {
        put("enabled", json!(enabled));
    }
    if let Some(action) = set.action {
        put("action", json!(action));
    }
    if let Some(dry_run) = set.dry_run {
        put("dryRun", json!(dry_run));
    }
    for (number, value) in &set.numbers {
        put(number.as_str(), json!(number.said(*value)));
    }
}

/// The record of a change: what differs, and no more.
fn recorded(trail: Trail, mut before: Map<String, Value>, mut after: Map<String, Value>) -> Trail {
    let same: Vec<String> = before.iter().filter(|(k, v)| after.get(*k) == Some(v)).map(|(k, _)| k.clone()).collect();
    for name in same {
        before.remove(&name);
        after.remove(&name);
    }
    trail.before(Value::Object(before)).after(Value::Object(after))
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
        let trail = Trail::new(Action::RiskChanged, Subject::new(Noun::Organisation, organisation, name));
        Ok(((), recorded(trail, told(&before), told(&after))))
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
        let trail = Trail::new(Action::AgentRiskChanged, Subject::new(Noun::Agent, &self.id, agent.name));
        Ok(((), recorded(trail, told_own(&before), told_own(&after))))
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
        let trail = Trail::new(Action::CardRiskChanged, Subject::new(Noun::Card, &self.id, purpose));
        Ok(((), recorded(trail, told_own(&before), told_own(&after))))
    }
}
