//! Policies to start from. What they set is proposed in a form and becomes a policy of its own: nothing hangs on a
//! starter afterwards.
use super::{
    restrictions::OnDrift,
    terms::{Change, OnExpiry, Terms},
};
use crate::{Result, attestations::ExposureMode, intents::matching::Fraction, money::Amount, text::words};
use chrono_tz::Tz;

words! {
    /// What a starter is for.
    Starter {
        /// Software that is paid for every month.
        Software = "software",
        /// Getting somewhere and staying there.
        Travel = "travel",
        /// One small purchase, and the card is gone.
        OneSmall = "one-small",
        /// Paper, pens and furniture.
        Office = "office",
        /// Campaigns with a budget for the day.
        Advertising = "advertising",
        /// Anything but what turns into cash.
        NoCash = "no-cash",
    }
}

const DAY_MINUTES: i64 = 24 * 60;

/// Codes as a [`Change`] takes them.
fn mccs(codes: &[&str]) -> Option<Option<Vec<String>>> {
    Some(Some(codes.iter().map(|code| (*code).to_owned()).collect()))
}

impl Starter {
    /// The name that its policy is proposed to have.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Software => "Software subscriptions",
            Self::Travel => "Travel",
            Self::OneSmall => "One purchase under 50",
            Self::Office => "Office supplies",
            Self::Advertising => "Advertising",
            Self::NoCash => "No cash and no betting",
        }
    }

    /// What it is for, in a line.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Software => "Software, hosting and online services, with one merchant for each card.",
            Self::Travel => {
                "Trains, flights, hotels and taxis. Large chains have codes of their own: add those you use."
            }
            Self::OneSmall => "A single purchase up to 50.00 within a day, declared and attested first.",
            Self::Office => "Paper, pens and furniture, on working days.",
            Self::Advertising => "Advertising services with a budget for the day and the month.",
            Self::NoCash => "Any merchant but banks, exchanges, money transfers and casinos.",
        }
    }

    /// What it sets; its hours are those of `zone`.
    ///
    /// # Errors
    /// None that its own values cause.
    pub fn terms(self, zone: Tz) -> Result<Terms> {
        let money =
            |minor: i64| Ok::<_, crate::Error>(Some(Some(Amount::try_from(minor).map_err(crate::Error::broken)?)));
        let change = match self {
            Self::Software => Change {
                max_amount: money(20_000)?,
                limit_per_month: money(50_000)?,
                allowed_mccs: mccs(&["4816", "5734", "5817", "5818", "5968", "7372", "7379"]),
                on_drift: Some(Some(OnDrift::Decline)),
                ..Change::default()
            },
            Self::Travel => Change {
                max_amount: money(150_000)?,
                limit_per_day: money(250_000)?,
                limit_per_month: money(500_000)?,
                allowed_mccs: mccs(&["4111", "4112", "4121", "4131", "4511", "4582", "4722", "4784", "7011", "7512"]),
                ..Change::default()
            },
            Self::OneSmall => Change {
                max_amount: money(5_000)?,
                max_auth_count: Some(Some(1)),
                require_attestation: Some(Some(true)),
                exposure: Some(Some(ExposureMode::ExtensionOnly)),
                intent_tolerance: Some(Some(Fraction::FIVE_PERCENT)),
                ttl_minutes: Some(Some(DAY_MINUTES)),
                on_expiry: Some(Some(OnExpiry::Close)),
                ..Change::default()
            },
            Self::Office => Change {
                max_amount: money(25_000)?,
                limit_per_month: money(100_000)?,
                active_hours_start: Some(Some(7)),
                active_hours_end: Some(Some(19)),
                active_days: Some(Some((1..=5).collect())),
                allowed_mccs: mccs(&["5021", "5044", "5111", "5943"]),
                ..Change::default()
            },
            Self::Advertising => Change {
                limit_per_day: money(30_000)?,
                limit_per_month: money(300_000)?,
                allowed_mccs: mccs(&["7311"]),
                on_drift: Some(Some(OnDrift::Alert)),
                ..Change::default()
            },
            Self::NoCash => Change {
                blocked_mccs: mccs(&["4829", "6010", "6011", "6051", "6211", "6540", "7995"]),
                ..Change::default()
            },
        };
        change.apply(&Terms::default(), zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        limits::mcc,
        name::{Line, Name},
    };

    #[test]
    fn every_starter_is_a_policy_with_names_for_all_it_speaks_of() {
        for starter in Starter::ALL {
            let terms = starter.terms(Tz::Europe__Berlin).unwrap_or_else(|error| panic!("{starter}: {error}"));
            assert_ne!(terms, Terms::default(), "{starter} sets something");
            assert!(Name::parse(starter.title()).is_ok() && Line::parse(starter.about()).is_ok(), "{starter}");
            let rules = &terms.rules;
            for code in rules.allowed_mccs.iter().flatten().chain(&rules.blocked_mccs) {
                assert!(mcc::name(code).is_some(), "{starter}: {}", code.as_str());
            }
        }
    }

    #[test]
    fn a_small_purchase_is_one_of_at_most_fifty() {
        let rules = Starter::OneSmall.terms(Tz::UTC).unwrap().rules;
        assert_eq!((rules.per_purchase().map(Amount::minor), rules.max_auth_count), (Some(5_000), Some(1)));
    }
}
