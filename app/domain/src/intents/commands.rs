//! Changes to intents.
use super::{
    Intent, IntentStatus,
    approval::{most, needs_person},
    counts,
    link::LONGEST,
    store,
};
use crate::{
    Error, Result,
    access::{Actor, Grant, Permission},
    audit::Action,
    cards::CardStatus,
    db::{Command, Counter, Subject, Trail, Tx, sql},
    error::{Code, Noun, Refused},
    ids::{CardId, IntentId},
    limits::{
        restrictions::approval,
        store::{self as spend, Locked},
    },
    money::{Amount, Currency},
    name::Line,
    time::MINUTE,
    webhooks::EventType,
};
use serde_json::{Value, json};

/// An agent says what it will buy with a card, before it buys it.
///
/// The caller's own id makes it safe to say twice: the same content gives the first intent back, other content is
/// [`Code::IntentConflict`]. A card has at most [`MOST_OPEN`] open ones, since its next purchase is compared with each.
pub struct DeclareIntent {
    /// The card; any that is not closed.
    pub card_id: CardId,
    /// The caller's own id, unique for the card: 1 to 128 visible characters.
    pub intent_id: String,
    /// What will be bought.
    pub summary: Line,
    /// What it is expected to cost, tax and shipping included.
    pub expected_amount: Option<Amount>,
    /// The currency of that.
    pub expected_currency: Currency,
    /// Where it will be bought, as the card network writes it.
    pub expected_merchant: Option<Line>,
    /// How far from the amount is still as declared, in minor units, each way.
    pub tolerance: Option<i64>,
    /// For how long it stands open: 1 to 1,440 minutes; 30, when absent.
    pub ttl_minutes: Option<i64>,
    /// The caller's own data: a JSON object of at most 8,192 bytes.
    pub metadata: Option<Value>,
}

/// The most intents that stand open on one card: pending, or waiting for a person, and their time not over.
pub const MOST_OPEN: i64 = 100;

/// The most bytes of an intent's metadata, as JSON.
const METADATA: usize = 8_192;

/// An intent, and whether this call made it.
#[derive(Debug, Clone)]
pub struct Declared {
    /// The intent.
    pub intent: Intent,
    /// False when the caller's id was used before with the same content.
    pub created: bool,
}

impl DeclareIntent {
    fn check(&self) -> Result<()> {
        let mut refused = Refused::default();
        let visible = self.intent_id.bytes().all(|b| b.is_ascii_graphic());
        if !visible || !(1..=128).contains(&self.intent_id.len()) {
            refused.add("intentId", "must be 1 to 128 visible ASCII characters without spaces");
        }
        if self.tolerance.is_some_and(|t| !(0..=Amount::MAX.minor()).contains(&t)) {
            refused.add("tolerance", "must be a whole number of cents from 0 to 1000000000000");
        }
        if self.ttl_minutes.is_some_and(|ttl| !(1..=LONGEST / MINUTE).contains(&ttl)) {
            refused.add("ttlMinutes", "must be a whole number from 1 to 1440");
        }
        if self.metadata.as_ref().is_some_and(|data| !data.is_object() || data.to_string().len() > METADATA) {
            refused.add("metadata", "must be an object of at most 8192 bytes");
        }
        refused.or(())
    }

    /// Whether it waits for a person on this card. An amount of another currency cannot be compared.
    fn waits(&self, locked: &Locked) -> Result<bool> {
        let expected = self.expected_amount.filter(|_| self.expected_currency == locked.user.currency);
        Ok(needs_person(approval(&locked.layers()?), most(expected, self.tolerance)))
    }

    /// Whether `first`, declared under the same id, says the same.
    fn same(&self, first: &Intent, ttl: i64) -> bool {
        first.summary == self.summary.as_str()
            && first.expected_amount == self.expected_amount
            && first.expected_currency == self.expected_currency
            && first.expected_merchant.as_deref() == self.expected_merchant.as_ref().map(Line::as_str)
            && first.tolerance == self.tolerance
            && first.metadata == self.metadata
            && first.expires_at.since(first.created_at) == ttl
    }
}

impl Command for DeclareIntent {
    type Output = Declared;

    fn permission(&self) -> Permission {
        Permission::DeclareIntent
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Declared, Trail)> {
        self.check()?;
        let (organisation, environment) = (grant.organisation(), grant.environment());
        let locked = spend::lock(tx, grant, &self.card_id).await?;
        let (agent, now) = (locked.agent.id.clone(), locked.at);
        let id = IntentId::new(now, tx.chance());
        let ttl = self.ttl_minutes.unwrap_or(30) * MINUTE;
        let trail =
            |id: &IntentId| Trail::new(Action::IntentDeclared, Subject::new(Noun::Intent, id, self.summary.as_str()));
        if let Some(first) = store::by_caller_id(tx, grant, &self.card_id, &self.intent_id).await? {
            if !self.same(&first, ttl) {
                let why = "This intentId was used for this card with other content; choose another.";
                return Err(Error::state(Code::IntentConflict, why));
            }
            let trail = trail(&first.id).reason("declared again under the same intentId; nothing changed");
            return Ok((Declared { intent: first, created: false }, trail));
        }
        if locked.card.status == CardStatus::Closed {
            let why = "This card is closed; declare the intent for a card that can be charged.";
            return Err(Error::state(Code::CardNotActive, why));
        }
        if store::open_on(tx, grant, &self.card_id, now, MOST_OPEN).await? >= MOST_OPEN {
            let why = format!(
                "This card has {MOST_OPEN} open intents, which is the most; cancel one, or wait until one is used or \
                 expires."
            );
            return Err(Error::state(Code::TooManyIntents, why));
        }
        let held = self.waits(&locked)?;
        let status = if held { IntentStatus::PendingApproval } else { IntentStatus::Pending };
        let (kind, declared_by) = grant.actor().kind_and_id();
        let name = match grant.actor() {
            Actor::Person { name, .. } | Actor::Key { name, .. } => name.clone(),
            Actor::Token { agent, .. } => agent.to_string(),
            Actor::Job(_) | Actor::Door => return Err(Error::Denied(Permission::DeclareIntent)),
        };
        let rows = sql!(
            tx,
            execute,
            "insert into intents
                 (organisation_id, environment, id, card_id, agent_id, intent_id, summary, expected_amount,
                  expected_currency, expected_merchant, tolerance, metadata, status, created_at, expires_at,
                  declared_by_kind, declared_by_id, declared_by_name, approval_required)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
             on conflict (organisation_id, environment, card_id, intent_id) do nothing",
            organisation,
            environment,
            &id,
            &self.card_id,
            &agent,
            &self.intent_id,
            self.summary.as_str(),
            self.expected_amount,
            self.expected_currency,
            self.expected_merchant.as_ref().map(Line::as_str),
            self.tolerance,
            self.metadata.as_ref().map(Value::to_string),
            status,
            now,
            now + ttl,
            kind,
            declared_by,
            name,
            held
        )?;
        if rows == 0 {
            // Declared by another client since the look above: look again.
            return Err(Error::Busy);
        }
        counts::moved(tx, grant, &agent, None, status).await?;
        let intent = store::read(tx, grant, &id).await?;
        let mut trail = trail(&id)
            .after(json!({
                "cardId": intent.card_id, "intentId": intent.intent_id, "expectedAmount": intent.expected_amount,
                "expectedCurrency": intent.expected_currency, "expectedMerchant": intent.expected_merchant,
                "tolerance": intent.tolerance, "expiresAt": intent.expires_at, "status": intent.status,
            }))
            .event(EventType::IntentCreated, event(&intent));
        if held {
            trail = trail.event(EventType::IntentPendingApproval, event(&intent));
        }
        Ok((Declared { intent, created: true }, trail.heard_by(locked.listeners()?)))
    }
}

/// What webhooks are told of an intent.
pub(super) fn event(intent: &Intent) -> Value {
    json!({
        "id": intent.id,
        "intentId": intent.intent_id,
        "cardId": intent.card_id,
        "agentId": intent.agent_id,
        "summary": intent.summary,
        "expectedAmount": intent.expected_amount,
        "expectedCurrency": intent.expected_currency,
        "expectedMerchant": intent.expected_merchant,
        "status": intent.status,
        "createdAt": intent.created_at,
        "expiresAt": intent.expires_at,
    })
}

/// Takes an intent back before its purchase.
pub struct CancelIntent {
    /// Which intent.
    pub id: IntentId,
}

impl Command for CancelIntent {
    type Output = Intent;

    fn permission(&self) -> Permission {
        Permission::DeclareIntent
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Intent, Trail)> {
        let before = store::read(tx, grant, &self.id).await?;
        if before.status.is_final() {
            return Err(over(before.status));
        }
        // Not before its declaration, should the clock have gone back.
        let now = tx.now().max(before.created_at);
        let rows = sql!(
            tx,
            execute,
            "update intents set status = 'canceled', ended_at = $4
             where organisation_id = $1 and environment = $2 and id = $3
               and status = $5 and expires_at > $4",
            grant.organisation(),
            grant.environment(),
            &self.id,
            now,
            before.status
        )?;
        if rows == 0 {
            // Its time is over, or it was moved between the two statements: then look again.
            return Err(if before.expires_at > now { Error::Busy } else { over(before.status) });
        }
        counts::moved(tx, grant, &before.agent_id, Some(before.status), IntentStatus::Canceled).await?;
        let after = Intent { status: IntentStatus::Canceled, ended_at: Some(now), ..before.clone() };
        let trail = Trail::new(Action::IntentCanceled, Subject::new(Noun::Intent, &self.id, before.summary.as_str()))
            .before(json!({ "status": before.status }))
            .after(json!({ "status": IntentStatus::Canceled }))
            .event(EventType::IntentCanceled, event(&after));
        Ok((after, trail))
    }
}

fn over(status: IntentStatus) -> Error {
    let status = if status.is_final() { status } else { IntentStatus::Expired };
    Error::state(Code::IntentNotPending, format!("This intent is {status}; only a pending one can be changed."))
}

/// Ends an intent whose time is over; the expiry job's. It ended, and counts, when its time was over, however late
/// the job comes.
pub struct ExpireIntent {
    /// Which intent.
    pub id: IntentId,
}

impl Command for ExpireIntent {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Housekeep
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let now = tx.now();
        let before = store::read(tx, grant, &self.id).await?;
        if before.status.is_final() || before.expires_at > now {
            return Err(over(before.status));
        }
        let rows = sql!(
            tx,
            execute,
            "update intents set status = 'expired', ended_at = expires_at
             where organisation_id = $1 and environment = $2 and id = $3
               and status = $5 and expires_at <= $4",
            grant.organisation(),
            grant.environment(),
            &self.id,
            now,
            before.status
        )?;
        if rows == 0 {
            // Moved between the two statements: look again.
            return Err(Error::Busy);
        }
        counts::moved(tx, grant, &before.agent_id, Some(before.status), IntentStatus::Expired).await?;
        let intent = Intent { status: IntentStatus::Expired, ended_at: Some(before.expires_at), ..before };
        let trail = Trail::new(Action::IntentExpired, Subject::new(Noun::Intent, &self.id, intent.summary.as_str()))
            .event(EventType::IntentExpired, event(&intent))
            .counted_at(intent.expires_at)
            .count(Counter::Expired);
        Ok(((), trail))
    }
}
