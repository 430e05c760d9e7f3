//! The entries of rules as forms send them, turned into a change or refused in words.
use super::{
    reader::{LIFETIMES, Reader, WINDOWS, chosen, codes, lines, split},
    words,
};
use crate::problem::{Problem, Refusal};
use domain::{
    Error,
    attestations::ExposureMode,
    limits::{
        restrictions::OnDrift,
        terms::{Change, LONGEST_TTL, OnExpiry, Terms},
    },
    money::{Amount, Currency},
    name::Line,
};

/// Amounts of policies stand for those of whatever currency a card has; people write and read them with two decimals.
pub const CURRENCY: Currency = Currency::USD;

/// What is chosen where nothing is set.
pub const NONE: &str = "none";

/// Each entry by its name in the form and in the API, with the words beside it.
pub const ENTRIES: [(&str, &str, &str); 26] = [
    ("max_amount", "maxAmount", "Most per purchase"),
    ("limit_per_day", "limitPerDay", "Most in 24 hours"),
    ("limit_per_month", "limitPerMonth", "Most in a month"),
    ("cumulative_max", "cumulativeMax", "Most ever"),
    ("max_auth_count", "maxAuthCount", "Purchases ever"),
    ("cooldown_minutes", "cooldownMinutes", "Pause after a purchase"),
    ("velocity_count", "velocity.maxCount", "Purchases in a while"),
    ("velocity_window", "velocity.windowSeconds", "How long that while is"),
    ("velocity_unit", "", "Counted in"),
    ("active_hours_start", "activeHoursStart", "From"),
    ("active_hours_end", "activeHoursEnd", "Until"),
    ("active_timezone", "activeTimezone", "By the clocks of"),
    ("active_days", "activeDays", "Days"),
    ("allowed_mccs", "allowedMccs", "Only these categories"),
    ("blocked_mccs", "blockedMccs", "Never these categories"),
    ("allowed_merchants", "allowedMerchants", "Only these merchants"),
    ("blocked_merchants", "blockedMerchants", "Never these merchants"),
    ("on_drift", "onDrift", "Another merchant than the first"),
    ("require_attestation", "requireAttestation", "Details read for it"),
    ("require_approval", "requireApproval", "Approved by a person"),
    ("auto_approve_below", "autoApproveBelow", "Nobody is asked below"),
    ("lifetime", "ttlMinutes", "Lifetime"),
    ("on_expiry", "onExpiry", "At its end"),
    ("merchant_hint", "merchantHint", "Expected merchant"),
    ("tolerance", "intentTolerance", "Tolerance"),
    ("exposure", "credentialExposure", "Card details"),
];

/// The words beside an entry.
pub fn label(name: &str) -> &'static str {
    ENTRIES.iter().find(|(own, ..)| *own == name).map_or("This entry", |(_, _, label)| label)
}

/// Whose rules a form is about, which says what of the entries there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The organisation's or an agent's, for all cards: what decides about purchases.
    Level,
    /// A card's own: besides, how long it lives, where it is expected and how far a purchase may be off.
    Card,
    /// A policy's: besides, how details may be read.
    Policy,
}

impl Whose {
    /// Whether it sets more than what decides about purchases.
    pub fn lives(self) -> bool {
        self != Self::Level
    }
}

/// What a form of rules sends, and what it starts with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    pub max_amount: String,
    pub limit_per_day: String,
    pub limit_per_month: String,
    pub cumulative_max: String,
    pub max_auth_count: String,
    pub cooldown_minutes: String,
    pub velocity_count: String,
    pub velocity_window: String,
    pub velocity_unit: String,
    pub active_hours_start: String,
    pub active_hours_end: String,
    pub active_timezone: String,
    pub active_days: Vec<String>,
    pub allowed_mccs: String,
    pub blocked_mccs: String,
    pub allowed_merchants: String,
    pub blocked_merchants: String,
    pub on_drift: String,
    pub require_attestation: String,
    pub require_approval: String,
    pub auto_approve_below: String,
    /// From here on those of policies and cards only; the last is of a policy only.
    pub lifetime: String,
    pub lifetime_unit: String,
    pub on_expiry: String,
    pub merchant_hint: String,
    pub tolerance: String,
    pub exposure: String,
}

impl Sent {
    /// The entries that say what the terms say.
    pub fn of(terms: &Terms) -> Self {
        let rules = &terms.rules;
        let money = |amount: Option<Amount>| amount.map(words::plain).unwrap_or_default();
        let asked = |set: Option<bool>| if set == Some(true) { "yes" } else { NONE }.to_owned();
        let count = |count: Option<u32>| count.map(|count| count.to_string()).unwrap_or_default();
        let time = rules.active_time.as_ref();
        let hour = |hour: Option<u8>| hour.map_or_else(|| NONE.to_owned(), |hour| hour.to_string());
        let hours = time.and_then(|time| time.hours).unzip();
        let codes = |list: &[domain::limits::restrictions::Mcc]| {
            list.iter().map(|mcc| mcc.as_str()).collect::<Vec<_>>().join(", ")
        };
        let (velocity_window, velocity_unit) = match rules.velocity {
            Some(velocity) => split(velocity.window_seconds.into(), &WINDOWS),
            None => (String::new(), "hours".to_owned()),
        };
        let (lifetime, lifetime_unit) = match terms.ttl_minutes {
            Some(minutes) => split(minutes, &LIFETIMES),
            None => (String::new(), "days".to_owned()),
        };
        Self {
            max_amount: money(rules.per_purchase()),
            limit_per_day: money(rules.limit_per_day),
            limit_per_month: money(rules.limit_per_month),
            cumulative_max: money(rules.cumulative_max),
            max_auth_count: count(rules.max_auth_count),
            cooldown_minutes: count(rules.cooldown_minutes),
            velocity_count: count(rules.velocity.map(|velocity| velocity.max_count)),
            velocity_window,
            velocity_unit,
            active_hours_start: hour(hours.0),
            active_hours_end: hour(hours.1),
            active_timezone: time.map_or(NONE, |time| time.zone.name()).to_owned(),
            active_days: time
                .and_then(|time| time.days.as_ref())
                .map(|days| days.iter().map(u8::to_string).collect())
                .unwrap_or_default(),
            allowed_mccs: rules.allowed_mccs.as_deref().map(codes).unwrap_or_default(),
            blocked_mccs: codes(&rules.blocked_mccs),
            allowed_merchants: rules.allowed_merchants.as_ref().map(|list| list.join("\n")).unwrap_or_default(),
            blocked_merchants: rules.blocked_merchants.join("\n"),
            on_drift: rules.on_drift.map_or(NONE, OnDrift::as_str).to_owned(),
            require_attestation: asked(rules.require_attestation),
            require_approval: asked(rules.require_approval),
            auto_approve_below: money(rules.auto_approve_below),
            lifetime,
            lifetime_unit,
            on_expiry: terms.on_expiry.map_or(NONE, OnExpiry::as_str).to_owned(),
            merchant_hint: terms.merchant_hint.clone().unwrap_or_default(),
            tolerance: terms.intent_tolerance.map(words::percent).unwrap_or_default(),
            exposure: terms.exposure.map_or(NONE, ExposureMode::as_str).to_owned(),
        }
    }

    /// The change that puts these entries in place of everything that was set. What cannot be taken is noted in
    /// `refusal`.
    pub fn change(&self, whose: Whose, refusal: &mut Refusal) -> Change {
        let mut read = Reader(refusal);
        let max_amount = read.money("max_amount", &self.max_amount);
        let limit_per_day = read.money("limit_per_day", &self.limit_per_day);
        let limit_per_month = read.money("limit_per_month", &self.limit_per_month);
        let cumulative_max = read.money("cumulative_max", &self.cumulative_max);
        let auto_approve_below = read.money("auto_approve_below", &self.auto_approve_below);
        if auto_approve_below.is_some() && self.require_approval != "yes" {
            read.no("auto_approve_below", "needs a person who approves; choose that, or leave it empty");
        }
        read.widening(&[
            ("max_amount", max_amount),
            ("limit_per_day", limit_per_day),
            ("limit_per_month", limit_per_month),
            ("cumulative_max", cumulative_max),
        ]);
        let window = read.scaled("velocity_window", &self.velocity_window, &self.velocity_unit, &WINDOWS);
        let most = read.number("velocity_count", &self.velocity_count);
        let velocity = match (most, window) {
            (Some(most), Some(window)) => Some((most, window)),
            (None, Some(_)) if self.velocity_count.trim().is_empty() => {
                read.no("velocity_count", "must say how many, or leave the while empty as well");
                None
            }
            (Some(_), None) if self.velocity_window.trim().is_empty() => {
                read.no("velocity_window", "must say how long, or leave the number empty as well");
                None
            }
            _ => None,
        };
        let timed = [&self.active_hours_start, &self.active_hours_end].iter().any(|hour| chosen(hour).is_some())
            || !self.active_days.is_empty();
        let days = (!self.active_days.is_empty())
            .then(|| self.active_days.iter().filter_map(|day| read.number("active_days", day)).collect());
        let mut change = Change {
            max_amount: Some(max_amount),
            limit_per_auth: Some(None),
            limit_per_day: Some(limit_per_day),
            limit_per_month: Some(limit_per_month),
            cumulative_max: Some(cumulative_max),
            max_auth_count: Some(read.number("max_auth_count", &self.max_auth_count)),
            cooldown_minutes: Some(read.number("cooldown_minutes", &self.cooldown_minutes)),
            velocity: Some(velocity),
            active_hours_start: Some(
                read.number("active_hours_start", chosen(&self.active_hours_start).unwrap_or_default()),
            ),
            active_hours_end: Some(read.number("active_hours_end", chosen(&self.active_hours_end).unwrap_or_default())),
            // A zone without hours and days says nothing.
            active_timezone: Some(chosen(&self.active_timezone).filter(|_| timed).map(str::to_owned)),
            active_days: Some(days),
            allowed_mccs: Some(codes(&self.allowed_mccs)),
            blocked_mccs: Some(codes(&self.blocked_mccs)),
            allowed_merchants: Some(lines(&self.allowed_merchants)),
            blocked_merchants: Some(lines(&self.blocked_merchants)),
            on_drift: Some(read.word::<OnDrift>("on_drift", &self.on_drift)),
            require_attestation: Some((self.require_attestation == "yes").then_some(true)),
            require_approval: Some((self.require_approval == "yes").then_some(true)),
            auto_approve_below: Some(auto_approve_below),
            ..Change::default()
        };
        if whose.lives() {
            let minutes = read.scaled("lifetime", &self.lifetime, &self.lifetime_unit, &LIFETIMES);
            if minutes.is_some_and(|minutes| minutes > LONGEST_TTL) {
                read.no("lifetime", "must be at most three years");
            }
            let hint = match self.merchant_hint.trim() {
                "" => None,
                text => read.take("merchant_hint", Line::parse(text)),
            };
            change.ttl_minutes = Some(minutes);
            change.on_expiry = Some(read.word::<OnExpiry>("on_expiry", &self.on_expiry));
            change.merchant_hint = Some(hint);
            change.intent_tolerance = Some(read.percent("tolerance", &self.tolerance));
        }
        if whose == Whose::Policy {
            change.exposure = Some(read.word::<ExposureMode>("exposure", &self.exposure));
        }
        change
    }
}

/// What the house refused, by the entries of these forms and in their words.
pub fn ours(error: Error) -> Problem {
    let Error::Refused(refused) = error else { return error.into() };
    let mut refusal = Refusal::default();
    for (field, why) in refused.0 {
        let mut why = why;
        for (_, api, label) in ENTRIES.iter().filter(|(_, api, _)| !api.is_empty()) {
            why = why.replace(api, &format!("\u{201c}{label}\u{201d}"));
        }
        match ENTRIES.iter().find(|(_, api, _)| *api == field) {
            Some((name, _, label)) => refusal.add(name, format!("{label} {why}")),
            None if field == "policyId" => refusal.add("policy", why),
            None => refusal.add(&field, why),
        }
    }
    Problem::Refused(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::limits::starters::Starter;

    fn refused(sent: &Sent) -> Vec<String> {
        let mut refusal = Refusal::default();
        sent.change(Whose::Policy, &mut refusal);
        refusal.0.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn what_a_form_shows_of_a_policy_is_that_policy_when_it_is_sent_back() {
        for starter in Starter::ALL {
            let terms = starter.terms(chrono_tz::Tz::Europe__Berlin).unwrap();
            let mut refusal = Refusal::default();
            let again =
                Sent::of(&terms).change(Whose::Policy, &mut refusal).apply(&Terms::default(), chrono_tz::Tz::UTC);
            assert_eq!((again.unwrap(), refusal.0), (terms, vec![]), "{starter}");
        }
    }

    #[test]
    fn each_entry_that_cannot_be_taken_is_named() {
        let sent = || Sent { velocity_unit: "hours".into(), lifetime_unit: "days".into(), ..Sent::default() };
        assert!(refused(&sent()).is_empty(), "nothing set is a policy too");
        for (sent, name) in [
            (Sent { max_amount: "much".into(), ..sent() }, "max_amount"),
            (Sent { max_amount: "5".into(), limit_per_month: "4.99".into(), ..sent() }, "limit_per_month"),
            (Sent { velocity_count: "5".into(), ..sent() }, "velocity_window"),
            (Sent { velocity_window: "5".into(), ..sent() }, "velocity_count"),
            (Sent { velocity_window: "0".into(), velocity_count: "1".into(), ..sent() }, "velocity_window"),
            (Sent { lifetime: "1096".into(), ..sent() }, "lifetime"),
            (Sent { lifetime: "1".into(), lifetime_unit: "years".into(), ..sent() }, "lifetime"),
            (Sent { tolerance: "100.01".into(), ..sent() }, "tolerance"),
            (Sent { tolerance: "-1".into(), ..sent() }, "tolerance"),
            (Sent { tolerance: "1.234".into(), ..sent() }, "tolerance"),
            (Sent { exposure: "loud".into(), ..sent() }, "exposure"),
            (Sent { active_days: vec!["Monday".into()], ..sent() }, "active_days"),
            (Sent { max_auth_count: "-1".into(), ..sent() }, "max_auth_count"),
        ] {
            assert_eq!(refused(&sent), [name], "{sent:?}");
        }
    }

    #[test]
    fn the_house_speaks_of_the_entries_by_their_labels() {
        let change = Change { active_hours_start: Some(Some(9)), velocity: Some(Some((0, 60))), ..Change::default() };
        let error = change.apply(&Terms::default(), chrono_tz::Tz::UTC).unwrap_err();
        let Problem::Refused(refusal) = ours(error) else { panic!("refused") };
        let said: Vec<(&str, &str)> = refusal.0.iter().map(|(name, why)| (&**name, &**why)).collect();
        assert_eq!(
            said,
            [
                ("active_hours_end", "Until is required with \u{201c}From\u{201d}"),
                ("velocity_count", "Purchases in a while must be at least 1"),
            ]
        );
    }
}
