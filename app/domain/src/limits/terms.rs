//! What a policy or a card sets: rules for purchases, a lifetime, and how its credentials may be read.
use super::{
    hours::ActiveTime,
    restrictions::{Mcc, OnDrift, Restrictions, Velocity},
};
use crate::{
    Result,
    attestations::ExposureMode,
    error::Refused,
    intents::matching::Fraction,
    money::Amount,
    name::Line,
    text::words,
    time::{MINUTE, Timestamp},
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

words! {
    /// What happens to a card at the end of its lifetime. Where nothing is set it is closed.
    OnExpiry {
        /// It is frozen; somebody may give it a longer life and unfreeze it.
        Freeze = "freeze",
        /// It is closed for good.
        Close = "close",
    }
}

/// The longest lifetime: 3 years, in minutes, since a card's number lives no longer.
pub const LONGEST_TTL: i64 = 3 * 365 * 24 * 60;

/// Everything that a policy or a card sets; what is not set is left to the wider level, or restricts nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Terms {
    /// The rules that decide about purchases.
    #[serde(flatten)]
    pub rules: Restrictions,
    /// The lifetime in minutes from the card's making: 1 to [`LONGEST_TTL`].
    pub ttl_minutes: Option<i64>,
    /// What happens at its end.
    pub on_expiry: Option<OnExpiry>,
    /// The merchant that is expected.
    pub merchant_hint: Option<String>,
    /// How far a purchase may be from its intent.
    pub intent_tolerance: Option<Fraction>,
    /// How credentials may be read.
    pub exposure: Option<ExposureMode>,
}

impl Terms {
    /// Terms with these rules and nothing else.
    pub fn of(rules: &Restrictions) -> Self {
        Self { rules: rules.clone(), ..Self::default() }
    }
}

/// What a caller wants to change of [`Terms`]: absent leaves a value as it is, none inside takes it away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the field of the same name in Terms, Restrictions or ActiveTime")]
pub struct Change {
    pub max_amount: Option<Option<Amount>>,
    pub limit_per_auth: Option<Option<Amount>>,
    pub limit_per_day: Option<Option<Amount>>,
    pub limit_per_month: Option<Option<Amount>>,
    pub cumulative_max: Option<Option<Amount>>,
    pub max_auth_count: Option<Option<i64>>,
    pub cooldown_minutes: Option<Option<i64>>,
    pub velocity: Option<Option<(i64, i64)>>,
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
    pub on_expiry: Option<Option<OnExpiry>>,
    pub merchant_hint: Option<Option<Line>>,
    pub intent_tolerance: Option<Option<Fraction>>,
    pub exposure: Option<Option<ExposureMode>>,
}

impl From<&Terms> for Change {
    /// The change that makes of any terms these.
    fn from(terms: &Terms) -> Self {
        let rules = &terms.rules;
        let time = rules.active_time.as_ref();
        let hours = time.and_then(|time| time.hours);
        let codes = |list: &[Mcc]| list.iter().map(|mcc| mcc.as_str().to_owned()).collect::<Vec<_>>();
        let some = |list: Vec<String>| Some(list).filter(|list| !list.is_empty());
        Self {
            max_amount: Some(rules.max_amount),
            limit_per_auth: Some(rules.limit_per_auth),
            limit_per_day: Some(rules.limit_per_day),
            limit_per_month: Some(rules.limit_per_month),
            cumulative_max: Some(rules.cumulative_max),
            max_auth_count: Some(rules.max_auth_count.map(i64::from)),
            cooldown_minutes: Some(rules.cooldown_minutes.map(i64::from)),
            velocity: Some(rules.velocity.map(|set| (set.max_count.into(), set.window_seconds.into()))),
            active_hours_start: Some(hours.map(|(start, _)| start.into())),
            active_hours_end: Some(hours.map(|(_, end)| end.into())),
            active_timezone: Some(time.map(|time| time.zone.name().to_owned())),
            active_days: Some(
                time.and_then(|time| time.days.as_ref()).map(|days| days.iter().copied().map(i64::from).collect()),
            ),
            allowed_mccs: Some(rules.allowed_mccs.as_deref().map(codes)),
            blocked_mccs: Some(some(codes(&rules.blocked_mccs))),
            allowed_merchants: Some(rules.allowed_merchants.clone()),
            blocked_merchants: Some(some(rules.blocked_merchants.clone())),
            on_drift: Some(rules.on_drift),
            require_attestation: Some(rules.require_attestation),
            require_approval: Some(rules.require_approval),
            auto_approve_below: Some(rules.auto_approve_below),
            ttl_minutes: Some(terms.ttl_minutes),
            on_expiry: Some(terms.on_expiry),
            merchant_hint: Some(terms.merchant_hint.as_ref().and_then(|hint| Line::parse(hint).ok())),
            intent_tolerance: Some(terms.intent_tolerance),
            exposure: Some(terms.exposure),
        }
    }
}

/// Takes a changed value.
fn put<T>(target: &mut Option<T>, change: Option<Option<T>>) {
    if let Some(value) = change {
        *target = value;
    }
}

/// A count that a 32-bit number holds; `refused` hears of any other.
fn count(name: &str, value: Option<i64>, refused: &mut Refused) -> Option<u32> {
    let taken = value.map(u32::try_from);
    if matches!(taken, Some(Err(_))) {
        refused.add(name, "must be a whole number from 1 to 4294967295");
    }
    taken.and_then(Result::ok)
}

fn mccs(name: &str, list: Vec<String>, refused: &mut Refused) -> Option<Vec<Mcc>> {
    let taken: Result<Vec<Mcc>, _> = list.into_iter().map(Mcc::try_from).collect();
    let mut taken = refused.take(name, taken)?;
    taken.sort_unstable();
    taken.dedup();
    Some(taken)
}

impl Change {
    /// The terms after the change, or what cannot be taken by its documented name. Hours without a zone of their own are
    /// those of `zone`.
    pub fn apply(self, before: &Terms, zone: Tz) -> Result<Terms> {
        let mut refused = Refused::default();
        let mut after = before.clone();
        let rules = &mut after.rules;
        put(&mut rules.max_amount, self.max_amount);
        put(&mut rules.limit_per_auth, self.limit_per_auth);
        put(&mut rules.limit_per_day, self.limit_per_day);
        put(&mut rules.limit_per_month, self.limit_per_month);
        put(&mut rules.cumulative_max, self.cumulative_max);
        put(&mut rules.on_drift, self.on_drift);
        put(&mut rules.require_attestation, self.require_attestation);
        put(&mut rules.require_approval, self.require_approval);
        put(&mut rules.auto_approve_below, self.auto_approve_below);
        if let Some(value) = self.max_auth_count {
            rules.max_auth_count = count("maxAuthCount", value, &mut refused);
        }
        if let Some(value) = self.cooldown_minutes {
            rules.cooldown_minutes = count("cooldownMinutes", value, &mut refused);
        }
        if let Some(value) = self.velocity {
            let max_count = count("velocity.maxCount", value.map(|(most, _)| most), &mut refused);
            let window = count("velocity.windowSeconds", value.map(|(_, window)| window), &mut refused);
            rules.velocity =
                max_count.zip(window).map(|(max_count, window_seconds)| Velocity { max_count, window_seconds });
        }
        if let Some(list) = self.allowed_mccs {
            rules.allowed_mccs = list.and_then(|list| mccs("allowedMccs", list, &mut refused));
        }
        if let Some(list) = self.blocked_mccs {
            rules.blocked_mccs = mccs("blockedMccs", list.unwrap_or_default(), &mut refused).unwrap_or_default();
        }
        put(&mut rules.allowed_merchants, self.allowed_merchants);
        if let Some(list) = self.blocked_merchants {
            rules.blocked_merchants = list.unwrap_or_default();
        }
        let touched = self.active_hours_start.is_some()
            || self.active_hours_end.is_some()
            || self.active_timezone.is_some()
            || self.active_days.is_some();
        if touched {
            let old = rules.active_time.as_ref();
            let hours = old.and_then(|time| time.hours);
            let start = self.active_hours_start.unwrap_or_else(|| hours.map(|(start, _)| start.into()));
            let end = self.active_hours_end.unwrap_or_else(|| hours.map(|(_, end)| end.into()));
            let old_days = old.and_then(|time| time.days.clone());
            let days =
                self.active_days.unwrap_or_else(|| old_days.map(|days| days.into_iter().map(i64::from).collect()));
            let old_zone = old.map(|time| time.zone.name().to_owned());
            let mut own = self.active_timezone.unwrap_or(old_zone);
            if start.is_none() && end.is_none() && days.is_none() {
                // Taking the hours away takes their zone along.
                own = None;
            }
            rules.active_time = ActiveTime::parse(start, end, days.as_deref(), own.as_deref(), zone, &mut refused);
        }
        put(&mut after.ttl_minutes, self.ttl_minutes);
        put(&mut after.on_expiry, self.on_expiry);
        put(&mut after.merchant_hint, self.merchant_hint.map(|hint| hint.map(String::from)));
        put(&mut after.intent_tolerance, self.intent_tolerance);
        put(&mut after.exposure, self.exposure);
        if after.ttl_minutes.is_some_and(|minutes| !(1..=LONGEST_TTL).contains(&minutes)) {
            refused.add("ttlMinutes", format!("must be from 1 to {LONGEST_TTL}, which is three years"));
        }
        after.rules.check(&mut refused);
        refused.or(after)
    }
}

/// The lifetime that counts for a card: its own before its policy's. What happens at its end is the card's own word, or
/// the policy's, or closing.
pub fn lifetime(created_at: Timestamp, card: &Terms, policy: Option<&Terms>) -> Option<(Timestamp, OnExpiry)> {
    let minutes = card.ttl_minutes.or_else(|| policy.and_then(|policy| policy.ttl_minutes))?;
    let what = card.on_expiry.or_else(|| policy.and_then(|policy| policy.on_expiry)).unwrap_or(OnExpiry::Close);
    Some((created_at + minutes.saturating_mul(MINUTE), what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn amount(minor: i64) -> Option<Option<Amount>> {
        Some(Some(Amount::try_from(minor).unwrap()))
    }

    fn applied(change: Change, before: &Terms) -> Terms {
        change.apply(before, Tz::Europe__Berlin).unwrap()
    }

    fn fields(change: Change) -> String {
        match change.apply(&Terms::default(), Tz::UTC) {
            Err(Error::Refused(refused)) => refused.0.into_iter().map(|(field, _)| field).collect::<Vec<_>>().join(" "),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_change_touches_what_it_names_and_nothing_clears() {
        let first = applied(
            Change {
                max_amount: amount(900),
                active_hours_start: Some(Some(9)),
                active_hours_end: Some(Some(17)),
                allowed_mccs: Some(Some(vec!["5814".into(), "5734".into(), "5814".into()])),
                ..Change::default()
            },
            &Terms::default(),
        );
        let time = first.rules.active_time.clone().unwrap();
        assert_eq!((time.hours, time.zone), (Some((9, 17)), Tz::Europe__Berlin));
        assert_eq!(first.rules.allowed_mccs.as_ref().unwrap().len(), 2, "no category stands twice");
        assert_eq!(applied(Change::default(), &first), first);
        let later = applied(Change { active_hours_end: Some(Some(18)), ..Change::default() }, &first);
        assert_eq!(later.rules.active_time.unwrap().hours, Some((9, 18)));
        let cleared = Change {
            max_amount: Some(None),
            active_hours_start: Some(None),
            active_hours_end: Some(None),
            allowed_mccs: Some(None),
            ..Change::default()
        };
        assert_eq!(applied(cleared, &first), Terms::default());
    }

    #[test]
    fn bad_values_are_refused_by_name() {
        let default = Change::default;
        assert_eq!(fields(Change { ttl_minutes: Some(Some(0)), ..default() }), "ttlMinutes");
        assert_eq!(fields(Change { max_auth_count: Some(Some(-1)), ..default() }), "maxAuthCount");
        assert_eq!(fields(Change { velocity: Some(Some((0, i64::MAX))), ..default() }), "velocity.windowSeconds");
        assert_eq!(fields(Change { allowed_mccs: Some(Some(vec!["food".into()])), ..default() }), "allowedMccs");
        assert_eq!(fields(Change { active_days: Some(Some(vec![9])), ..default() }), "activeDays");
        assert_eq!(
            fields(Change { limit_per_day: amount(9), limit_per_month: amount(8), ..default() }),
            "limitPerMonth"
        );
    }

    #[test]
    fn a_card_lives_as_long_as_it_says_or_its_policy() {
        let terms = |ttl_minutes, on_expiry| Terms { ttl_minutes, on_expiry, ..Terms::default() };
        let made = Timestamp(1_000);
        assert_eq!(lifetime(made, &terms(None, None), None), None);
        let policy = terms(Some(60), Some(OnExpiry::Freeze));
        assert_eq!(lifetime(made, &terms(None, None), Some(&policy)), Some((made + 60 * MINUTE, OnExpiry::Freeze)));
        let own = terms(Some(5), None);
        assert_eq!(lifetime(made, &own, Some(&policy)), Some((made + 5 * MINUTE, OnExpiry::Freeze)));
        assert_eq!(lifetime(made, &own, None), Some((made + 5 * MINUTE, OnExpiry::Close)));
    }
}
