//! Rules in plain words.
use super::entry::CURRENCY;
use crate::{purchases::parts::duration, shell::capital, ui};
use domain::{
    attestations::ExposureMode,
    intents::matching::Fraction,
    limits::{
        hours::ActiveTime,
        mcc,
        restrictions::{Mcc, OnDrift, Restrictions, Velocity},
        terms::{OnExpiry, Terms},
    },
    money::{Amount, Currency},
    time::{MINUTE, SECOND},
};

/// The days of the week by their numbers, Monday first.
pub const DAYS: [(u8, &str); 7] =
    [(1, "Monday"), (2, "Tuesday"), (3, "Wednesday"), (4, "Thursday"), (5, "Friday"), (6, "Saturday"), (0, "Sunday")];

/// An amount as it is typed: `1250.00`.
pub fn plain(amount: Amount) -> String {
    ui::amount(amount.minor(), CURRENCY.exponent()).replace(',', "")
}

/// An amount with its currency: `1,250.00 USD`.
pub fn money(minor: i64, currency: Currency) -> String {
    format!("{} {}", ui::amount(minor, currency.exponent()), currency.as_str())
}

/// `5` or `2.5`, of a hundred.
pub fn percent(fraction: Fraction) -> String {
    let points = i64::from(fraction);
    let text = format!("{}.{:02}", points / 100, points % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What another merchant means.
pub fn drift(set: OnDrift) -> &'static str {
    match set {
        OnDrift::Alert => "Approve it and send a webhook",
        OnDrift::Freeze => "Approve it and freeze the card",
        OnDrift::Decline => "Decline it",
    }
}

/// What happens at the end of a lifetime.
pub fn expiry(set: Option<OnExpiry>) -> &'static str {
    match set {
        Some(OnExpiry::Freeze) => "frozen",
        Some(OnExpiry::Close) | None => "closed",
    }
}

/// How details may be read.
pub fn exposure(set: ExposureMode) -> &'static str {
    match set {
        ExposureMode::Never => "Never shown",
        ExposureMode::ExtensionOnly => "To the browser extension only",
        ExposureMode::RawPan => "In full",
    }
}

/// Hours, days and place: `Monday to Friday, 07:00 to 19:00 (Europe/Berlin)`.
pub fn time(time: &ActiveTime) -> String {
    let days = time.days.as_ref().map_or_else(|| "Every day".to_owned(), |days| week(days));
    let hours = time.hours.map(|(start, end)| format!(", {start:02}:00 to {end:02}:00")).unwrap_or_default();
    format!("{days}{hours} ({})", time.zone.name())
}

/// `Monday to Friday`, or the days one by one.
fn week(days: &[u8]) -> String {
    let on: Vec<usize> = (0..DAYS.len()).filter(|place| days.contains(&DAYS[*place].0)).collect();
    let name = |place: &usize| DAYS[*place].1;
    match (on.first(), on.last()) {
        (Some(first), Some(last)) if on.len() > 2 && last - first + 1 == on.len() => {
            format!("{} to {}", name(first), name(last))
        }
        _ => on.iter().map(name).collect::<Vec<_>>().join(", "),
    }
}

/// Categories with their names, where they have one here.
pub fn mccs(list: &[Mcc]) -> String {
    let said = |code: &Mcc| {
        mcc::name(code).map_or_else(|| code.as_str().to_owned(), |name| format!("{} {name}", code.as_str()))
    };
    list.iter().map(said).collect::<Vec<_>>().join(", ")
}

/// So many in a while.
pub fn pace(set: Velocity) -> String {
    format!("{} in {}", set.max_count, duration(i64::from(set.window_seconds) * SECOND))
}

/// For which declared purchases a person is asked.
pub fn approval(from: Option<Amount>) -> String {
    from.map_or_else(|| "Every purchase".to_owned(), |from| format!("From {} on", money(from.minor(), CURRENCY)))
}

/// Every rule that is set, with what it says.
pub fn rules(set: &Restrictions) -> Vec<(&'static str, String)> {
    let money = |amount: Amount| money(amount.minor(), CURRENCY);
    let list = |list: &[String]| (!list.is_empty()).then(|| list.join(", "));
    [
        ("Most per purchase", set.per_purchase().map(money)),
        ("Most in 24 hours", set.limit_per_day.map(money)),
        ("Most in a month", set.limit_per_month.map(money)),
        ("Most ever", set.cumulative_max.map(|most| format!("{}; the card closes when it is reached", money(most)))),
        ("Purchases ever", set.max_auth_count.map(|most| most.to_string())),
        ("Purchases in a while", set.velocity.map(pace)),
        ("Pause after a purchase", set.cooldown_minutes.map(|minutes| duration(i64::from(minutes) * MINUTE))),
        ("When", set.active_time.as_ref().map(time)),
        ("Only these categories", set.allowed_mccs.as_deref().map(mccs)),
        ("Never these categories", (!set.blocked_mccs.is_empty()).then(|| mccs(&set.blocked_mccs))),
        ("Only these merchants", set.allowed_merchants.as_deref().and_then(list)),
        ("Never these merchants", list(&set.blocked_merchants)),
        ("Another merchant than the first", set.on_drift.map(|set| drift(set).to_owned())),
        (
            "Details read for it",
            (set.require_attestation == Some(true)).then(|| "Required for every purchase".to_owned()),
        ),
        ("Approved by a person", (set.require_approval == Some(true)).then(|| approval(set.auto_approve_below))),
    ]
    .into_iter()
    .filter_map(|(label, said)| said.map(|said| (label, said)))
    .collect()
}

/// Everything that a policy sets, with what it says.
pub fn terms(terms: &Terms) -> Vec<(&'static str, String)> {
    let lifetime = terms
        .ttl_minutes
        .map(|minutes| format!("{} from its making, then {}", duration(minutes * MINUTE), expiry(terms.on_expiry)));
    let at_end = terms.on_expiry.filter(|_| terms.ttl_minutes.is_none());
    let besides = [
        ("Lifetime", lifetime),
        ("At the end of a card's own lifetime", at_end.map(|set| capital(expiry(Some(set))))),
        ("Expected merchant", terms.merchant_hint.clone()),
        ("Tolerance", terms.intent_tolerance.map(|set| format!("{} % of the declared amount", percent(set)))),
        ("Card details", terms.exposure.map(|set| exposure(set).to_owned())),
    ];
    let besides = besides.into_iter().filter_map(|(label, said)| said.map(|said| (label, said)));
    rules(&terms.rules).into_iter().chain(besides).collect()
}

/// The same in a line, the first few: for lists.
pub fn summary(terms: &Terms) -> String {
    const SHOWN: usize = 3;
    const LONGEST: usize = 60;
    let all = self::terms(terms);
    let said = all.iter().take(SHOWN).map(|(label, text)| {
        let text: String = if text.chars().count() > LONGEST {
            text.chars().take(LONGEST).chain(['…']).collect()
        } else {
            text.clone()
        };
        format!("{label}: {text}")
    });
    let said = said.collect::<Vec<_>>().join(" · ");
    match all.len().saturating_sub(SHOWN) {
        _ if all.is_empty() => "Nothing yet".to_owned(),
        0 => said,
        more => format!("{said} · {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_in_a_row_are_said_as_one_stretch() {
        assert_eq!(week(&[1, 2, 3, 4, 5]), "Monday to Friday");
        assert_eq!(week(&[0, 6]), "Saturday, Sunday");
        assert_eq!(week(&[0, 1, 3]), "Monday, Wednesday, Sunday");
        assert_eq!(week(&[0, 5, 6]), "Friday to Sunday");
    }

    #[test]
    fn percentages_have_no_needless_zeros() {
        for (points, said) in [(0, "0"), (5, "0.05"), (250, "2.5"), (1_000, "10"), (10_000, "100")] {
            assert_eq!(percent(Fraction::try_from(points).unwrap()), said);
        }
    }
}
