//! Declared purchases that wait for a person, each with what LedgerOS itself knows about it now.
use super::{
    Intent, IntentStatus,
    approval::{Facts, LimitFacts, Party},
    decide,
    matching::Tolerance,
    store,
};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    attestations::AttestationStatus,
    db::{Db, Tx, sql},
    ids::{CardId, IntentId},
    limits::{
        decide::{CardState, Room, Rules},
        restrictions::{Approval, Layer, Restrictions, approval, tightest},
        store::{self as spend, Locked},
    },
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The most that the queue shows at once, those that run out first.
pub const MOST_HELD: i64 = 100;

/// A declared purchase that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// What was declared.
    pub intent: Intent,
    /// What the card is for.
    pub card_purpose: String,
    /// Who asks for a person now, and from which amount on; none: nobody any more.
    pub approval: Option<Approval>,
    /// What is known about it now.
    pub facts: Facts,
    /// Whether the person who looks is behind the declaration, and so cannot approve it.
    pub own: bool,
}

/// What is known about a declared purchase, from what the lock or the look of a purchase found.
fn facts(locked: &Locked, layers: &[Layer], spent: i64, card: &CardState, intent: &Intent, at: Timestamp) -> Facts {
    let user = &locked.user;
    let tolerance = Tolerance { intent: intent.tolerance, ..locked.tolerance() };
    let room = Room::of(layers, card);
    Facts {
        at,
        amount: intent.expected_amount,
        most: intent.expected_amount.map(|expected| expected.minor().saturating_add(tolerance.minor(expected))),
        currency: intent.expected_currency,
        merchant: intent.expected_merchant.clone(),
        card_last4: locked.card.last4.clone(),
        card_status: locked.card.status,
        card_expired: card.ends_at.is_some_and(|end| end <= at),
        card_used: locked.card.used_by.is_some(),
        card_max: tightest(layers, Restrictions::per_purchase).map(|(_, most)| most),
        card_left: room.spend,
        card_approvals_left: room.approvals,
        card_currency: user.currency,
        agent_status: locked.agent.status,
        limit: locked.agent_limit().map(|limit| LimitFacts {
            amount: limit.amount,
            frequency: limit.frequency,
            spent,
            on_exceeded: limit.on_exceeded,
        }),
        organisation_stopped: locked.organisation.stopped_at.is_some(),
        user_approved: user.application_status == "approved",
        spending_power: user.deposited - user.pending - user.posted,
    }
}

/// Whether a purchase is attested says nothing about room.
const ANY: AttestationStatus = AttestationStatus::Unattested;

/// The facts under the locks of a purchase: those that an approval is decided by.
pub(super) async fn facts_locked(
    tx: &mut Tx,
    grant: &Grant,
    locked: &Locked,
    intent: &Intent,
    at: Timestamp,
) -> Result<Facts> {
    let rules = locked.rules()?;
    let spent = spend::spent(tx, grant, locked).await?;
    let card = spend::measure(tx, grant, locked, &rules, ANY).await?;
    Ok(facts(locked, &rules.layers, spent, &card, intent, at))
}

/// What waits for a person in the grant's environment, what runs out first on top: at most [`MOST_HELD`].
pub async fn held(db: &Db, grant: &Grant) -> Result<Vec<Held>> {
    grant.require(Permission::View)?;
    complete(db, grant, store::held(db, grant, MOST_HELD).await?).await
}

/// The same of one intent, whatever its state.
pub async fn held_one(db: &Db, grant: &Grant, id: &IntentId) -> Result<Held> {
    let intent = store::get(db, grant, id).await?;
    complete(db, grant, vec![intent]).await?.pop().ok_or_else(|| Error::broken("an intent without its card"))
}

/// How many wait for a person, up to [`MOST_HELD`]; 0 for whoever cannot approve.
pub async fn how_many_held(db: &Db, grant: &Grant) -> Result<i64> {
    if !grant.has(Permission::ApprovePurchase) {
        return Ok(0);
    }
    Ok(sql!(
        db,
        scalar,
        "select count(*) from (
             select 1 from intents where organisation_id = $1 and environment = $2 and status = $3 and expires_at > $4
             limit $5) as waiting",
        grant.organisation(),
        grant.environment(),
        IntentStatus::PendingApproval,
        db.now(),
        MOST_HELD
    )?)
}

/// Adds what stands around the intents: each card is looked at once, and the keys once for all, however many wait.
async fn complete(db: &Db, grant: &Grant, intents: Vec<Intent>) -> Result<Vec<Held>> {
    let at = db.now();
    let own = decide::own_keys(db, grant, &intents).await?;
    let mut around: HashMap<CardId, (Locked, Rules, i64, CardState)> = HashMap::new();
    let mut all = Vec::with_capacity(intents.len());
    for intent in intents {
        if !around.contains_key(&intent.card_id) {
            let seen = spend::see(db, grant, &intent.card_id).await?;
            let rules = seen.rules()?;
            let card = spend::look(db, grant, &seen, &rules, ANY).await?;
            let spent = spend::seen(db, grant, &seen).await?;
            around.insert(intent.card_id.clone(), (seen, rules, spent, card));
        }
        let Some((seen, rules, spent, card)) = around.get(&intent.card_id) else { continue };
        let facts = facts(seen, &rules.layers, *spent, card, &intent, at);
        let own = intent.declared_by.as_ref().and_then(Party::key).is_some_and(|key| own.contains(&key));
        let (card_purpose, approval) = (seen.card.purpose.clone(), approval(&rules.layers));
        all.push(Held { card_purpose, approval, facts, own, intent });
    }
    Ok(all)
}
