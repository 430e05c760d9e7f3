//! What a policy or a card sets, as bodies write it and replies show it.
use super::{Failure, json::present};
use domain::{
    attestations::ExposureMode,
    intents::matching::Fraction,
    limits::{
        restrictions::{OnDrift, Restrictions, Velocity},
        terms::{Change, OnExpiry, Terms},
    },
    money::Amount,
    name::Line,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The documented limits of a card, one inside another.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Limits)]
pub(super) struct Limits {
    #[serde(default, deserialize_with = "present")]
    pub per_auth: Option<Option<Amount>>,
    #[serde(default, deserialize_with = "present")]
    pub per_day: Option<Option<Amount>>,
    #[serde(default, deserialize_with = "present")]
    pub per_month: Option<Option<Amount>>,
}

/// So many purchases in so many seconds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Pace)]
pub(super) struct Pace {
    #[schema(minimum = 1, maximum = 4_294_967_295u32)]
    pub max_count: i64,
    /// 31 days at most.
    #[schema(minimum = 1, maximum = 2_678_400)]
    pub window_seconds: i64,
}

/// A body with the fields of [`Change`] besides its own: a field that is absent changes nothing, `null` clears.
macro_rules! body_with_terms {
    ($(#[$meta:meta])* struct $name:ident { $($(#[$fmeta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "camelCase")]
        struct $name {
            $($(#[$fmeta])* $field: $type,)*
            #[serde(default, deserialize_with = "crate::api::json::present")]
            max_amount: Option<Option<domain::money::Amount>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            limit_per_auth: Option<Option<domain::money::Amount>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            limit_per_day: Option<Option<domain::money::Amount>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            limit_per_month: Option<Option<domain::money::Amount>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            limits: Option<Option<crate::api::terms::Limits>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            cumulative_max: Option<Option<domain::money::Amount>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            #[schema(minimum = 1, maximum = 4_294_967_295u32)]
            max_auth_count: Option<Option<i64>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            #[schema(minimum = 1, maximum = 44_640)]
            cooldown_minutes: Option<Option<i64>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            velocity: Option<Option<crate::api::terms::Pace>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            #[schema(minimum = 0, maximum = 23)]
            active_hours_start: Option<Option<i64>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            #[schema(minimum = 0, maximum = 23)]
            active_hours_end: Option<Option<i64>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            active_timezone: Option<Option<String>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            active_days: Option<Option<Vec<i64>>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            #[schema(value_type = Option<Vec<domain::limits::restrictions::Mcc>>)]
            allowed_mccs: Option<Option<Vec<String>>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            #[schema(value_type = Option<Vec<domain::limits::restrictions::Mcc>>)]
            blocked_mccs: Option<Option<Vec<String>>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            allowed_merchants: Option<Option<Vec<String>>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            blocked_merchants: Option<Option<Vec<String>>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            on_drift: Option<Option<domain::limits::restrictions::OnDrift>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            require_attestation: Option<Option<bool>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            require_approval: Option<Option<bool>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            auto_approve_below: Option<Option<domain::money::Amount>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            #[schema(minimum = 1, maximum = 1_576_800)]
            ttl_minutes: Option<Option<i64>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            #[schema(minimum = 1, maximum = 1_095)]
            ttl_days: Option<Option<i64>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            on_expiry: Option<Option<domain::limits::terms::OnExpiry>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            merchant_hint: Option<Option<domain::name::Line>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            #[schema(minimum = 0, maximum = 1)]
            intent_tolerance: Option<Option<f64>>,
            #[serde(default, deserialize_with = "crate::api::json::present")]
            credential_exposure: Option<Option<domain::attestations::ExposureMode>>,
        }

        impl $name {
            /// What the body changes, taken out of it.
            fn change(&mut self) -> Result<domain::limits::terms::Change, crate::api::Failure> {
                crate::api::terms::Fields {
                    max_amount: self.max_amount.take(),
                    limit_per_auth: self.limit_per_auth.take(),
                    limit_per_day: self.limit_per_day.take(),
                    limit_per_month: self.limit_per_month.take(),
                    limits: self.limits.take(),
                    cumulative_max: self.cumulative_max.take(),
                    max_auth_count: self.max_auth_count.take(),
                    cooldown_minutes: self.cooldown_minutes.take(),
                    velocity: self.velocity.take(),
                    active_hours_start: self.active_hours_start.take(),
                    active_hours_end: self.active_hours_end.take(),
                    active_timezone: self.active_timezone.take(),
                    active_days: self.active_days.take(),
                    allowed_mccs: self.allowed_mccs.take(),
                    blocked_mccs: self.blocked_mccs.take(),
                    allowed_merchants: self.allowed_merchants.take(),
                    blocked_merchants: self.blocked_merchants.take(),
                    on_drift: self.on_drift.take(),
                    require_attestation: self.require_attestation.take(),
                    require_approval: self.require_approval.take(),
                    auto_approve_below: self.auto_approve_below.take(),
                    ttl_minutes: self.ttl_minutes.take(),
                    ttl_days: self.ttl_days.take(),
                    on_expiry: self.on_expiry.take(),
                    merchant_hint: self.merchant_hint.take(),
                    intent_tolerance: self.intent_tolerance.take(),
                    credential_exposure: self.credential_exposure.take(),
                }
                .change()
            }
        }
    };
}
pub(super) use body_with_terms;

/// The fields of [`body_with_terms`] as they were written.
#[derive(Debug)]
pub(super) struct Fields {
    pub max_amount: Option<Option<Amount>>,
    pub limit_per_auth: Option<Option<Amount>>,
    pub limit_per_day: Option<Option<Amount>>,
    pub limit_per_month: Option<Option<Amount>>,
    pub limits: Option<Option<Limits>>,
    pub cumulative_max: Option<Option<Amount>>,
    pub max_auth_count: Option<Option<i64>>,
    pub cooldown_minutes: Option<Option<i64>>,
    pub velocity: Option<Option<Pace>>,
    pub active_hours_start: Option<Option<i64>>,
    pub active_hours_end: Option<Option<i64>>,
    pub active_timezone: Option<Option<String>>,
    pub active_days: Option<Option<Vec<i64>>>,
    pub allowed_mccs: Option<Option<Vec<String>>>,
    pub blocked_mccs: Option<Option<Vec<String>>>,
    pub allowed_merchants: Option<Option<Vec<String>>>,
    pub blocked_merchants: Option<Option<Vec<String>>>,
    pub on_drift: Option<Option<OnDrift>>,
    pub require_attestation: Option<Option<bool>>,
    pub require_approval: Option<Option<bool>>,
    pub auto_approve_below: Option<Option<Amount>>,
    pub ttl_minutes: Option<Option<i64>>,
    pub ttl_days: Option<Option<i64>>,
    pub on_expiry: Option<Option<OnExpiry>>,
    pub merchant_hint: Option<Option<Line>>,
    pub intent_tolerance: Option<Option<f64>>,
    pub credential_exposure: Option<Option<ExposureMode>>,
}

impl Fields {
    /// What the fields change; of two ways to say one thing only one may be used.
    pub(super) fn change(self) -> Result<Change, Failure> {
        const DAY: i64 = 24 * 60;
        let limits = match self.limits {
            None => Limits { per_auth: None, per_day: None, per_month: None },
            // All three are cleared.
            Some(None) => Limits { per_auth: Some(None), per_day: Some(None), per_month: Some(None) },
            Some(Some(limits)) => limits,
        };
        let days = self.ttl_days.map(|days| days.map(|days| days.saturating_mul(DAY)));
        let tolerance = match self.intent_tolerance {
            Some(Some(ratio)) => {
                let taken = Fraction::from_ratio(ratio);
                Some(Some(taken.map_err(|why| Failure::value("intentTolerance", &why.to_string()))?))
            }
            Some(None) => Some(None),
            None => None,
        };
        Ok(Change {
            max_amount: self.max_amount,
            limit_per_auth: either("limits.perAuth", "limitPerAuth", limits.per_auth, self.limit_per_auth)?,
            limit_per_day: either("limits.perDay", "limitPerDay", limits.per_day, self.limit_per_day)?,
            limit_per_month: either("limits.perMonth", "limitPerMonth", limits.per_month, self.limit_per_month)?,
            cumulative_max: self.cumulative_max,
            max_auth_count: self.max_auth_count,
            cooldown_minutes: self.cooldown_minutes,
            velocity: self.velocity.map(|pace| pace.map(|pace| (pace.max_count, pace.window_seconds))),
            active_hours_start: self.active_hours_start,
            active_hours_end: self.active_hours_end,
            active_timezone: self.active_timezone,
            active_days: self.active_days,
            allowed_mccs: self.allowed_mccs,
            blocked_mccs: self.blocked_mccs,
            allowed_merchants: self.allowed_merchants,
            blocked_merchants: self.blocked_merchants,
            on_drift: self.on_drift,
            require_attestation: self.require_attestation,
            require_approval: self.require_approval,
            auto_approve_below: self.auto_approve_below,
            ttl_minutes: either("ttlDays", "ttlMinutes", days, self.ttl_minutes)?,
            on_expiry: self.on_expiry,
            merchant_hint: self.merchant_hint,
            intent_tolerance: tolerance,
            exposure: self.credential_exposure,
        })
    }
}

fn either<T>(one: &str, other: &str, first: Option<T>, second: Option<T>) -> Result<Option<T>, Failure> {
    match (first, second) {
        (Some(_), Some(_)) => Err(Failure::value(one, &format!("must not stand beside {other}, which says the same"))),
        (first, second) => Ok(first.or(second)),
    }
}

/// What is set, in the groups that the documents show.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SetRules)]
pub(super) struct Grouped {
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
pub(super) struct Flat {
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
