//! The rules that stand for a card, each with the level that set it, and where the card is within them.
use super::super::{Answer, Call, Nothing, Table};
use domain::{
    access::Permission,
    attestations::{AttestationStatus, ExposureMode},
    cards::{self, Card},
    error::Noun,
    ids::CardId,
    limits::{
        Frequency,
        decide::Case,
        evaluate::{self, Reading},
        hours::ActiveTime,
        restrictions::{Level, OnDrift, tightest},
        standing::{self, Standing},
        terms::OnExpiry,
        window,
    },
    money::Amount,
    time::{MINUTE, Timestamp},
};
use serde::Serialize;
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.get("/v1/cards/{id}/policy", Permission::View, show)
        .answers::<Policy>("readCardPolicy", "Read the rules that stand for a card")
        .at::<CardId>("id", Noun::Card)
        .notes(
            "`rules` holds every rule that counts, with the level that set it; what stands beside it says more of some. \
             Lists and hours of several levels count together.",
        );
}

/// The rules that stand for a card, each with the level that set it, and where the card is within them.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CardPolicy)]
struct Policy {
    #[schema(pattern = "^card_policy$")]
    object: &'static str,
    card_id: CardId,
    ttl: Ttl,
    active_hours: Hours,
    limits: Vec<Limit>,
    cumulative: Cumulative,
    cooldown: Cooldown,
    auth_count: Count,
    attestation: Attested,
    merchant_drift: Drift,
    /// What counts of all that organisation, agent, policy and card set, and what the agent's limit leaves.
    rules: Vec<Standing>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CardLifetime)]
struct Ttl {
    /// From the making of the card on; null: it lives as long as its number.
    minutes: Option<i64>,
    /// Who set the minutes.
    level: Option<Level>,
    expires_at: Option<Timestamp>,
    is_expired: bool,
    on_expiry: Option<OnExpiry>,
    /// Who set that; null where nobody did.
    on_expiry_level: Option<Level>,
}

/// When the card can be charged. Where several levels say so, all must agree: what stands here is the narrowest of those
/// that keep it closed now, else the narrowest of all. `rules` holds each.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CardHours)]
struct Hours {
    level: Option<Level>,
    start: Option<u8>,
    end: Option<u8>,
    timezone: Option<&'static str>,
    active_days: Option<Vec<u8>>,
    /// Whether every level lets it be charged now.
    is_within_active_hours: bool,
}

impl Hours {
    fn of(case: &Case) -> Self {
        let now = case.request.at;
        let set =
            || case.rules.layers.iter().rev().filter_map(|layer| Some((layer.level, layer.set.active_time.as_ref()?)));
        let closed = set().find(|(_, time)| !time.contains(now));
        let shown = closed.or_else(|| set().next());
        let time: Option<&ActiveTime> = shown.map(|(_, time)| time);
        let hours = time.and_then(|time| time.hours);
        Self {
            level: shown.map(|(level, _)| level),
            start: hours.map(|(start, _)| start),
            end: hours.map(|(_, end)| end),
            timezone: time.map(|time| time.zone.name()),
            active_days: time.and_then(|time| time.days.clone()),
            is_within_active_hours: closed.is_none(),
        }
    }
}

/// One limit in money: the tightest of all levels.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CardLimit)]
pub(super) struct Limit {
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

impl Limit {
    /// Those that are set for the card of this case.
    pub(super) fn all(case: &Case) -> Vec<Self> {
        let (now, layers) = (case.request.at, &case.rules.layers);
        let card = case.state.card.as_ref();
        let (day, month) = card.map(|card| (card.spent_day, card.spent_month)).unwrap_or_default();
        let limit = |name, set: Option<(Level, Amount)>, spent: i64, resets_at| {
            set.map(|(level, amount)| Self {
                window: name,
                amount: amount.minor(),
                level,
                spent,
                remaining: (amount.minor() - spent).max(0),
                resets_at,
            })
        };
        let reset = window::next_reset(Frequency::PerMonth, now, case.rules.zone);
        let limits = [
            limit("perAuth", tightest(layers, |set| set.per_purchase()), 0, None),
            limit("perDay", tightest(layers, |set| set.limit_per_day), day, None),
            limit("perMonth", tightest(layers, |set| set.limit_per_month), month, reset),
        ];
        limits.into_iter().flatten().collect()
    }
}

impl Policy {
    fn of(set: &Card, case: &Case, reading: Reading) -> Self {
        let (now, layers) = (case.request.at, &case.rules.layers);
        let card = case.state.card.clone().unwrap_or_default();
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
                minutes: reading.lifetime.map(|(_, minutes)| minutes),
                level: reading.lifetime.map(|(level, _)| level),
                expires_at: set.ends_at,
                is_expired: set.ends_at.is_some_and(|end| end <= now),
                on_expiry: set.at_end,
                on_expiry_level: reading.at_end.filter(|_| set.at_end.is_some()).map(|(level, _)| level),
            },
            active_hours: Hours::of(case),
            limits: Limit::all(case),
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
            rules: standing::of_card(case),
        }
    }
}

async fn show(call: Call, _: Nothing) -> Answer {
    let id: CardId = call.id("id", Noun::Card)?;
    let card = cards::get(call.db(), call.grant(), &id).await?;
    call.is_about(&card.agent_id);
    let (case, reading) = evaluate::standing(call.db(), call.grant(), &id).await?;
    call.ok(&Policy::of(&card, &case, reading))
}
