//! What was told already: an agent that goes on buying too often or too much is told of once in the window that it is
//! measured over, not with every purchase.
use super::{Effect, Evidence, Reaction, rules::Fired};
use crate::{
    Error, Result,
    access::Grant,
    db::{Tx, sql},
    ids::{AgentId, FindingId},
    time::{HOUR, MINUTE, Timestamp},
};

/// The most findings of one rule about one agent that are read: more than its windows can hold.
const MOST: i64 = 100;

/// Whether the same was told of the agent within its window. What freezes or suspends is never held back.
pub(super) async fn is_told(tx: &mut Tx, grant: &Grant, agent: &AgentId, at: Timestamp, fired: &Fired) -> Result<bool> {
    let effect = match (fired.dry_run, fired.action) {
        (true, _) => Effect::DryRun,
        (false, Reaction::Alert) => Effect::Alerted,
        (false, Reaction::FreezeCard | Reaction::SuspendAgent) => return Ok(false),
    };
    let Some(window) = window(&fired.evidence) else { return Ok(false) };
    // A finding exactly as long ago as the window is out, as a purchase is.
    let told: Vec<String> = sql!(
        tx,
        scalars,
        "select evidence from risk_findings
         where organisation_id = $1 and environment = $2 and agent_id = $3 and rule = $4 and id >= $5 and effect = $6
         order by id desc limit $7",
        grant.organisation(),
        grant.environment(),
        agent,
        fired.evidence.rule(),
        FindingId::floor(at - window + 1),
        effect,
        MOST
    )?;
    for evidence in told {
        let evidence: Evidence = serde_json::from_str(&evidence).map_err(Error::broken)?;
        if self::window(&evidence) == Some(window) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Over how many milliseconds it was measured; none for what is about one purchase.
fn window(evidence: &Evidence) -> Option<i64> {
    match evidence {
        Evidence::VelocityLimit { hours, .. } => Some(hours * HOUR),
        Evidence::SpendSpike { window_minutes, .. } => Some(window_minutes * MINUTE),
        _ => None,
    }
}
