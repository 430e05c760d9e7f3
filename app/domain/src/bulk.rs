//! Past purchases by the hundred thousand, for the demo and the benches: written set by set, not decided one by one.
//!
//! Nothing of a running server may use it: no lock is taken and no limit is asked. What it leaves must be confirmed by
//! [`crate::limits::recount`]. SQLite only.
use crate::{
    Error, Result,
    access::{Actor, Grant},
    agents::AgentStatus,
    cards::{CardStatus, CardType},
    chance::{Chance, SeededChance},
    db::{Db, Tx, sql},
    ids::{AccessId, AuditId, CardId, IntentId, PurchaseId},
    intents::matching::{Claim, Fact, Tolerance, verdict},
    limits::{
        DeclineReason,
        decide::{Case, RULES_VERSION, Request, Rules, State},
    },
    money::{Amount, Currency},
    purchases::PurchaseStatus,
    time::{HOUR, Timestamp},
};
use chrono_tz::Tz;
use serde::Serialize;

mod counters;

/// Purchases that share a transaction.
const BATCH: usize = 50_000;
/// Stands for the amount in a template, for the moment, the merchant and its category.
const AMOUNT: i64 = 987_654_321;
const MOMENT: i64 = 1_111_111_111_111;
const MERCHANT: &str = "@merchant@";
const CATEGORY: &str = "@category@";

/// Where purchases come from: a card and the merchant that charges it.
#[derive(Debug, Clone, Serialize)]
pub struct Lane {
    /// The card: a multi-use one of an agent that could have bought.
    pub card: CardId,
    /// The merchant as the network writes it.
    pub merchant: String,
    /// Its category, four digits.
    pub category: String,
    /// Its city.
    pub city: String,
    /// Its country, two capital letters.
    pub country: String,
    /// What is bought.
    pub what: String,
    /// The lowest and the highest price, in minor units.
    pub price: (i64, i64),
}

/// One purchase as it goes into the batch's table.
#[derive(Serialize)]
struct Row(
    usize,
    PurchaseId,
    Timestamp,
    usize,
    i64,
    PurchaseStatus,
    Option<DeclineReason>,
    Option<AccessId>,
    Option<IntentId>,
    AuditId,
);

/// The stored texts that every purchase shares but for its amount, moment and merchant.
struct Templates {
    approved: (String, String),
    unfunded: (String, String),
    frozen: (String, String),
    verdict: String,
}

/// Writes a purchase for each of `moments`, which are in order and over, and brings every counter up to date.
/// `told` hears how many are written.
pub async fn load(
    db: &Db,
    grant: &Grant,
    zone: Tz,
    lanes: &[Lane],
    moments: &[Timestamp],
    seed: u64,
    told: impl Fn(u64) + Send + Sync,
) -> Result<()> {
    let Some(last) = moments.last().copied() else { return Ok(()) };
    if !db.is_sqlite() || lanes.is_empty() {
        return Err(Error::broken("the bulk loader needs SQLite and somebody who buys"));
    }
    let chance = SeededChance::new(seed);
    let templates = Templates::new(zone)?;
    let mut tx = db.begin().await?;
    prepare(&mut tx, grant, lanes).await?;
    tx.commit().await?;
    for (place, part) in moments.chunks(BATCH).enumerate() {
        let rows: Vec<Row> =
            part.iter().enumerate().map(|(n, at)| row(&chance, lanes, place * BATCH + n, *at, last)).collect();
        let text = serde_json::to_string(&rows).map_err(Error::broken)?;
        let mut tx = db.begin().await?;
        batch(&mut tx, grant, &templates, text, last).await?;
        tx.commit().await?;
        told(part.len() as u64);
    }
    let mut tx = db.begin().await?;
    counters::settle(&mut tx, grant, zone).await?;
    sql!(&mut tx, execute, "drop table temp.bulk_rows")?;
    sql!(&mut tx, execute, "drop table temp.bulk_lanes")?;
    Ok(tx.commit().await?)
}

/// 8 of 100 declined, 1 reversed, those of the last hour pending, the rest settled; one in four declared and read.
fn row(chance: &dyn Chance, lanes: &[Lane], n: usize, at: Timestamp, last: Timestamp) -> Row {
    let random = u64::from_be_bytes(chance.bytes());
    let lane = usize::try_from(random % lanes.len() as u64).unwrap_or(0);
    let (low, high) = lanes[lane].price;
    let span = u64::try_from(high - low + 1).unwrap_or(1);
    let amount = low + i64::try_from((random >> 16) % span).unwrap_or(0);
    let (status, reason) = match (random >> 40) % 100 {
        0..4 => (PurchaseStatus::Declined, Some(DeclineReason::InsufficientFunds)),
        4..8 => (PurchaseStatus::Declined, Some(DeclineReason::CardFrozen)),
        _ if last.since(at) < HOUR => (PurchaseStatus::Pending, None),
        8 => (PurchaseStatus::Reversed, None),
        _ => (PurchaseStatus::Completed, None),
    };
    let read = reason.is_none() && (random >> 50) % 4 == 0;
    Row(
        n,
        PurchaseId::new(at, chance),
        at,
        lane,
        amount,
        status,
        reason,
        read.then(|| AccessId::new(at - READ_BEFORE, chance)),
        read.then(|| IntentId::new(at - DECLARED_BEFORE, chance)),
        AuditId::new(at, chance),
    )
}

/// How long before a purchase its card was read, and its intent declared, in milliseconds.
const READ_BEFORE: i64 = 60_000;
const DECLARED_BEFORE: i64 = 120_000;

impl Templates {
    fn new(zone: Tz) -> Result<Self> {
        let case = |card_status, spending_power| -> Result<(String, String)> {
            let case = Case {
                request: Request {
                    amount: amount()?,
                    currency: Currency::USD,
                    merchant_name: MERCHANT.to_owned(),
                    merchant_category_code: CATEGORY.to_owned(),
                    at: Timestamp(MOMENT),
                },
                rules: Rules {
                    version: RULES_VERSION,
                    card_type: CardType::Multi,
                    max_amount: None,
                    layers: Vec::new(),
                    agent_limit: None,
                    zone,
                },
                state: State {
                    organisation_stopped: false,
                    user_approved: true,
                    agent_status: AgentStatus::Active,
                    card_status,
                    card_used: false,
                    spending_power,
                    agent_spent: 0,
                    card: None,
                },
            };
            Ok((
                serde_json::to_string(&case).map_err(Error::broken)?,
                serde_json::to_string(&case.decide()).map_err(Error::broken)?,
            ))
        };
        let claim = Claim {
            expected_amount: Some(amount()?),
            expected_currency: Currency::USD,
            expected_merchant: Some(MERCHANT.to_owned()),
            tolerance: Tolerance { intent: Some(0), ..Tolerance::default() },
        };
        let fact = Fact { amount: amount()?, currency: Currency::USD, merchant: MERCHANT.to_owned() };
        Ok(Self {
            approved: case(CardStatus::Active, 100_000_000_000)?,
            unfunded: case(CardStatus::Active, 0)?,
            frozen: case(CardStatus::Frozen, 100_000_000_000)?,
            verdict: serde_json::to_string(&verdict(&claim, &fact)).map_err(Error::broken)?,
        })
    }
}

fn amount() -> Result<Amount> {
    Amount::try_from(AMOUNT).map_err(Error::broken)
}

/// The lanes with what their cards say about agent and user, and room for a batch.
async fn prepare(tx: &mut Tx, grant: &Grant, lanes: &[Lane]) -> Result<()> {
    sql!(
        tx,
        execute,
        "create temp table bulk_lanes (n integer primary key, card_id text, agent_id text, user_id text, merchant text,
                                  category text, city text, country text, what text)"
    )?;
    sql!(
        tx,
        execute,
        "create temp table bulk_rows (n integer primary key, id text, at integer, lane integer, amount integer,
                                 status text, reason text, access_id text, intent_id text, audit_id text)"
    )?;
    let found = sql!(
        tx,
        execute,
        "insert into temp.bulk_lanes
         select l.key, c.id, c.agent_id, c.user_id, l.value ->> 'merchant', l.value ->> 'category', l.value ->> 'city',
                l.value ->> 'country', l.value ->> 'what'
         from json_each($3) l
         join cards c on c.organisation_id = $1 and c.environment = $2 and c.id = l.value ->> 'card'",
        grant.organisation(),
        grant.environment(),
        serde_json::to_string(lanes).map_err(Error::broken)?
    )?;
    if found == lanes.len() as u64 { Ok(()) } else { Err(Error::broken("a lane's card is not there")) }
}

async fn batch(tx: &mut Tx, grant: &Grant, templates: &Templates, rows: String, last: Timestamp) -> Result<()> {
    let (organisation, environment) = (grant.organisation(), grant.environment());
    let (kind, actor, name) = match grant.actor() {
        Actor::Key { id, name } => ("api_key", id.to_string(), name.clone()),
        _ => return Err(Error::broken("the bulk loader writes in the name of an API key")),
    };
    sql!(tx, execute, "delete from temp.bulk_rows")?;
    sql!(
        tx,
        execute,
        "insert into temp.bulk_rows
         select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
                value ->> 8, value ->> 9
         from json_each($1)",
        rows
    )?;
    sql!(
        tx,
        execute,
        "insert into purchases
             (organisation_id, environment, id, card_id, agent_id, user_id, status, declined_reason, currency, amount,
              authorized_amount, captured_amount, reversed_amount, merchant_name, merchant_category_code,
              merchant_city, merchant_country, attestation_status, access_id, intent_id, authorized_at, posted_at,
              reversed_at, updated_at)
         select $1, $2, r.id, l.card_id, l.agent_id, l.user_id, r.status, r.reason, 'USD',
                case r.status when 'reversed' then 0 else r.amount end, r.amount,
                case when r.status in ('completed', 'reversed') then r.amount else 0 end,
                case r.status when 'reversed' then r.amount else 0 end,
                l.merchant, l.category, l.city, l.country,
                case when r.access_id is null then 'unattested' else 'attested' end, r.access_id, r.intent_id, r.at,
                case when r.status in ('completed', 'reversed') then min(r.at + 1800000, $3) end,
                case r.status when 'reversed' then min(r.at + 3600000, $3) end,
                case r.status when 'completed' then min(r.at + 1800000, $3)
                              when 'reversed' then min(r.at + 3600000, $3) else r.at end
         from temp.bulk_rows r join temp.bulk_lanes l on l.n = r.lane order by r.n",
        organisation,
        environment,
        last
    )?;
    sql!(
        tx,
        execute,
        "insert into decisions (organisation_id, environment, purchase_id, version, input, decision)
         select $1, $2, r.id, $3,
                replace(replace(replace(replace(
                    case r.reason when 'insufficient_funds' then $6 when 'card_frozen' then $8 else $4 end,
                    '987654321', r.amount), '1111111111111', r.at),
                    '\"@merchant@\"', json_quote(l.merchant)), '@category@', l.category),
                replace(case r.reason when 'insufficient_funds' then $7 when 'card_frozen' then $9 else $5 end,
                    '987654321', r.amount)
         from temp.bulk_rows r join temp.bulk_lanes l on l.n = r.lane order by r.n",
        organisation,
        environment,
        i64::from(RULES_VERSION),
        &templates.approved.0,
        &templates.approved.1,
        &templates.unfunded.0,
        &templates.unfunded.1,
        &templates.frozen.0,
        &templates.frozen.1
    )?;
    sql!(
        tx,
        execute,
        "insert into intents
             (organisation_id, environment, id, card_id, agent_id, intent_id, summary, expected_amount,
              expected_currency, expected_merchant, tolerance, status, created_at, expires_at, revealed_at, ended_at,
              purchase_id, match_result)
         select $1, $2, r.intent_id, l.card_id, l.agent_id, 'past-' || r.n, l.what, r.amount, 'USD', l.merchant, 0,
                'matched', r.at - $4, r.at - $4 + 1800000, r.at - $5, r.at, r.id,
                replace(replace($3, '987654321', r.amount), '\"@merchant@\"', json_quote(l.merchant))
         from temp.bulk_rows r join temp.bulk_lanes l on l.n = r.lane where r.intent_id is not null order by r.n",
        organisation,
        environment,
        &templates.verdict,
        DECLARED_BEFORE,
        READ_BEFORE
    )?;
    sql!(
        tx,
        execute,
        "insert into accesses
             (organisation_id, environment, id, card_id, agent_id, intent_id, summary, expected_amount,
              expected_currency, merchant_text, exposure_mode, actor_kind, actor_id, actor_name, created_at,
              purchase_id, attestation_status)
         select $1, $2, r.access_id, l.card_id, l.agent_id, r.intent_id, l.what, r.amount, 'USD', l.merchant,
                'extensionOnly', $3, $4, $5, r.at - $6, r.id, 'attested'
         from temp.bulk_rows r join temp.bulk_lanes l on l.n = r.lane where r.access_id is not null order by r.n",
        organisation,
        environment,
        kind,
        &actor,
        &name,
        READ_BEFORE
    )?;
    sql!(
        tx,
        execute,
        "insert into audit
             (organisation_id, environment, id, at, actor_kind, actor_id, actor_name, action, subject_noun, subject_id,
              subject_name, outcome, after, sequence)
         select $1, $2, r.audit_id, r.at, $3, $4, $5, $6, 'transaction', r.id, l.merchant,
                case r.status when 'declined' then 'refused' else 'done' end,
                json_object('status', r.status, 'declinedReason', r.reason, 'amount', r.amount, 'currency', 'USD',
                            'cardId', l.card_id, 'agentId', l.agent_id, 'intentId', r.intent_id),
                coalesce((select last from audit_heads where organisation_id = $1), 0) + row_number() over (order by r.n)
         from temp.bulk_rows r join temp.bulk_lanes l on l.n = r.lane order by r.n",
        organisation,
        environment,
        kind,
        &actor,
        &name,
        crate::audit::Action::PurchaseDecided
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_hold_every_placeholder() {
        let templates = Templates::new(Tz::UTC).unwrap();
        let amount = AMOUNT.to_string();
        for (input, decision) in [&templates.approved, &templates.unfunded, &templates.frozen] {
            assert!(input.contains(&amount) && input.contains(&MOMENT.to_string()), "{input}");
            assert!(input.contains(&format!("\"{MERCHANT}\"")) && input.contains(CATEGORY), "{input}");
            assert!(!decision.contains(&MOMENT.to_string()), "{decision}");
        }
        assert!(templates.verdict.contains(&amount) && templates.verdict.contains(MERCHANT));
    }
}
