//! The intent that an approved purchase belongs to, and the verdict on it.
//!
//! Only an approved purchase ends an intent: a declined one bought nothing, and the agent may try again.
use super::{
    IntentStatus, counts,
    matching::{Claim, Fact, MatchResult, Pending, Timing, Tolerance, best_fit, verdict},
};
use crate::{
    Error, Result,
    access::Grant,
    db::{Tx, sql},
    ids::{IntentId, PurchaseId},
    limits::store::Locked,
    money::{Amount, Currency},
    time::{DAY, Timestamp},
};

/// The longest that an intent stands open (`ttlMinutes` is at most 1,440): older ones need not be looked at.
pub(crate) const LONGEST: i64 = DAY;

/// Whether the card has an intent that may still stand open, or stood open a short while ago.
pub(super) fn is_any_near(locked: &Locked) -> bool {
    locked.card.last_intent.as_ref().is_some_and(|last| *last >= IntentId::floor(locked.at - LONGEST))
}

/// An intent with the verdict of the purchase that ended it.
pub(crate) struct Ended {
    pub id: IntentId,
    pub intent_id: String,
    pub status: IntentStatus,
    pub result: MatchResult,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: IntentId,
    intent_id: String,
    expected_amount: Option<Amount>,
    expected_currency: Currency,
    expected_merchant: Option<String>,
    tolerance: Option<i64>,
    created_at: Timestamp,
    revealed_at: Option<Timestamp>,
}

/// Finds the card's pending intent that fits best, and ends it as matched or mismatched. A purchase that `may_be_a_check`
/// ends none that it does not match: the one that was declared is still to come.
pub(crate) async fn end(
    tx: &mut Tx,
    grant: &Grant,
    locked: &Locked,
    purchase: &PurchaseId,
    fact: &Fact,
    may_be_a_check: bool,
) -> Result<Option<Ended>> {
    if !is_any_near(locked) {
        return Ok(None);
    }
    let (organisation, environment) = (grant.organisation(), grant.environment());
    let rows: Vec<Row> = sql!(
        tx,
        fetch_all,
        "select id, intent_id, expected_amount, expected_currency, expected_merchant, tolerance, created_at,
                revealed_at
         from intents
         where organisation_id = $1 and environment = $2 and card_id = $3 and id >= $4
           and status = 'pending' and expires_at > $5
         order by id",
        organisation,
        environment,
        &locked.card.id,
        IntentId::floor(locked.at - LONGEST),
        locked.at
    )?;
    let tolerance = locked.tolerance();
    let pending: Vec<Pending> = rows
        .iter()
        .map(|row| Pending {
            claim: Claim {
                expected_amount: row.expected_amount,
                expected_currency: row.expected_currency,
                expected_merchant: row.expected_merchant.clone(),
                tolerance: Tolerance { intent: row.tolerance, ..tolerance },
            },
            declared_at: row.created_at,
        })
        .collect();
    let Some((row, pending)) = best_fit(&pending, fact).and_then(|n| rows.into_iter().nth(n).zip(pending.get(n)))
    else {
        return Ok(None);
    };
    let timing = Timing::at(locked.at, row.created_at, row.revealed_at);
    let result = MatchResult { timing: Some(timing), ..verdict(&pending.claim, fact) };
    if may_be_a_check && !result.matched() {
        return Ok(None);
    }
    let status = if result.matched() { IntentStatus::Matched } else { IntentStatus::Mismatched };
    let ended = sql!(
        tx,
        execute,
        "update intents set status = $4, match_result = $5, purchase_id = $6, ended_at = $7
         where organisation_id = $1 and environment = $2 and id = $3 and status = 'pending'",
        organisation,
        environment,
        &row.id,
        status,
        serde_json::to_string(&result).map_err(Error::broken)?,
        purchase,
        locked.at
    )?;
    if ended == 0 {
        // Canceled or expired between the two statements: decide again without it.
        return Err(Error::Busy);
    }
    counts::moved(tx, grant, &locked.agent.id, Some(IntentStatus::Pending), status).await?;
    Ok(Some(Ended { id: row.id, intent_id: row.intent_id, status, result }))
}
