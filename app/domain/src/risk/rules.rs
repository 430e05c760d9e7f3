//! What the seven rules see in a purchase: pure, total, and the same for the same input.
//!
//! A declined purchase bought nothing, so that six of the rules look at approved ones only. The cooldown is the
//! other way round: breaking it declines, and what is told is that it was tried.
use super::{
    Evidence, Reaction, Rule,
    configuration::{Configuration, Number, Setting},
};
use crate::{
    attestations::AttestationStatus,
    cards::CardType,
    ids::PurchaseId,
    intents::matching::{MatchResult, same_merchant},
    money::Amount,
    time::{DAY, MINUTE, Timestamp},
};

/// Below so many purchases there is no usual to compare with.
pub const LEAST_BASELINE: i64 = 5;
const MINUTES_A_DAY: i64 = DAY / MINUTE;

/// The purchase as it was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// When.
    pub at: Timestamp,
    /// The amount that was asked for.
    pub amount: Amount,
    /// The merchant as the card network writes it.
    pub merchant: String,
    /// How often the card can be charged.
    pub card_type: CardType,
    /// Whether it goes through.
    pub approved: bool,
    /// How well it is attested.
    pub attestation: AttestationStatus,
    /// The verdict on the intent that it ended, if it ended one.
    pub verdict: Option<MatchResult>,
    /// Where the pause of the card was not over: how long it had been, and how long it is, in milliseconds.
    pub too_soon: Option<(i64, i64)>,
}

/// Approved purchases of the same agent and amount at one merchant, shortly before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// The id of the latest.
    pub id: PurchaseId,
    /// When that was.
    pub at: Timestamp,
    /// The merchant.
    pub merchant: String,
    /// How many there were.
    pub count: i64,
}

/// What the agent did on whole days before today.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Spent, in minor units, less what was given back.
    pub spent: i64,
    /// In how many purchases.
    pub purchases: i64,
    /// Over how many days: from its first purchase in that time to yesterday.
    pub days: i64,
}

/// What is true of the agent and the card. What no enabled rule asks for may be left at nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Purchases of this amount within the window of [`Rule::DuplicateDetection`], by merchant, the latest first.
    pub alike: Vec<Earlier>,
    /// The agent's approved purchases of the last 60 minutes, this one included.
    pub in_hour: i64,
    /// The same of the last 24 hours.
    pub in_day: i64,
    /// What the agent spent in the window of [`Rule::SpendSpike`], this purchase included, in minor units.
    pub in_window: i64,
    /// What it is compared with.
    pub baseline: Baseline,
    /// The card's first merchant and the one that it expects, where there are such.
    pub expected: Vec<String>,
}

/// A rule that fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fired {
    /// What it asks for.
    pub action: Reaction,
    /// Whether it only tells.
    pub dry_run: bool,
    /// What it saw.
    pub evidence: Evidence,
}

/// What the rules that are enabled see, in their order.
pub fn look(configuration: &Configuration, seen: &Seen, state: &State) -> Vec<Fired> {
    let fired = |rule: &Rule| {
        let setting = configuration.rule(*rule);
        let evidence = if setting.enabled { ask(*rule, &setting, seen, state) } else { None }?;
        Some(Fired { action: setting.action, dry_run: configuration.dry_run || setting.dry_run, evidence })
    };
    Rule::ALL.iter().filter_map(fired).collect()
}

fn ask(rule: Rule, setting: &Setting, seen: &Seen, state: &State) -> Option<Evidence> {
    if rule == Rule::CooldownViolation {
        return seen.too_soon.map(|(waited_ms, pause_ms)| Evidence::CooldownViolation { waited_ms, pause_ms });
    }
    if !seen.approved {
        return None;
    }
    match rule {
        Rule::DuplicateDetection => duplicate(setting, seen, state),
        Rule::VelocityLimit => velocity(setting, state),
        Rule::SpendSpike => spike(setting, state),
        Rule::UnattestedSpend => {
            (seen.attestation == AttestationStatus::Unattested).then_some(Evidence::UnattestedSpend)
        }
        Rule::IntentMismatch => mismatch(setting, seen),
        Rule::MerchantDrift => drift(seen, state),
        Rule::CooldownViolation => None,
    }
}

/// A purchase exactly as long ago as the window is out, as with every rolling limit.
fn duplicate(setting: &Setting, seen: &Seen, state: &State) -> Option<Evidence> {
    let window_minutes = setting.number(Number::WindowMinutes);
    let mut alike = state.alike.iter().filter(|earlier| {
        seen.at.since(earlier.at) < window_minutes * MINUTE && same_merchant(&earlier.merchant, &seen.merchant)
    });
    let latest = alike.next()?;
    Some(Evidence::DuplicateDetection {
        earlier: latest.id.clone(),
        gap_ms: seen.at.since(latest.at),
        count: alike.fold(latest.count, |sum, more| sum.saturating_add(more.count)).saturating_add(1),
        window_minutes,
    })
}

/// The hour before the day: it is the nearer alarm.
fn velocity(setting: &Setting, state: &State) -> Option<Evidence> {
    let over = |hours, count, number| {
        let limit = setting.number(number);
        (count > limit).then_some(Evidence::VelocityLimit { hours, count, limit })
    };
    over(1, state.in_hour, Number::MaxPerHour).or_else(|| over(24, state.in_day, Number::MaxPerDay))
}

/// Never against less than the average purchase: who buys twice a week would otherwise spike with each of them.
fn spike(setting: &Setting, state: &State) -> Option<Evidence> {
    let Baseline { spent, purchases, days } = state.baseline;
    if purchases < LEAST_BASELINE || days < 1 || spent <= 0 {
        return None;
    }
    let window_minutes = setting.number(Number::WindowMinutes);
    // At most 2^63 times 1,440 times 10,000: far inside what an i128 holds.
    let (spent, window) = (i128::from(spent), i128::from(window_minutes));
    let rate = spent * window / (i128::from(days) * i128::from(MINUTES_A_DAY));
    let usual = rate.max(spent / i128::from(purchases));
    let limit = usual * i128::from(setting.number(Number::Multiplier)) / 100;
    let minor = |amount: i128| i64::try_from(amount).unwrap_or(i64::MAX);
    (i128::from(state.in_window) > limit).then_some(Evidence::SpendSpike {
        spent: state.in_window,
        window_minutes,
        usual: minor(usual),
        limit: minor(limit),
    })
}

/// Another merchant always counts, another amount from so many percent on, one in another currency always.
fn mismatch(setting: &Setting, seen: &Seen) -> Option<Evidence> {
    let verdict = seen.verdict.as_ref().filter(|verdict| !verdict.matched())?;
    let least = setting.number(Number::MinGapPercent) * 100;
    let large = !verdict.amount_match && verdict.gap_percent.is_none_or(|gap| gap.saturating_abs() >= least);
    (large || !verdict.merchant_match).then_some(Evidence::IntentMismatch {
        gap: verdict.gap,
        gap_basis_points: verdict.gap_percent,
        merchant_match: verdict.merchant_match,
    })
}

fn drift(seen: &Seen, state: &State) -> Option<Evidence> {
    let strange = !state.expected.is_empty()
        && seen.card_type == CardType::Multi
        && !state.expected.iter().any(|expected| same_merchant(expected, &seen.merchant));
    strange.then(|| Evidence::MerchantDrift { expected: state.expected.clone() })
}

#[cfg(test)]
mod tests;
