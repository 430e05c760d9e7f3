//! Opening disputes and moving them on.
use super::{Dispute, DisputeReason, DisputeStatus, store};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::{DisputeId, PurchaseId},
    money::Amount,
    name::{Passage, Statement},
    purchases::{self, Purchase, PurchaseStatus, Reverse, is_secret},
};
use serde_json::json;

/// Disputes a purchase that was settled, in full or in part. One dispute stands at a time; after one that was canceled
/// another may be opened, after one that was decided none.
pub struct OpenDispute {
    /// Which purchase.
    pub purchase_id: PurchaseId,
    /// How much of it, at most what it stands at; all of that, when absent.
    pub amount: Option<Amount>,
    /// Why.
    pub reason: DisputeReason,
    /// Why, in words; must be there for [`DisputeReason::Other`].
    pub description: Option<Passage>,
    /// What speaks for it.
    pub text_evidence: Option<Statement>,
}

/// Whether a purchase in this state has something to dispute: money that was taken.
pub fn may_be_disputed(purchase: &Purchase) -> bool {
    purchase.status == PurchaseStatus::Completed && purchase.amount > 0
}

impl Command for OpenDispute {
    type Output = Dispute;

    fn permission(&self) -> Permission {
        Permission::Dispute
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Dispute, Trail)> {
        for (field, text) in [
            ("description", self.description.as_ref().map(Passage::as_str)),
            ("textEvidence", self.text_evidence.as_ref().map(Statement::as_str)),
        ] {
            if text.is_some_and(is_secret) {
                return Err(Error::field(field, "must not hold a key, a secret or a card number; remove it"));
            }
        }
        if self.reason == DisputeReason::Other && self.description.is_none() {
            return Err(Error::field("description", "must say what is wrong when the reason is other"));
        }
        let purchase = purchases::hold(tx, grant, &self.purchase_id).await?;
        if !may_be_disputed(&purchase) {
            let why = format!(
                "This transaction is {}; only a completed one can be disputed, a pending one can be reversed.",
                purchase.status
            );
            return Err(Error::state(Code::TransactionState, why));
        }
        let amount = self.amount.map_or(purchase.amount, Amount::minor);
        if amount > purchase.amount {
            let why = format!("must be at most {}, what the transaction stands at", purchase.amount);
            return Err(Error::field("amount", why));
        }
        let standing: Option<String> = sql!(
            tx,
            scalar_optional,
            "select id from disputes
             where organisation_id = $1 and environment = $2 and purchase_id = $3 and status <> 'canceled' limit 1",
            grant.organisation(),
            grant.environment(),
            &self.purchase_id
        )?;
        if let Some(standing) = standing {
            let why = format!("This transaction was disputed before, by {standing}; look at what became of that.");
            return Err(Error::state(Code::DisputeExists, why));
        }
        let (now, id) = (tx.now(), DisputeId::new(tx.now(), tx.chance()));
        sql!(
            tx,
            execute,
            "insert into disputes
                 (organisation_id, environment, id, purchase_id, card_id, agent_id, user_id, amount, currency, reason,
                  description, text_evidence, status, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'pending', $13, $13)",
            grant.organisation(),
            grant.environment(),
            &id,
            &purchase.id,
            &purchase.card_id,
            &purchase.agent_id,
            &purchase.user_id,
            amount,
            purchase.currency,
            self.reason,
            self.description.as_ref().map(Passage::as_str),
            self.text_evidence.as_ref().map(Statement::as_str),
            now
        )?;
        let dispute = store::read(tx, grant, &id).await?;
        let trail = Trail::new(Action::DisputeOpened, subject(&dispute)).after(json!({
            "transactionId": dispute.purchase_id, "amount": dispute.amount, "reason": dispute.reason,
            "description": dispute.description, "status": dispute.status,
        }));
        Ok((dispute, trail))
    }
}

fn subject(dispute: &Dispute) -> Subject {
    Subject::new(Noun::Dispute, &dispute.id, dispute.merchant_name.as_str())
}

/// Moves a dispute to `to` by an arrow that there is.
async fn turn(
    tx: &mut Tx,
    grant: &Grant,
    id: &DisputeId,
    to: DisputeStatus,
    action: Action,
) -> Result<(Dispute, Trail)> {
    let before = store::read(tx, grant, id).await?;
    let now = tx.now().max(before.updated_at);
    let ended = to.is_final().then_some(now);
    // By the arrow and by what was read: of two at once one moves it.
    let moved = before.status.next().contains(&to)
        && sql!(
            tx,
            execute,
            "update disputes set status = $4, updated_at = $5, resolved_at = $6
             where organisation_id = $1 and environment = $2 and id = $3 and status = $7",
            grant.organisation(),
            grant.environment(),
            id,
            to,
            now,
            ended,
            before.status
        )? == 1;
    if !moved {
        let why = match before.status.next() {
            [] => "nothing follows".to_owned(),
            next => format!("what may follow is {}", next.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(" or ")),
        };
        return Err(Error::state(Code::DisputeState, format!("This dispute is {}; {why}.", before.status)));
    }
    let trail =
        Trail::new(action, subject(&before)).before(json!({ "status": before.status })).after(json!({ "status": to }));
    Ok((Dispute { status: to, updated_at: now, resolved_at: ended, ..before }, trail))
}

/// Takes a dispute back before the card network looked at it.
pub struct CancelDispute {
    /// Which dispute.
    pub id: DisputeId,
}

impl Command for CancelDispute {
    type Output = Dispute;

    fn permission(&self) -> Permission {
        Permission::Dispute
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Dispute, Trail)> {
        turn(tx, grant, &self.id, DisputeStatus::Canceled, Action::DisputeCanceled).await
    }
}

/// The card network begins to look at a dispute.
pub struct ReviewDispute {
    /// Which dispute.
    pub id: DisputeId,
}

impl Command for ReviewDispute {
    type Output = Dispute;

    fn permission(&self) -> Permission {
        Permission::Settle
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Dispute, Trail)> {
        turn(tx, grant, &self.id, DisputeStatus::InReview, Action::DisputeReviewed).await
    }
}

/// The card network decides a dispute. One that is won gives back what was disputed, or what is left of it.
pub struct DecideDispute {
    /// Which dispute.
    pub id: DisputeId,
    /// For the cardholder.
    pub won: bool,
}

impl Command for DecideDispute {
    type Output = Dispute;

    fn permission(&self) -> Permission {
        Permission::Settle
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Dispute, Trail)> {
        if !self.won {
            return turn(tx, grant, &self.id, DisputeStatus::Lost, Action::DisputeLost).await;
        }
        // The locks of money come first, in the order of every other change that moves it.
        let wanted = store::read(tx, grant, &self.id).await?;
        let left = purchases::hold(tx, grant, &wanted.purchase_id).await?;
        let (dispute, trail) = turn(tx, grant, &self.id, DisputeStatus::Won, Action::DisputeWon).await?;
        let Ok(back) = Amount::try_from(dispute.amount.min(left.amount)) else { return Ok((dispute, trail)) };
        let refund = Reverse { id: dispute.purchase_id.clone(), amount: Some(back) };
        let (_, refunded) = refund.run(grant, tx).await?;
        Ok((dispute, trail.and(refunded)))
    }
}
