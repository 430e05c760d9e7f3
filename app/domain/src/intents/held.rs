//! Declared purchases that wait for a person, each with what LedgerOS itself knows about it now.
use super::{
    Intent, IntentStatus,
    approval::{Facts, LimitFacts},
    decide,
    matching::{Fraction, Tolerance},
    store,
};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    agents::AgentStatus,
    cards::CardStatus,
    db::{Db, Tx, select::Select, sql},
    ids::{AgentId, CardId, IntentId},
    limits::{
        Frequency, OnLimitExceeded, current_spend,
        store::{self as spend, Locked},
    },
    money::{Amount, Currency},
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
    /// Below which amount the card asks nobody now; none: it asks for every purchase.
    pub auto_approve_below: Option<Amount>,
    /// What is known about it now.
    pub facts: Facts,
    /// Whether the person who looks is behind the declaration, and so cannot approve it.
    pub own: bool,
}

#[derive(sqlx::FromRow)]
struct Around {
    card_id: CardId,
    purpose: String,
    last4: String,
    card_status: CardStatus,
    used_by: Option<String>,
    max_amount: Option<Amount>,
    card_tolerance: Option<Fraction>,
    auto_approve_below: Option<Amount>,
    agent_id: AgentId,
    agent_status: AgentStatus,
    spending_limit: Option<Amount>,
    spending_limit_frequency: Option<Frequency>,
    on_limit_exceeded: Option<OnLimitExceeded>,
    application_status: String,
    currency: Currency,
    spending_power: i64,
    time_zone: String,
    organisation_tolerance: Fraction,
}

/// What stands around cards: they themselves, their agents, users and organisation.
const AROUND: &str = "select c.id as card_id, c.purpose, c.last4, c.status as card_status, c.used_by, c.max_amount,
        coalesce(c.intent_tolerance_bp, p.intent_tolerance_bp) as card_tolerance, c.auto_approve_below, c.agent_id, a.status as agent_status, a.spending_limit,
        a.spending_limit_frequency, a.on_limit_exceeded, u.application_status, u.currency,
        u.deposited - u.pending - u.posted as spending_power, o.time_zone,
        o.intent_tolerance_bp as organisation_tolerance
     from cards c
     join agents a on a.organisation_id = c.organisation_id and a.environment = c.environment and a.id = c.agent_id
     join users u on u.organisation_id = c.organisation_id and u.environment = c.environment and u.id = c.user_id
     join organisations o on o.id = c.organisation_id
     left join policies p on p.organisation_id = c.organisation_id and p.environment = c.environment
                         and p.id = c.policy_id
     where true";

/// The highest amount that passes as declared, every tolerance included.
fn most(intent: &Intent, tolerance: Tolerance) -> Option<i64> {
    let tolerance = Tolerance { intent: intent.tolerance, ..tolerance };
    intent.expected_amount.map(|expected| expected.minor().saturating_add(tolerance.minor(expected)))
}

impl Around {
    fn facts(&self, intent: &Intent, spent: i64, at: Timestamp) -> Facts {
        let limit = self.spending_limit.zip(self.spending_limit_frequency);
        let tolerance =
            Tolerance { intent: None, card: self.card_tolerance, organisation: self.organisation_tolerance };
        Facts {
            at,
            amount: intent.expected_amount,
            most: most(intent, tolerance),
            currency: intent.expected_currency,
            merchant: intent.expected_merchant.clone(),
            card_last4: self.last4.clone(),
            card_status: self.card_status,
            card_used: self.used_by.is_some(),
            card_max: self.max_amount,
            card_currency: self.currency,
            agent_status: self.agent_status,
            limit: limit.map(|(amount, frequency)| LimitFacts {
                amount,
                frequency,
                spent,
                on_exceeded: self.on_limit_exceeded,
            }),
            user_approved: self.application_status == "approved",
            spending_power: self.spending_power,
        }
    }
}

/// The facts under the locks of a purchase: those that an approval is decided by.
pub(super) async fn facts_locked(
    tx: &mut Tx,
    grant: &Grant,
    locked: &Locked,
    intent: &Intent,
    at: Timestamp,
) -> Result<Facts> {
    let spent = spend::spent(tx, grant, locked).await?;
    let (card, user) = (&locked.card, &locked.user);
    Ok(Facts {
        at,
        amount: intent.expected_amount,
        most: most(intent, locked.tolerance()),
        currency: intent.expected_currency,
        merchant: intent.expected_merchant.clone(),
        card_last4: card.last4.clone(),
        card_status: card.status,
        card_used: card.used_by.is_some(),
        card_max: card.max_amount,
        card_currency: user.currency,
        agent_status: locked.agent.status,
        limit: locked.agent_limit().map(|limit| LimitFacts {
            amount: limit.amount,
            frequency: limit.frequency,
            spent,
            on_exceeded: limit.on_exceeded,
        }),
        user_approved: user.application_status == "approved",
        spending_power: user.deposited - user.pending - user.posted,
    })
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

/// Adds what stands around the intents: one statement for all, and one for each agent with a limit.
async fn complete(db: &Db, grant: &Grant, intents: Vec<Intent>) -> Result<Vec<Held>> {
    if intents.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Select::new(AROUND)
        .text(" and c.organisation_id =", grant.organisation())
        .text(" and c.environment =", grant.environment());
    for (n, intent) in intents.iter().enumerate() {
        query = query.text(if n > 0 { "," } else { " and c.id in (" }, &intent.card_id);
    }
    let around: Vec<Around> = query.raw(")").fetch(db).await?;
    let around: HashMap<CardId, Around> = around.into_iter().map(|row| (row.card_id.clone(), row)).collect();
    let mut spent: HashMap<AgentId, i64> = HashMap::new();
    for row in around.values() {
        if let Some(frequency) = row.spending_limit_frequency.filter(|_| !spent.contains_key(&row.agent_id)) {
            let zone = row.time_zone.parse().map_err(|_| Error::broken("a stored time zone"))?;
            let now = current_spend(db, grant, &row.agent_id, frequency, zone).await?;
            spent.insert(row.agent_id.clone(), now);
        }
    }
    let at = db.now();
    let mut all = Vec::with_capacity(intents.len());
    for intent in intents {
        let Some(row) = around.get(&intent.card_id) else { continue };
        let facts = row.facts(&intent, spent.get(&row.agent_id).copied().unwrap_or(0), at);
        let own = decide::is_own(db, grant, &intent).await?;
        let (card_purpose, auto_approve_below) = (row.purpose.clone(), row.auto_approve_below);
        all.push(Held { card_purpose, auto_approve_below, facts, own, intent });
    }
    Ok(all)
}
