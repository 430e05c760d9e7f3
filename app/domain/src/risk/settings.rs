//! What is set for the rules, on each level.
use super::configuration::{Configuration, Own};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    cards::CardStatus,
    db::{Db, sql},
    error::Noun,
    ids::{AgentId, CardId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// What the organisation sets in an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfOrganisation {
    /// The rules in force: those of [`super::Preset::Moderate`] until somebody sets others.
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

/// What the organisation sets in the grant's environment.
pub async fn of_organisation(db: &Db, grant: &Grant) -> Result<OfOrganisation> {
    grant.require(Permission::ViewRules)?;
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
    grant.require(Permission::ViewRules)?;
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
