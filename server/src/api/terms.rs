//! What a policy or a card sets, as bodies write it.
use super::{Failure, json::present};
use domain::{intents::matching::Fraction, limits::terms::Change, money::Amount};
use serde::Deserialize;
use utoipa::ToSchema;

mod shown;

pub(super) use shown::{Flat, Grouped};

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

/// A body with the fields of [`Change`] besides its own: a field that is absent changes nothing, `null` clears. Each of
/// them is named here once; those that a change knows under the same name and type come first.
macro_rules! body_with_terms {
    (@$what:ident { $($own:tt)* }) => {
        body_with_terms! {
            @$what { $($own)* }
            same {
                max_amount: [domain::money::Amount],
                cumulative_max: [domain::money::Amount],
                #[schema(minimum = 1, maximum = 4_294_967_295u32)]
                max_auth_count: [i64],
                #[schema(minimum = 1, maximum = 44_640)]
                cooldown_minutes: [i64],
                #[schema(minimum = 0, maximum = 23)]
                active_hours_start: [i64],
                #[schema(minimum = 0, maximum = 23)]
                active_hours_end: [i64],
                active_timezone: [String],
                active_days: [Vec<i64>],
                #[schema(value_type = Option<Vec<domain::limits::restrictions::Mcc>>)]
                allowed_mccs: [Vec<String>],
                #[schema(value_type = Option<Vec<domain::limits::restrictions::Mcc>>)]
                blocked_mccs: [Vec<String>],
                allowed_merchants: [Vec<String>],
                blocked_merchants: [Vec<String>],
                on_drift: [domain::limits::restrictions::OnDrift],
                require_attestation: [bool],
                require_approval: [bool],
                auto_approve_below: [domain::money::Amount],
                on_expiry: [domain::limits::terms::OnExpiry],
                merchant_hint: [domain::name::Line],
            }
            other {
                limit_per_auth: [domain::money::Amount],
                limit_per_day: [domain::money::Amount],
                limit_per_month: [domain::money::Amount],
                limits: [crate::api::terms::Limits],
                velocity: [crate::api::terms::Pace],
                #[schema(minimum = 1, maximum = 1_576_800)]
                ttl_minutes: [i64],
                #[schema(minimum = 1, maximum = 1_095)]
                ttl_days: [i64],
                #[schema(minimum = 0, maximum = 1)]
                intent_tolerance: [f64],
                credential_exposure: [domain::attestations::ExposureMode],
            }
        }
    };
    (
        @body { $(#[$meta:meta])* struct $name:ident { $($(#[$fmeta:meta])* $field:ident: $type:ty,)* } }
        same { $($(#[$($smeta:tt)*])* $same:ident: [$($stype:tt)*],)* }
        other { $($(#[$($ometa:tt)*])* $other:ident: [$($otype:tt)*],)* }
    ) => {
        $(#[$meta])*
        #[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "camelCase")]
        struct $name {
            $($(#[$fmeta])* $field: $type,)*
            $(
                #[serde(default, deserialize_with = "crate::api::json::present")]
                $(#[$($smeta)*])*
                $same: Option<Option<$($stype)*>>,
            )*
            $(
                #[serde(default, deserialize_with = "crate::api::json::present")]
                $(#[$($ometa)*])*
                $other: Option<Option<$($otype)*>>,
            )*
        }

        impl $name {
            /// What the body changes, taken out of it.
            fn change(&mut self) -> Result<domain::limits::terms::Change, crate::api::Failure> {
                let other = crate::api::terms::Other { $($other: self.$other.take(),)* };
                Ok(domain::limits::terms::Change { $($same: self.$same.take(),)* ..other.change()? })
            }
        }
    };
    (
        @other {}
        same { $($same:tt)* }
        other { $($(#[$($meta:tt)*])* $field:ident: [$($type:tt)*],)* }
    ) => {
        /// What a body writes otherwise than a change has it.
        #[derive(Debug)]
        pub(super) struct Other {
            $(pub $field: Option<Option<$($type)*>>,)*
        }
    };
    ($($own:tt)*) => {
        body_with_terms! { @body { $($own)* } }
    };
}
pub(super) use body_with_terms;

body_with_terms! { @other {} }

impl Other {
    /// What of a change they make; of two ways to say one thing only one may be used.
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
            limit_per_auth: either("limits.perAuth", "limitPerAuth", limits.per_auth, self.limit_per_auth)?,
            limit_per_day: either("limits.perDay", "limitPerDay", limits.per_day, self.limit_per_day)?,
            limit_per_month: either("limits.perMonth", "limitPerMonth", limits.per_month, self.limit_per_month)?,
            velocity: self.velocity.map(|pace| pace.map(|pace| (pace.max_count, pace.window_seconds))),
            ttl_minutes: either("ttlDays", "ttlMinutes", days, self.ttl_minutes)?,
            intent_tolerance: tolerance,
            exposure: self.credential_exposure,
            ..Change::default()
        })
    }
}

/// A card's limits under the names of the quick start: `maxAmount`, and `limits.perDay` and `limits.perMonth`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = QuickStartPolicy)]
pub(super) struct QuickStart {
    #[serde(default, deserialize_with = "present")]
    max_amount: Option<Option<Amount>>,
    #[serde(default, deserialize_with = "present")]
    daily_limit: Option<Option<Amount>>,
    #[serde(default, deserialize_with = "present")]
    monthly_limit: Option<Option<Amount>>,
}

impl QuickStart {
    /// What the body changes, with what it says in this way; in another it must not say it as well. As with `limits`,
    /// `null` in its place clears all three.
    pub(super) fn beside(said: Option<Option<Self>>, set: Change) -> Result<Change, Failure> {
        let Self { max_amount, daily_limit, monthly_limit } = match said {
            None => return Ok(set),
            Some(None) => Self { max_amount: Some(None), daily_limit: Some(None), monthly_limit: Some(None) },
            Some(Some(said)) => said,
        };
        Ok(Change {
            max_amount: either("policy.maxAmount", "maxAmount", max_amount, set.max_amount)?,
            limit_per_day: either("policy.dailyLimit", "limits.perDay", daily_limit, set.limit_per_day)?,
            limit_per_month: either("policy.monthlyLimit", "limits.perMonth", monthly_limit, set.limit_per_month)?,
            ..set
        })
    }
}

fn either<T>(one: &str, other: &str, first: Option<T>, second: Option<T>) -> Result<Option<T>, Failure> {
    match (first, second) {
        (Some(_), Some(_)) => Err(Failure::value(one, &format!("must not stand beside {other}, which says the same"))),
        (first, second) => Ok(first.or(second)),
    }
}
