//! What the rules say, without buying: a purchase that nobody makes, and the rules that stand for a card.
use super::{Answer, Call, Failure, Nothing, Table};
use domain::{
    access::Permission,
    attestations::{AttestationStatus, ExposureMode},
    cards::{self, Card},
    error::Noun,
    ids::CardId,
    limits::{
        DeclineReason, Frequency,
        decide::{Case, Decision, Evaluated, RuleName},
        evaluate::{self, Question, Reading},
        restrictions::{Level, OnDrift, tightest},
        terms::OnExpiry,
        window,
    },
    money::{Amount, Currency},
    name::{Name, Quote},
    purchases::Merchant,
    time::{MINUTE, Timestamp},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.post("/v1/spend/evaluate", Permission::View, evaluate)
        .answers::<Evaluation>("evaluateSpend", "Ask what would be decided, without buying")
        .misses(Noun::Card);
    api.get("/v1/cards/{id}/policy", Permission::View, standing)
        .answers::<Standing>("readCardPolicy", "Read the rules that stand for a card")
        .at::<CardId>("id", Noun::Card);
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Asked {
    card_id: CardId,
    amount: Amount,
    currency: Option<Currency>,
    merchant: Charging,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Charging {
    /// The name as the card network writes it.
    #[schema(value_type = Quote)]
    name: String,
    /// The category (MCC).
    #[schema(pattern = "^[0-9]{4}$")]
    category_code: String,
    #[schema(value_type = Option<Name>)]
    city: Option<String>,
    #[schema(pattern = "^[A-Z]{2}$")]
    country: Option<String>,
}

/// What would be decided, each rule's part in it, and the room that is left.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Evaluation {
    #[schema(pattern = "^spend_evaluation$")]
    object: &'static str,
    /// `approved` or `declined`.
    decision: &'static str,
    reasons: Vec<Reason>,
    rules: Vec<Evaluated>,
    rules_version: u32,
    evaluated_at: Timestamp,
    context: Context,
}

#[derive(Serialize, ToSchema)]
#[schema(as = EvaluationReason)]
struct Reason {
    code: DeclineReason,
    message: &'static str,
    rule: RuleName,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EvaluationContext)]
struct Context {
    spending_power: i64,
    agent_spent: i64,
    card_spent_day: i64,
    card_spent_month: i64,
    card_spent: i64,
}

impl Evaluation {
    fn of(case: Case, decision: Decision) -> Self {
        let card = case.state.card.unwrap_or_default();
        Self {
            object: "spend_evaluation",
            decision: if decision.approved() { "approved" } else { "declined" },
            reasons: decision
                .evaluated
                .iter()
                .filter_map(|e| e.reason.map(|code| Reason { code, message: code.plain(), rule: e.rule }))
                .collect(),
            rules: decision.evaluated,
            rules_version: decision.version,
            evaluated_at: case.request.at,
            context: Context {
                spending_power: case.state.spending_power,
                agent_spent: case.state.agent_spent,
                card_spent_day: card.spent_day,
                card_spent_month: card.spent_month,
                card_spent: card.spent,
            },
        }
    }
}

async fn evaluate(call: Call, asked: Asked) -> Answer {
    let Charging { name, category_code, city, country } = &asked.merchant;
    let question = Question {
        card_id: asked.card_id,
        amount: asked.amount,
        currency: asked.currency.unwrap_or(Currency::USD),
        merchant: Merchant::parse(name, category_code, city.as_deref(), country.as_deref()).map_err(Failure::from)?,
    };
    let (case, decision) = evaluate::evaluate(call.db(), call.grant(), &question).await?;
    call.ok(&Evaluation::of(case, decision))
}

/// The rules that stand for a card, each with the level that set it, and where the card is within them.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CardPolicy)]
struct Standing {
    #[schema(pattern = "^card_policy$")]
    object: &'static str,
    card_id: CardId,
    ttl: Ttl,
    active_hours: Vec<Hours>,
    limits: Vec<Limit>,
    cumulative: Cumulative,
    cooldown: Cooldown,
    auth_count: Count,
    attestation: Attested,
    merchant_drift: Drift,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CardLifetime)]
struct Ttl {
    expires_at: Option<Timestamp>,
    is_expired: bool,
    on_expiry: Option<OnExpiry>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CardHours)]
struct Hours {
    level: Level,
    start: Option<u8>,
    end: Option<u8>,
    timezone: &'static str,
    active_days: Option<Vec<u8>>,
    is_within_active_hours: bool,
}

/// One limit in money: the tightest of all levels.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CardLimit)]
struct Limit {
    /// `perAuth`, `perDay` or `perMonth`.
    window: &'static str,
    amount: i64,
    level: Level,
    spent: i64,
    remaining: i64,
    resets_at: Option<Timestamp>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = CardCumulative)]
struct Cumulative {
    max: Option<i64>,
    level: Option<Level>,
    spent: i64,
    remaining: Option<i64>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CardCooldown)]
struct Cooldown {
    minutes: Option<u32>,
    level: Option<Level>,
    last_transaction_at: Option<Timestamp>,
    cooldown_ends_at: Option<Timestamp>,
    is_in_cooldown: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = CardCount)]
struct Count {
    max: Option<u32>,
    level: Option<Level>,
    current: i64,
    remaining: Option<i64>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CardAttestation)]
struct Attested {
    required: bool,
    status: AttestationStatus,
    /// The part of the expected amount by which a purchase may differ from an intent that does not say.
    intent_tolerance: f64,
    intent_tolerance_level: Level,
    credential_exposure: ExposureMode,
    credential_exposure_level: Level,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CardDrift)]
struct Drift {
    action: Option<OnDrift>,
    level: Option<Level>,
    pinned_merchant: Option<String>,
}

impl Standing {
    fn of(set: &Card, case: Case, reading: Reading) -> Self {
        let (now, layers) = (case.request.at, &case.rules.layers);
        let card = case.state.card.clone().unwrap_or_default();
        let limit = |name, set: Option<(Level, Amount)>, spent: i64, resets_at| {
            set.map(|(level, amount)| Limit {
                window: name,
                amount: amount.minor(),
                level,
                spent,
                remaining: (amount.minor() - spent).max(0),
                resets_at,
            })
        };
        let month = window::next_reset(Frequency::PerMonth, now, case.rules.zone);
        let limits = [
            limit("perAuth", tightest(layers, |set| set.per_purchase()), 0, None),
            limit("perDay", tightest(layers, |set| set.limit_per_day), card.spent_day, None),
            limit("perMonth", tightest(layers, |set| set.limit_per_month), card.spent_month, month),
        ];
        let total = tightest(layers, |set| set.cumulative_max);
        let pause = tightest(layers, |set| set.cooldown_minutes.map(std::cmp::Reverse));
        let over = pause.zip(card.last_approved_at).map(|((_, minutes), last)| last + i64::from(minutes.0) * MINUTE);
        let count = tightest(layers, |set| set.max_auth_count);
        let drift = tightest(layers, |set| set.on_drift.map(std::cmp::Reverse));
        Self {
            object: "card_policy",
            card_id: set.id.clone(),
            // What people set: the printed month, which may end the card before, is the card's own.
            ttl: Ttl {
                expires_at: set.ends_at,
                is_expired: set.ends_at.is_some_and(|end| end <= now),
                on_expiry: set.at_end,
            },
            active_hours: layers
                .iter()
                .filter_map(|layer| layer.set.active_time.as_ref().map(|time| (layer.level, time)))
                .map(|(level, time)| Hours {
                    level,
                    start: time.hours.map(|(start, _)| start),
                    end: time.hours.map(|(_, end)| end),
                    timezone: time.zone.name(),
                    active_days: time.days.clone(),
                    is_within_active_hours: time.contains(now),
                })
                .collect(),
            limits: limits.into_iter().flatten().collect(),
            cumulative: Cumulative {
                max: total.map(|(_, max)| max.minor()),
                level: total.map(|(level, _)| level),
                spent: card.spent,
                remaining: total.map(|(_, max)| (max.minor() - card.spent).max(0)),
            },
            cooldown: Cooldown {
                minutes: pause.map(|(_, minutes)| minutes.0),
                level: pause.map(|(level, _)| level),
                last_transaction_at: card.last_approved_at,
                cooldown_ends_at: over,
                is_in_cooldown: over.is_some_and(|over| now < over),
            },
            auth_count: Count {
                max: count.map(|(_, max)| max),
                level: count.map(|(level, _)| level),
                current: card.approved,
                remaining: count.map(|(_, max)| (i64::from(max) - card.approved).max(0)),
            },
            attestation: Attested {
                required: layers.iter().any(|layer| layer.set.require_attestation == Some(true)),
                status: card.attestation,
                intent_tolerance: reading.tolerance.1.ratio(),
                intent_tolerance_level: reading.tolerance.0,
                credential_exposure: reading.exposure.1,
                credential_exposure_level: reading.exposure.0,
            },
            merchant_drift: Drift {
                action: drift.map(|(_, set)| set.0),
                level: drift.map(|(level, _)| level),
                pinned_merchant: card.pinned_merchant,
            },
        }
    }
}

async fn standing(call: Call, _: Nothing) -> Answer {
    let id: CardId = call.id("id", Noun::Card)?;
    let card = cards::get(call.db(), call.grant(), &id).await?;
    call.is_about(&card.agent_id);
    let (case, reading) = evaluate::standing(call.db(), call.grant(), &id).await?;
    call.ok(&Standing::of(&card, case, reading))
}
