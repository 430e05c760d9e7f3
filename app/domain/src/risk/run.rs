//! The rules at a purchase that was decided, in its transaction: what they find is kept, told and acted on.
use super::{
    Effect, Evidence, Reaction, Rule,
    configuration::Configuration,
    repeat::is_told,
    rules::{Fired, Seen, look},
    settings::{stored, stored_own},
    state,
};
use crate::{
    Error, Result,
    access::Grant,
    agents::{AgentStatus, suspend_for},
    audit::Action,
    cards::{CardStatus, end_card},
    db::{Batch, Subject, Trail, Tx, batch},
    error::Noun,
    ids::FindingId,
    intents::matching::MatchResult,
    limits::{
        decide::{Decision, RuleName, Verdict},
        store::Locked,
    },
    money::Amount,
    purchases::Purchase,
    webhooks::EventType,
};
use serde_json::{Value, json};

/// A purchase, and what decided it.
pub(crate) struct Decided<'a> {
    /// The purchase as it was stored.
    pub purchase: &'a Purchase,
    /// What was asked for.
    pub amount: Amount,
    /// The decision about it.
    pub decision: &'a Decision,
    /// The verdict on the intent that it ended.
    pub verdict: Option<&'a MatchResult>,
}

/// Whether the card and the agent can still be stopped by what is found.
struct Standing {
    card: bool,
    agent: bool,
}

/// Looks at the purchase, keeps what is found, and does what is asked for. The decision stands whatever is found.
pub(crate) async fn after(
    grant: &Grant,
    tx: &mut Tx,
    rows: &mut Batch,
    locked: &Locked,
    decided: &Decided<'_>,
    mut trail: Trail,
) -> Result<Trail> {
    let seen = decided.seen(locked);
    if !seen.approved && seen.too_soon.is_none() {
        return Ok(trail);
    }
    let (configuration, expected) = in_force(locked)?;
    let id = &decided.purchase.id;
    let state = state::read(tx, grant, locked, id, &seen, &configuration, expected).await?;
    let stopped = decided.decision.suspend_agent;
    let mut standing = Standing {
        card: locked.card.status == CardStatus::Active
            && !(decided.decision.close_card || decided.decision.freeze_card || stopped),
        agent: locked.agent.status == AgentStatus::Active && !stopped,
    };
    let mut fired = look(&configuration, &seen, &state);
    // The card before the agent: a card that is frozen for itself is not unfrozen with its agent.
    fired.sort_by_key(|fired| fired.action);
    let scene = Scene { grant, locked, purchase: decided.purchase };
    for fired in fired {
        if is_told(tx, grant, &locked.agent.id, locked.at, &fired).await? {
            continue;
        }
        trail = scene.found(tx, rows, &fired, &mut standing, trail).await?;
    }
    Ok(trail)
}

impl Decided<'_> {
    fn seen(&self, locked: &Locked) -> Seen {
        let early = self.decision.evaluated.iter().find(|e| e.rule == RuleName::Cooldown && e.verdict == Verdict::Fail);
        Seen {
            at: locked.at,
            amount: self.amount,
            merchant: self.purchase.merchant_name.clone(),
            card_type: locked.card.kind,
            approved: self.decision.approved(),
            attestation: self.purchase.attestation_status,
            verdict: self.verdict.cloned(),
            too_soon: early.and_then(|early| early.input.zip(early.limit)),
        }
    }
}

/// What is set for the locked card on all levels, and the merchants that are expected of it.
fn in_force(locked: &Locked) -> Result<(Configuration, Vec<String>)> {
    let (agent, card) = (stored_own(&locked.agent.risk)?, stored_own(&locked.card.risk)?);
    let configuration = stored(locked.organisation.risk.as_deref())?.with(&agent).with(&card);
    // The first merchant is that of before: this purchase may just have become it.
    let expected = locked.card.pinned_merchant.iter().chain(&locked.card.merchant_hint).cloned().collect();
    Ok((configuration, expected))
}

/// A purchase and what is locked around it.
struct Scene<'a> {
    grant: &'a Grant,
    locked: &'a Locked,
    purchase: &'a Purchase,
}

impl Scene<'_> {
    /// Keeps one finding, tells it, and does what it asks for.
    async fn found(
        &self,
        tx: &mut Tx,
        rows: &mut Batch,
        fired: &Fired,
        standing: &mut Standing,
        trail: Trail,
    ) -> Result<Trail> {
        let Self { grant, locked, purchase } = *self;
        let effect = match (fired.dry_run, fired.action) {
            (true, _) => Effect::DryRun,
            (false, Reaction::Alert) => Effect::Alerted,
            (false, Reaction::FreezeCard) if standing.card => Effect::CardFrozen,
            (false, Reaction::SuspendAgent) if standing.agent => Effect::AgentSuspended,
            (false, Reaction::FreezeCard | Reaction::SuspendAgent) => Effect::NoChange,
        };
        let rule: Rule = fired.evidence.rule();
        let id = FindingId::new(locked.at, tx.chance());
        batch!(
            *rows,
            "insert into risk_findings
                 (organisation_id, environment, id, rule, action, effect, evidence, purchase_id, card_id, agent_id, user_id,
                  found_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            grant.organisation(),
            grant.environment(),
            &id,
            rule,
            fired.action,
            effect,
            serde_json::to_string(&fired.evidence).map_err(Error::broken)?,
            &purchase.id,
            &purchase.card_id,
            &purchase.agent_id,
            &purchase.user_id,
            locked.at
        )?;
        let data = told(&id, purchase, fired, effect, &fired.evidence);
        let trail = trail
            .also(Action::RiskFound, Subject::new(Noun::Finding, &id, rule.label()))
            .after(data.clone())
            .event(EventType::RiskAnomaly, data);
        match effect {
            Effect::CardFrozen => {
                standing.card = false;
                end_card(tx, grant, locked, CardStatus::Frozen, rule.reason(), trail).await
            }
            Effect::AgentSuspended => {
                (standing.card, standing.agent) = (false, false);
                suspend_for(tx, grant, &locked.agent.id, &locked.agent.name, rule.reason(), trail).await
            }
            Effect::Alerted | Effect::NoChange | Effect::DryRun => Ok(trail),
        }
    }
}

/// `risk.anomaly`. The documents announce an event of anomalies; its name is not visible in any source, so this is ours.
fn told(id: &FindingId, p: &Purchase, fired: &Fired, effect: Effect, evidence: &Evidence) -> Value {
    json!({
        "id": id,
        "rule": evidence.rule(),
        "action": fired.action,
        "effect": effect,
        "dryRun": fired.dry_run,
        "evidence": evidence,
        "transactionId": p.id,
        "cardId": p.card_id,
        "agentId": p.agent_id,
        "userId": p.user_id,
        "amount": p.authorized_amount,
        "currency": p.currency,
        "merchantName": p.merchant_name,
        "status": p.status,
    })
}
