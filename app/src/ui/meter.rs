//! Spend against a limit: words first, a bar beside them.
use super::money::amount;
use leptos::prelude::*;

/// How much of a limit is spent. Amounts are minor units of one currency.
///
/// From 80 % on it warns; past the limit it says by how much.
#[component]
pub fn SpendMeter(
    /// Spent so far.
    spent: i64,
    /// The most that may be spent; `None` is no limit.
    limit: Option<i64>,
    /// ISO 4217 code.
    #[prop(into)]
    currency: String,
    /// Decimal places of the currency.
    exponent: u8,
    /// "per month".
    #[prop(into)]
    period: String,
) -> AnyView {
    let spent_text = amount(spent, exponent);
    let Some(limit) = limit else {
        return view! {
            <div class="spend">
                <p class="spend-text"><b>{format!("{spent_text} {currency}")}</b><span>"no limit"</span></p>
            </div>
        }
        .into_any();
    };
    let (class, state) = match fill(spent, limit) {
        Fill::Under(share) => ("spend", format!("{share} %")),
        Fill::Near(share) => ("spend near", format!("{share} % used")),
        Fill::Over(by) => ("spend over", format!("over by {} {currency}", amount(by, exponent))),
    };
    view! {
        <div class=class>
            <p class="spend-text">
                <b>{format!("{spent_text} of {} {currency}", amount(limit, exponent))}</b>
                <span><span class="spend-state">{state}</span>{format!(" {period}")}</span>
            </p>
            <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                <rect class="track" width="100" height="6"></rect>
                <rect class="fill" width=bar(spent, limit).to_string() height="6"></rect>
            </svg>
        </div>
    }
    .into_any()
}

#[derive(Debug, PartialEq)]
enum Fill {
    Under(i128),
    Near(i128),
    Over(i64),
}

/// Percent are rounded down, so that 100 % means all of it.
fn fill(spent: i64, limit: i64) -> Fill {
    if spent > limit {
        return Fill::Over(spent.saturating_sub(limit));
    }
    let share = if limit > 0 { i128::from(spent.max(0)) * 100 / i128::from(limit) } else { 100 };
    if share >= 80 { Fill::Near(share) } else { Fill::Under(share) }
}

/// Length of the bar out of 100.
fn bar(spent: i64, limit: i64) -> i128 {
    if limit <= 0 { 100 } else { (i128::from(spent.max(0)) * 100 / i128::from(limit)).min(100) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_of_a_limit() {
        assert_eq!(fill(0, 100), Fill::Under(0));
        assert_eq!(fill(7_999, 10_000), Fill::Under(79));
        assert_eq!(fill(8_000, 10_000), Fill::Near(80));
        assert_eq!(fill(10_000, 10_000), Fill::Near(100));
        assert_eq!(fill(10_001, 10_000), Fill::Over(1));
        assert_eq!(fill(0, 0), Fill::Near(100));
        assert_eq!(fill(1, 0), Fill::Over(1));
        assert_eq!(fill(-5, 100), Fill::Under(0), "more refunded than spent");
        assert_eq!(fill(i64::MAX, i64::MIN), Fill::Over(i64::MAX));
        assert_eq!((bar(i64::MAX, 1), bar(-1, 10), bar(5, 10)), (100, 0, 50));
    }
}
