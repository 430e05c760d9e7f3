//! One intent, one purchase: finding the second purchase that used an intent which was ended already.
use super::matching::{Claim, Fact, MatchResult, Tolerance, verdict};
use crate::{
    Result,
    access::{Grant, Permission},
    db::{Batch, Db, Tx, batch, sql},
    ids::{AccessId, IntentId, PurchaseId},
    limits::store::Locked,
    money::{Amount, Currency},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// Two purchases on one intent.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize, Deserialize)]
pub struct Reuse {
    /// The intent.
    pub intent_id: IntentId,
    /// What was declared by it.
    pub summary: String,
    /// The purchase that ended it.
    pub first_purchase_id: PurchaseId,
    /// The one that used it again.
    pub purchase_id: PurchaseId,
    /// When the second was decided.
    pub found_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Used {
    id: IntentId,
    purchase_id: PurchaseId,
    expected_amount: Option<Amount>,
    expected_currency: Currency,
    expected_merchant: Option<String>,
    tolerance: Option<i64>,
}

impl Used {
    /// Whether the purchase is the declared one once more: amount and merchant were declared, and both fit.
    fn fits(&self, tolerance: Tolerance, fact: &Fact) -> bool {
        let claim = Claim {
            expected_amount: self.expected_amount,
            expected_currency: self.expected_currency,
            expected_merchant: self.expected_merchant.clone(),
            tolerance: Tolerance { intent: self.tolerance, ..tolerance },
        };
        let whole = self.expected_amount.is_some() && self.expected_merchant.is_some();
        whole && MatchResult::matched(&verdict(&claim, fact))
    }
}

/// The latest intents of the card that are looked through: a purchase costs the same however many there were.
const LOOK_BACK: i64 = 50;

/// The intent that a purchase without one of its own used again: the one that its credential read was for, else the
/// latest of the card whose time is not over and whose words it fits whole. With the purchase that ended it.
pub(crate) async fn find(
    tx: &mut Tx,
    grant: &Grant,
    locked: &Locked,
    access: Option<&AccessId>,
    fact: &Fact,
) -> Result<Option<(IntentId, PurchaseId)>> {
    let (organisation, environment) = (grant.organisation(), grant.environment());
    if let Some(access) = access {
        let read: Option<(IntentId, PurchaseId)> = sql!(
            tx,
            fetch_optional,
            "select id, purchase_id from intents
             where organisation_id = $1 and environment = $2 and purchase_id is not null
               and id = (select intent_id from accesses where organisation_id = $1 and environment = $2 and id = $3)",
            organisation,
            environment,
            access
        )?;
        if read.is_some() {
            return Ok(read);
        }
    }
    if !super::link::is_any_near(locked) {
        return Ok(None);
    }
    let used: Vec<Used> = sql!(
        tx,
        fetch_all,
        "select id, purchase_id, expected_amount, expected_currency, expected_merchant, tolerance
         from (select * from intents
               where organisation_id = $1 and environment = $2 and card_id = $3 and id >= $4
               order by id desc limit $6) as latest
         where purchase_id is not null and expires_at > $5 order by id desc",
        organisation,
        environment,
        &locked.card.id,
        IntentId::floor(locked.at - super::link::LONGEST),
        locked.at,
        LOOK_BACK
    )?;
    let tolerance = locked.tolerance();
    Ok(used.into_iter().find(|used| used.fits(tolerance, fact)).map(|used| (used.id, used.purchase_id)))
}

/// Keeps the finding, behind the row of the second purchase.
pub(crate) fn keep(
    rows: &mut Batch,
    grant: &Grant,
    (intent, first): &(IntentId, PurchaseId),
    second: &PurchaseId,
    at: Timestamp,
) -> Result<()> {
    batch!(
        *rows,
        "insert into intent_reuses
             (organisation_id, environment, purchase_id, intent_id, first_purchase_id, found_at)
         values ($1, $2, $3, $4, $5, $6)",
        grant.organisation(),
        grant.environment(),
        second,
        intent,
        first,
        at
    )?;
    Ok(())
}

/// The most findings about one intent or purchase that a page names.
const MOST_NAMED: i64 = 20;

macro_rules! found {
    ($db:expr, $grant:expr, $where:literal, $id:expr) => {
        sql!(
            $db,
            fetch_all,
            concat!(
                "select r.intent_id, i.summary, r.first_purchase_id, r.purchase_id, r.found_at
                 from intent_reuses r
                 join intents i on i.organisation_id = r.organisation_id and i.environment = r.environment
                               and i.id = r.intent_id
                 where r.organisation_id = $1 and r.environment = $2 and ",
                $where,
                " and ($4 is null or i.agent_id = $4) order by r.purchase_id limit $5"
            ),
            $grant.organisation(),
            $grant.environment(),
            $id,
            $grant.only_agent(),
            MOST_NAMED
        )
    };
}

/// The purchases that used this intent again.
pub async fn of_intent(db: &Db, grant: &Grant, id: &IntentId) -> Result<Vec<Reuse>> {
    grant.require(Permission::View)?;
    Ok(found!(db, grant, "r.intent_id = $3", id)?)
}

/// The findings that name this purchase, as the first on its intent or as a later one.
pub async fn of_purchase(db: &Db, grant: &Grant, id: &PurchaseId) -> Result<Vec<Reuse>> {
    grant.require(Permission::View)?;
    let mut all: Vec<Reuse> = found!(db, grant, "r.purchase_id = $3", id)?;
    let as_first: Vec<Reuse> = found!(db, grant, "r.first_purchase_id = $3", id)?;
    all.extend(as_first);
    Ok(all)
}
