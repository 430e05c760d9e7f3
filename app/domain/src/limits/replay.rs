//! The proof that every decision still follows from what it was made from.
use super::decide::{Case, Decision, Outcome};
use crate::{
    Error, Result,
    db::{Db, sql},
    environment::Environment,
    ids::{OrganisationId, PurchaseId},
    limits::DeclineReason,
    purchases::PurchaseStatus,
};

/// Decisions that are read at a time.
const BATCH: i64 = 1_000;

/// What replaying found.
#[derive(Debug, Default)]
pub struct Replayed {
    /// How many stored decisions were made again.
    pub decisions: u64,
    /// Those that came out otherwise, in the order of organisation, environment and purchase.
    pub differences: Vec<Different>,
}

/// A decision that does not follow from what is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Different {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The environment.
    pub environment: Environment,
    /// The purchase that was decided about.
    pub purchase: PurchaseId,
    /// What differs, in words for an operator: what is stored, and what the rules say.
    pub what: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    organisation_id: OrganisationId,
    environment: Environment,
    purchase_id: PurchaseId,
    version: i64,
    input: String,
    decision: String,
    status: PurchaseStatus,
    declined_reason: Option<DeclineReason>,
}

/// Makes every stored decision again from its stored input, by the rules of its version, and compares it with the
/// stored decision and with what became of the purchase. Reads batch by batch, whatever else goes on.
pub async fn replay(db: &Db) -> Result<Replayed> {
    let mut found = Replayed::default();
    let mut after = (String::new(), String::new(), String::new());
    loop {
        let rows: Vec<Row> = sql!(
            db,
            fetch_all,
            "select d.organisation_id, d.environment, d.purchase_id, d.version, d.input, d.decision, p.status,
                    p.declined_reason
             from decisions d
             join purchases p on p.organisation_id = d.organisation_id and p.environment = d.environment
                             and p.id = d.purchase_id
             where (d.organisation_id, d.environment, d.purchase_id) > ($1, $2, $3)
             order by d.organisation_id, d.environment, d.purchase_id limit $4",
            &after.0,
            &after.1,
            &after.2,
            BATCH
        )?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = (last.organisation_id.to_string(), last.environment.to_string(), last.purchase_id.to_string());
        for row in rows {
            found.decisions += 1;
            if let Some(what) = difference(&row)? {
                found.differences.push(Different {
                    organisation: row.organisation_id,
                    environment: row.environment,
                    purchase: row.purchase_id,
                    what,
                });
            }
        }
    }
}

fn difference(row: &Row) -> Result<Option<String>> {
    let Ok(case) = serde_json::from_str::<Case>(&row.input) else {
        return Ok(Some("its stored input cannot be read".to_owned()));
    };
    let replayed = case.decide();
    let Ok(stored) = serde_json::from_str::<Decision>(&row.decision) else {
        return Ok(Some(format!("its stored decision cannot be read; the rules say {}", said(&replayed))));
    };
    let version = i64::from(stored.version);
    Ok(if stored.outcome != replayed.outcome {
        Some(format!("stored as {}; the rules say {}", said(&stored), said(&replayed)))
    } else if stored != replayed || version != row.version {
        let (stored, replayed) = (json(&stored)?, json(&replayed)?);
        Some(format!("the outcome is the same, and how it was reached is not: stored {stored}; replayed {replayed}"))
    } else if (row.status == PurchaseStatus::Declined) == replayed.approved()
        || row.declined_reason != replayed.reason()
    {
        Some(format!("the transaction is {}; the rules say {}", row.status, said(&replayed)))
    } else {
        None
    })
}

fn json(decision: &Decision) -> Result<String> {
    serde_json::to_string(decision).map_err(Error::broken)
}

fn said(decision: &Decision) -> String {
    match decision.outcome {
        Outcome::Approved => "approved".to_owned(),
        Outcome::Declined { reason } => format!("declined, {reason}"),
    }
}
