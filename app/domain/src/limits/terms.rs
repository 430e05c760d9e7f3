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

/// Whether `after` may let a purchase through that `before` would not.
pub fn loosens(before: &Restrictions, after: &Restrictions) -> bool {
    fn more<T: Ord + Copy>(before: Option<T>, after: Option<T>) -> bool {
        before.is_some_and(|before| after.is_none_or(|after| after > before))
    }
    let within = |inner: &[String], outer: &[String]| inner.iter().all(|one| outer.contains(one));
    let within_mccs = |inner: &[Mcc], outer: &[Mcc]| inner.iter().all(|one| outer.contains(one));
    more(before.per_purchase(), after.per_purchase())
        || more(before.limit_per_day, after.limit_per_day)
        || more(before.limit_per_month, after.limit_per_month)
        || more(before.cumulative_max, after.cumulative_max)
        || more(before.max_auth_count, after.max_auth_count)
        || before.cooldown_minutes > after.cooldown_minutes
        || before.on_drift > after.on_drift
        || (before.require_attestation == Some(true) && after.require_attestation != Some(true))
        || (before.require_approval == Some(true)
            && (after.require_approval != Some(true) || before.auto_approve_below < after.auto_approve_below))
        || before.velocity.is_some_and(|old| {
            after.velocity.is_none_or(|new| new.max_count > old.max_count || new.window_seconds != old.window_seconds)
        })
        || before.active_time.as_ref().is_some_and(|old| after.active_time.as_ref() != Some(old))
        || before
            .allowed_mccs
            .as_ref()
            .is_some_and(|old| after.allowed_mccs.as_ref().is_none_or(|new| !within_mccs(new, old)))
        || !within_mccs(&before.blocked_mccs, &after.blocked_mccs)
        || before
            .allowed_merchants
            .as_ref()
            .is_some_and(|old| after.allowed_merchants.as_ref().is_none_or(|new| !within(new, old)))
        || !within(&before.blocked_merchants, &after.blocked_merchants)
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

    #[test]
    fn whatever_may_let_more_through_loosens() {
        let tight = applied(
            Change {
                max_amount: amount(100),
                limit_per_day: amount(200),
                max_auth_count: Some(Some(3)),
                cooldown_minutes: Some(Some(5)),
                velocity: Some(Some((3, 60))),
                active_days: Some(Some(vec![1])),
                allowed_mccs: Some(Some(vec!["5814".into()])),
                blocked_merchants: Some(Some(vec!["Casino".into()])),
                on_drift: Some(Some(OnDrift::Freeze)),
                require_attestation: Some(Some(true)),
                ..Change::default()
            },
            &Terms::default(),
        );
        let loose = [
            Change { max_amount: amount(101), ..Change::default() },
            Change { limit_per_day: Some(None), ..Change::default() },
            Change { max_auth_count: Some(Some(4)), ..Change::default() },
            Change { cooldown_minutes: Some(Some(4)), ..Change::default() },
            Change { velocity: Some(Some((3, 30))), ..Change::default() },
            Change { active_days: Some(Some(vec![1, 2])), ..Change::default() },
            Change { allowed_mccs: Some(Some(vec!["5814".into(), "5815".into()])), ..Change::default() },
            Change { blocked_merchants: Some(None), ..Change::default() },
            Change { on_drift: Some(Some(OnDrift::Alert)), ..Change::default() },
            Change { require_attestation: Some(Some(false)), ..Change::default() },
        ];
        for change in loose {
            let said = format!("{change:?}");
            assert!(loosens(&tight.rules, &applied(change, &tight).rules), "{said}");
        }
        let tighter = [
            Change::default(),
            Change { max_amount: amount(99), cumulative_max: amount(500), ..Change::default() },
            Change { cooldown_minutes: Some(Some(6)), max_auth_count: Some(Some(2)), ..Change::default() },
            Change { velocity: Some(Some((2, 60))), on_drift: Some(Some(OnDrift::Decline)), ..Change::default() },
            Change { blocked_merchants: Some(Some(vec!["Casino".into(), "Bar".into()])), ..Change::default() },
        ];
        for change in tighter {
            let said = format!("{change:?}");
            assert!(!loosens(&tight.rules, &applied(change, &tight).rules), "{said}");
        }
        assert!(!loosens(&Restrictions::default(), &tight.rules));
    }
}
