//! What becomes of an authorization: captured, released, refunded.
use super::{Purchase, PurchaseStatus, events, store};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    attestations,
    audit::Action,
    cards::{CardStatus, CardType, end_card},
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::PurchaseId,
    limits::store::{self as spend, Locked, UserRow},
    money::Amount,
    webhooks::EventType,
};
use serde_json::json;

/// Settles a pending purchase; a part captured releases the rest to the balance and to the windows of the
/// authorization. A single-use card is closed with it.
pub struct Capture {
    /// Which purchase.
    pub id: PurchaseId,
    /// How much of it, at most what was authorized; all, when absent.
    pub amount: Option<Amount>,
}

/// Releases a pending purchase as a whole, or refunds a completed one in full or in part.
///
/// A purchase is `reversed` once nothing of it is left; until then a refunded one stays `completed` at its lower
/// amount. What is given back returns to the windows of the authorization. A single-use card stays used, but for a card
/// check that was never captured ([`Purchase::is_passed_check`]): the card is as unused as before it.
pub struct Reverse {
    /// Which purchase.
    pub id: PurchaseId,
    /// How much of it; all that is left, when absent.
    pub amount: Option<Amount>,
}

impl Command for Capture {
    type Output = Purchase;

    fn permission(&self) -> Permission {
        Permission::Settle
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Purchase, Trail)> {
        let (locked, before) = lock(tx, grant, &self.id).await?;
        if before.status != PurchaseStatus::Pending {
            return Err(state(before.status, "only a pending one can be captured"));
        }
        let amount = part(self.amount, before.amount, "captured")?;
        let released = before.amount - amount;
        let mut after = before.clone();
        after.status = PurchaseStatus::Completed;
        (after.amount, after.captured_amount) = (amount, amount);
        (after.posted_at, after.updated_at) = (Some(locked.at), locked.at);
        let user = write(tx, grant, &locked, &before, &after).await?;
        spend::unspend(tx, grant, &locked, released, before.authorized_at).await?;
        let trail = trail(Action::PurchaseCaptured, &before, &after)
            .event(EventType::TransactionCompleted, events::completed(&after))
            .event(EventType::UserBalanceUpdated, events::balance(&user));
        let trail = close_single_use(tx, grant, &locked, trail).await?;
        Ok((after, trail.heard_by(locked.listeners()?)))
    }
}

impl Command for Reverse {
    type Output = Purchase;

    fn permission(&self) -> Permission {
        Permission::Settle
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Purchase, Trail)> {
        let (locked, before) = lock(tx, grant, &self.id).await?;
        let amount = match before.status {
            PurchaseStatus::Pending => match self.amount {
                Some(part) if part.minor() != before.amount => {
                    return Err(Error::field("amount", "must be the whole amount while the transaction is pending"));
                }
                _ => before.amount,
            },
            PurchaseStatus::Completed => part(self.amount, before.amount, "left to refund")?,
            other => return Err(state(other, "only a pending or completed one can be reversed")),
        };
        let mut after = before.clone();
        after.amount -= amount;
        after.reversed_amount += amount;
        if after.amount == 0 {
            after.status = PurchaseStatus::Reversed;
        }
        (after.reversed_at, after.updated_at) = (Some(locked.at), locked.at);
        let user = write(tx, grant, &locked, &before, &after).await?;
        spend::unspend(tx, grant, &locked, amount, before.authorized_at).await?;
        let mut trail = trail(Action::PurchaseReversed, &before, &after);
        if free_single_use(tx, grant, &locked, &after).await? {
            trail =
                trail.reason("A card check that was never captured: its single-use card is as unused as before it.");
        }
        let trail = trail
            .event(EventType::TransactionReversed, events::reversed(&after, amount))
            .event(EventType::UserBalanceUpdated, events::balance(&user));
        Ok((after, trail.heard_by(locked.listeners()?)))
    }
}

/// Locks user, agent and card of the purchase and only then reads it: nobody changes it without these locks.
async fn lock(tx: &mut Tx, grant: &Grant, id: &PurchaseId) -> Result<(Locked, Purchase)> {
    let card = sql!(
        tx,
        scalar_optional,
        "select card_id from purchases where organisation_id = $1 and environment = $2 and id = $3",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    let locked = spend::lock(tx, grant, &card.ok_or(Error::NotFound(Noun::Purchase))?).await?;
    Ok((locked, store::read(tx, grant, id).await?))
}

/// Locks user, agent and card of the purchase, which gives its money to this change alone, and reads it.
pub(crate) async fn hold(tx: &mut Tx, grant: &Grant, id: &PurchaseId) -> Result<Purchase> {
    let (_, purchase) = lock(tx, grant, id).await?;
    if grant.reaches(&purchase.agent_id) { Ok(purchase) } else { Err(Error::NotFound(Noun::Purchase)) }
}

fn state(status: PurchaseStatus, rule: &str) -> Error {
    Error::state(Code::TransactionState, format!("This transaction is {status}; {rule}."))
}

/// The amount asked for, or all of it; never more than `whole`.
fn part(asked: Option<Amount>, whole: i64, what: &str) -> Result<i64> {
    match asked.map(Amount::minor) {
        Some(asked) if asked > whole => {
            Err(Error::field("amount", format!("must be at most {whole}, the amount that can be {what}")))
        }
        asked => Ok(asked.unwrap_or(whole)),
    }
}

/// Writes the purchase as it now stands, and the balance and card that follow from the difference.
async fn write(tx: &mut Tx, grant: &Grant, locked: &Locked, before: &Purchase, after: &Purchase) -> Result<UserRow> {
    let (organisation, environment) = (grant.organisation(), grant.environment());
    sql!(
        tx,
        execute,
        "update purchases set status = $4, amount = $5, captured_amount = $6, reversed_amount = $7,
                posted_at = $8, reversed_at = $9, updated_at = $10
         where organisation_id = $1 and environment = $2 and id = $3",
        organisation,
        environment,
        &after.id,
        after.status,
        after.amount,
        after.captured_amount,
        after.reversed_amount,
        after.posted_at,
        after.reversed_at,
        after.updated_at
    )?;
    let held = |p: &Purchase| if p.status == PurchaseStatus::Pending { (p.amount, 0) } else { (0, p.amount) };
    let ((pending, posted), (pending_now, posted_now)) = (held(before), held(after));
    let user: UserRow = sql!(
        tx,
        fetch_one,
        "update users set pending = pending + $4, posted = posted + $5
         where organisation_id = $1 and environment = $2 and id = $3
         returning id as user_id, application_status, currency, deposited, pending, posted",
        organisation,
        environment,
        &locked.user.id,
        pending_now - pending,
        posted_now - posted
    )?;
    sql!(
        tx,
        execute,
        "update cards set spent = spent + $4 where organisation_id = $1 and environment = $2 and id = $3",
        organisation,
        environment,
        &locked.card.id,
        after.amount - before.amount
    )?;
    Ok(user)
}

async fn close_single_use(tx: &mut Tx, grant: &Grant, locked: &Locked, trail: Trail) -> Result<Trail> {
    if locked.card.kind != CardType::Single || locked.card.status == CardStatus::Closed {
        return Ok(trail);
    }
    end_card(tx, grant, locked, CardStatus::Closed, "settled", trail).await
}

/// Takes back that a card check was the one use of its card; tells whether it was.
async fn free_single_use(tx: &mut Tx, grant: &Grant, locked: &Locked, reversed: &Purchase) -> Result<bool> {
    if locked.card.kind != CardType::Single
        || locked.card.used_by.as_ref() != Some(&reversed.id)
        || !reversed.is_passed_check()
    {
        return Ok(false);
    }
    sql!(
        tx,
        execute,
        "update cards set used_by = null where organisation_id = $1 and environment = $2 and id = $3",
        grant.organisation(),
        grant.environment(),
        &locked.card.id
    )?;
    attestations::link::unfollow(tx, grant, &locked.card.id, &reversed.id).await?;
    Ok(true)
}

fn trail(action: Action, before: &Purchase, after: &Purchase) -> Trail {
    let values = |p: &Purchase| {
        json!({
            "status": p.status, "amount": p.amount, "capturedAmount": p.captured_amount,
            "reversedAmount": p.reversed_amount,
        })
    };
    Trail::new(action, Subject::new(Noun::Purchase, &after.id, after.merchant_name.as_str()))
        .before(values(before))
        .after(values(after))
}
