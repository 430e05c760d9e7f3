//! The decision about a purchase, from the locks to the trail.
use super::{Merchant, Purchase, PurchaseStatus, Tags, check::most_of_a_check, events};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    agents::{AgentStatus, suspend_for},
    attestations,
    audit::Action,
    cards::{CardStatus, CardType, end_card},
    db::{Batch, Command, Counter, Subject, Trail, Tx, batch},
    error::Noun,
    ids::{CardId, IntentId, PurchaseId},
    intents::{IntentStatus, link::Ended, matching::Fact, reuse},
    limits::{
        OnLimitExceeded, alerts,
        decide::{Case, Decision, Request},
        store::{self as spend, Locked},
    },
    money::{Amount, Currency},
    risk::{self, Decided},
    webhooks::EventType,
};
use serde_json::json;

/// A merchant asks for money: approved as `pending` or stored as `declined`, with the decision and its input.
///
/// A card of any state gets an answer; a card that the grant does not reach is not found. An approved purchase
/// ends the intent that fits it best and is the purchase that its credential read led to; a declined one bought
/// nothing and leaves both as they were.
pub struct Authorize {
    /// The card that is charged.
    pub card_id: CardId,
    /// The amount, in minor units.
    pub amount: Amount,
    /// Its currency; anything but the user's own is refused.
    pub currency: Currency,
    /// Who asks.
    pub merchant: Merchant,
}

/// What an approved purchase used of what was declared.
enum Used {
    /// Nothing.
    None,
    /// An intent of its own, which it ended.
    Own(Ended),
    /// An intent that another purchase had ended.
    Again((IntentId, PurchaseId)),
}

impl Used {
    fn own(&self) -> Option<&Ended> {
        match self {
            Self::Own(ended) => Some(ended),
            Self::None | Self::Again(_) => None,
        }
    }
}

impl Command for Authorize {
    type Output = Purchase;

    fn permission(&self) -> Permission {
        Permission::Settle
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Purchase, Trail)> {
        let locked = spend::lock(tx, grant, &self.card_id).await?;
        if self.currency != locked.user.currency {
            let own = locked.user.currency.as_str();
            return Err(Error::field("currency", format!("must be {own}: foreign currencies are not taken")));
        }
        let spent = spend::spent(tx, grant, &locked).await?;
        let (attestation, access) = attestations::link::of(&locked);
        let rules = locked.rules()?;
        let card = spend::measure(tx, grant, &locked, &rules, attestation).await?;
        let case = Case {
            request: Request {
                amount: self.amount,
                currency: self.currency,
                merchant_name: self.merchant.name().to_owned(),
                merchant_category_code: self.merchant.category_code().to_owned(),
                at: locked.at,
            },
            rules,
            state: locked.state(spent, card),
        };
        let decision = case.decide();
        let mut purchase = self.purchase(grant, tx, &locked, &decision);
        (purchase.attestation_status, purchase.access_id) = (attestation, access);
        let mut rows = Batch::new(tx);
        let used = match decision.approved() {
            true => self.hold(grant, tx, &mut rows, &locked, &purchase).await?,
            false => Used::None,
        };
        purchase.intent_id = used.own().map(|intent| intent.id.clone());
        insert(grant, &mut rows, &purchase, &case, &decision)?;
        if let Used::Again(found) = &used {
            reuse::keep(&mut rows, grant, found, &purchase.id, locked.at)?;
        }
        let mut trail = trail(&purchase, &used);
        if let Some(violation) = events::violation(&purchase, &locked, &decision) {
            trail = trail.event(EventType::PolicyViolated, violation);
        }
        if decision.close_card {
            trail = end_card(tx, grant, &locked, CardStatus::Closed, "cumulative_max_reached", trail).await?;
        } else if decision.freeze_card {
            trail = end_card(tx, grant, &locked, CardStatus::Frozen, "merchant_drift", trail).await?;
        }
        if decision.limit_exceeded && OnLimitExceeded::announces(locked.agent.on_limit_exceeded) {
            trail = trail.event(EventType::AgentLimitExceeded, events::limit_exceeded(&purchase, &locked, spent));
        }
        if decision.suspend_agent && locked.agent.status == AgentStatus::Active {
            let agent = &locked.agent;
            trail = suspend_for(tx, grant, &agent.id, &agent.name, "spending_limit_exceeded", trail).await?;
        }
        if decision.approved() {
            trail = alerts::after(tx, &mut rows, grant, &locked, &purchase, spent, trail).await?;
        }
        let verdict = used.own().map(|ended| &ended.result);
        let decided = Decided { purchase: &purchase, amount: self.amount, decision: &decision, verdict };
        let trail = risk::after(grant, tx, &mut rows, &locked, &decided, trail).await?;
        Ok((purchase, trail.rows(rows).heard_by(locked.listeners()?)))
    }
}

impl Authorize {
    fn purchase(&self, grant: &Grant, tx: &Tx, locked: &Locked, decision: &Decision) -> Purchase {
        let approved = decision.approved();
        Purchase {
            id: PurchaseId::new(locked.at, tx.chance()),
            card_id: locked.card.id.clone(),
            card_last4: locked.card.last4.clone(),
            agent_id: locked.agent.id.clone(),
            agent_name: locked.agent.name.clone(),
            user_id: locked.user.id.clone(),
            status: if approved { PurchaseStatus::Pending } else { PurchaseStatus::Declined },
            declined_reason: decision.reason(),
            currency: self.currency,
            amount: self.amount.minor(),
            authorized_amount: self.amount.minor(),
            captured_amount: 0,
            reversed_amount: 0,
            merchant_name: self.merchant.name().to_owned(),
            merchant_category_code: self.merchant.category_code().to_owned(),
            merchant_city: self.merchant.city().map(str::to_owned),
            merchant_country: self.merchant.country().map(str::to_owned),
            attestation_status: attestations::AttestationStatus::Unattested,
            access_id: None,
            intent_id: None,
            request_id: grant.origin().request.clone(),
            authorized_at: locked.at,
            posted_at: None,
            reversed_at: None,
            updated_at: locked.at,
            notes: None,
            tags: Tags::default(),
            category: None,
            remarked: 1,
        }
    }

    /// Holds the money of an approved purchase and ties it to its intent and its credential read.
    async fn hold(
        &self,
        grant: &Grant,
        tx: &mut Tx,
        rows: &mut Batch,
        locked: &Locked,
        purchase: &Purchase,
    ) -> Result<Used> {
        spend::spend(tx, grant, locked, &purchase.id, self.amount, self.merchant.name()).await?;
        if let Some(access) = &purchase.access_id {
            let status = purchase.attestation_status;
            attestations::link::follow(rows, grant, &self.card_id, access, &purchase.id, status)?;
        }
        let may_be_a_check =
            locked.card.kind == CardType::Single && self.amount.minor() <= most_of_a_check(self.currency);
        let fact = Fact { amount: self.amount, currency: self.currency, merchant: self.merchant.name().to_owned() };
        if let Some(ended) = crate::intents::link::end(tx, grant, locked, &purchase.id, &fact, may_be_a_check).await? {
            return Ok(Used::Own(ended));
        }
        let found = reuse::find(tx, grant, locked, purchase.access_id.as_ref(), &fact).await?;
        Ok(found.map_or(Used::None, Used::Again))
    }
}

/// Writes the purchase, and what decided it.
fn insert(grant: &Grant, rows: &mut Batch, p: &Purchase, case: &Case, decision: &Decision) -> Result<()> {
    batch!(
        *rows,
        "insert into purchases
             (organisation_id, environment, id, card_id, agent_id, user_id, status, declined_reason, currency,
              amount, authorized_amount, merchant_name, merchant_category_code, merchant_city, merchant_country,
              attestation_status, access_id, intent_id, request_id, authorized_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19)",
        grant.organisation(),
        grant.environment(),
        &p.id,
        &p.card_id,
        &p.agent_id,
        &p.user_id,
        p.status,
        p.declined_reason,
        p.currency,
        p.amount,
        &p.merchant_name,
        &p.merchant_category_code,
        &p.merchant_city,
        &p.merchant_country,
        p.attestation_status,
        &p.access_id,
        &p.intent_id,
        &p.request_id,
        p.authorized_at
    )?;
    batch!(
        *rows,
        "insert into decisions (organisation_id, environment, purchase_id, version, input, decision)
         values ($1, $2, $3, $4, $5, $6)",
        grant.organisation(),
        grant.environment(),
        &p.id,
        i64::from(decision.version),
        serde_json::to_string(case).map_err(Error::broken)?,
        serde_json::to_string(decision).map_err(Error::broken)?
    )?;
    Ok(())
}

fn trail(p: &Purchase, used: &Used) -> Trail {
    let trail = Trail::new(Action::PurchaseDecided, Subject::new(Noun::Purchase, &p.id, p.merchant_name.as_str()))
        .after(json!({
            "status": p.status, "declinedReason": p.declined_reason, "amount": p.amount, "currency": p.currency,
            "cardId": p.card_id, "agentId": p.agent_id, "intentId": p.intent_id,
        }))
        .counted_at(p.authorized_at)
        .count(Counter::Decided);
    let data = events::decided(p);
    let trail = match p.status {
        PurchaseStatus::Declined => {
            trail.refused().event(EventType::TransactionDeclined, data).count(Counter::Declined)
        }
        _ => trail.event(EventType::TransactionAuthorized, data),
    };
    match used {
        Used::Own(ended) if ended.status == IntentStatus::Matched => {
            trail.event(EventType::IntentMatched, events::verdict(p, ended)).count(Counter::Matched)
        }
        Used::Own(ended) => {
            trail.event(EventType::IntentMismatched, events::verdict(p, ended)).count(Counter::Mismatched)
        }
        Used::Again((intent, first)) => {
            let data = events::reused(p, intent, first);
            trail
                .also(Action::IntentReused, Subject::new(Noun::Intent, intent, p.merchant_name.as_str()))
                .after(data.clone())
                .event(EventType::IntentReused, data)
        }
        Used::None => trail,
    }
}
