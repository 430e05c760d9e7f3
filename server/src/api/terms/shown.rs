//! What a policy or a card sets, as replies show it.
use domain::{
    attestations::ExposureMode,
    intents::matching::Fraction,
    limits::{
        restrictions::{OnDrift, Restrictions, Velocity},
        terms::{OnExpiry, Terms},
    },
    money::Amount,
};
use serde::Serialize;
use utoipa::ToSchema;

/// What is set, in the groups that the documents show.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SetRules)]
pub(in crate::api) struct Grouped {
    time_restrictions: Time,
    spending_restrictions: Spending,
    merchant_restrictions: Merchants,
    attestation: Attestation,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SetTime)]
struct Time {
    ttl_minutes: Option<i64>,
    on_expiry: Option<OnExpiry>,
    active_hours_start: Option<u8>,
    active_hours_end: Option<u8>,
    active_timezone: Option<&'static str>,
    active_days: Option<Vec<u8>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SetSpending)]
struct Spending {
    max_amount: Option<Amount>,
    limit_per_auth: Option<Amount>,
    limit_per_day: Option<Amount>,
    limit_per_month: Option<Amount>,
    cumulative_max: Option<Amount>,
    max_auth_count: Option<u32>,
    cooldown_minutes: Option<u32>,
    velocity: Option<Velocity>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SetMerchants)]
struct Merchants {
    allowed_mccs: Option<Vec<String>>,
    blocked_mccs: Vec<String>,
    allowed_merchants: Option<Vec<String>>,
    blocked_merchants: Vec<String>,
    merchant_hint: Option<String>,
    on_drift: Option<OnDrift>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SetAttestation)]
struct Attestation {
    require_attestation: Option<bool>,
    require_approval: Option<bool>,
    auto_approve_below: Option<Amount>,
    intent_tolerance: Option<f64>,
    credential_exposure: Option<ExposureMode>,
}

impl From<Terms> for Grouped {
    fn from(terms: Terms) -> Self {
        let Restrictions {
            max_amount,
            limit_per_auth,
            limit_per_day,
            limit_per_month,
            cumulative_max,
            max_auth_count,
            cooldown_minutes,
            velocity,
            active_time,
            allowed_mccs,
            blocked_mccs,
            allowed_merchants,
            blocked_merchants,
            on_drift,
            require_attestation,
            require_approval,
            auto_approve_below,
        } = terms.rules;
        let hours = active_time.as_ref().and_then(|time| time.hours);
        Self {
            time_restrictions: Time {
                ttl_minutes: terms.ttl_minutes,
                on_expiry: terms.on_expiry,
                active_hours_start: hours.map(|(start, _)| start),
                active_hours_end: hours.map(|(_, end)| end),
                active_timezone: active_time.as_ref().map(|time| time.zone.name()),
                active_days: active_time.and_then(|time| time.days),
            },
            spending_restrictions: Spending {
                max_amount,
                limit_per_auth,
                limit_per_day,
                limit_per_month,
                cumulative_max,
                max_auth_count,
                cooldown_minutes,
                velocity,
            },
            merchant_restrictions: Merchants {
                allowed_mccs: allowed_mccs.map(|list| list.into_iter().map(String::from).collect()),
                blocked_mccs: blocked_mccs.into_iter().map(String::from).collect(),
                allowed_merchants,
                blocked_merchants,
                merchant_hint: terms.merchant_hint,
                on_drift,
            },
            attestation: Attestation {
                require_attestation,
                require_approval,
                auto_approve_below,
                intent_tolerance: terms.intent_tolerance.map(Fraction::ratio),
                credential_exposure: terms.exposure,
            },
        }
    }
}

/// What a card itself sets, beside its most for one purchase: each field as the body that makes a card names it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CardRules)]
pub(in crate::api) struct Flat {
    limits: PerTime,
    cumulative_max: Option<Amount>,
    max_auth_count: Option<u32>,
    cooldown_minutes: Option<u32>,
    velocity: Option<Velocity>,
    active_hours_start: Option<u8>,
    active_hours_end: Option<u8>,
    active_timezone: Option<&'static str>,
    active_days: Option<Vec<u8>>,
    allowed_mccs: Option<Vec<String>>,
    blocked_mccs: Vec<String>,
    allowed_merchants: Option<Vec<String>>,
    blocked_merchants: Vec<String>,
    on_drift: Option<OnDrift>,
    require_attestation: Option<bool>,
    require_approval: bool,
    auto_approve_below: Option<Amount>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CardLimits)]
struct PerTime {
    per_auth: Option<Amount>,
    per_day: Option<Amount>,
    per_month: Option<Amount>,
}

impl From<Restrictions> for Flat {
    fn from(rules: Restrictions) -> Self {
        let hours = rules.active_time.as_ref().and_then(|time| time.hours);
        Self {
            limits: PerTime {
                per_auth: rules.limit_per_auth,
                per_day: rules.limit_per_day,
                per_month: rules.limit_per_month,
            },
            cumulative_max: rules.cumulative_max,
            max_auth_count: rules.max_auth_count,
            cooldown_minutes: rules.cooldown_minutes,
            velocity: rules.velocity,
            active_hours_start: hours.map(|(start, _)| start),
            active_hours_end: hours.map(|(_, end)| end),
            active_timezone: rules.active_time.as_ref().map(|time| time.zone.name()),
            active_days: rules.active_time.and_then(|time| time.days),
            allowed_mccs: rules.allowed_mccs.map(|list| list.into_iter().map(String::from).collect()),
            blocked_mccs: rules.blocked_mccs.into_iter().map(String::from).collect(),
            allowed_merchants: rules.allowed_merchants,
            blocked_merchants: rules.blocked_merchants,
            on_drift: rules.on_drift,
            require_attestation: rules.require_attestation,
            require_approval: rules.require_approval == Some(true),
            auto_approve_below: rules.auto_approve_below,
        }
    }
}
