//! Charts with their tables.
use super::{HOUR, NOW, ZONE, money};
use app::ui::{
    Column, Precision,
    chart::{Bucket, Chart, Legend, Rate, Unit, bar_plot, line_plot, line_plots},
    local, percent,
};
use leptos::prelude::*;

fn decline_rates() -> Vec<Rate> {
    (0..24)
        .map(|i| {
            let at = NOW - NOW % HOUR - (23 - i) * HOUR;
            let n = if (3..5).contains(&i) || i == 8 { 0 } else { 40 + (i * 37) % 60 };
            let k = 1 + (i * i * 7) % 9;
            let share = k as f64 / n.max(1) as f64;
            let value = (n > 0).then_some(share);
            let words = format!("{}: {} ({k} of {n})", local(at, ZONE, Precision::Minute), percent(share));
            Rate { at, value, interval: value.map(|v| ((v - 0.04).max(0.0), v + 0.05)), words }
        })
        .collect()
}

fn rate_rows(points: &[Rate]) -> Vec<Vec<AnyView>> {
    points
        .iter()
        .map(|point| {
            let value = point.value.map_or("none".to_owned(), percent);
            vec![local(point.at, ZONE, Precision::Minute).into_any(), value.into_any()]
        })
        .collect()
}

/// A rate with its intervals and gaps.
pub fn rate_chart() -> AnyView {
    let span = (NOW - 24 * HOUR, NOW);
    let points = decline_rates();
    let rows = rate_rows(&points);
    let plots = vec![line_plot(points, span, ZONE, &Unit::Share)];
    let columns = vec![Column::new("Hour"), Column::numeric("Decline rate")];
    view! {
        <Chart name="Decline rate, last 24 hours" says="1.1 to 19.5 % an hour, highest at 06:00; none decided in three hours." plots columns rows />
    }
    .into_any()
}

/// Two series.
pub fn two_lines() -> AnyView {
    let span = (NOW - 24 * HOUR, NOW);
    let first: Vec<_> = decline_rates().into_iter().map(|rate| Rate { interval: None, ..rate }).collect();
    let second = first.iter().cloned().map(|rate| Rate { value: rate.value.map(|v| v * 0.6 + 0.02), ..rate }).collect();
    let rows = rate_rows(&first);
    let plots = line_plots(vec![first, second], span, ZONE, &Unit::Share);
    let legend = vec![Legend { label: "This week".into() }, Legend { label: "Week before".into() }];
    let columns = vec![Column::new("Hour"), Column::numeric("This week")];
    view! { <Chart name="Against the week before" says="Higher than the week before in most hours." plots legend columns rows /> }
        .into_any()
}

/// Sums by day.
pub fn bar_chart() -> AnyView {
    const DAY: i64 = 24 * HOUR;
    let start = NOW - 30 * DAY;
    let buckets: Vec<_> = (0..30)
        .map(|i| {
            let value = ((i * 7919) % 97) as f64 * 1_310.0;
            let unit = Unit::Money { currency: "USD".into(), exponent: 2 };
            let words = format!("{}: {}", local(start + i * DAY, ZONE, Precision::Day), unit.write(value));
            Bucket { at: start + i * DAY, value, words }
        })
        .collect();
    let rows = buckets
        .iter()
        .map(|bucket| vec![local(bucket.at, ZONE, Precision::Day).into_any(), money(bucket.value as i64)])
        .collect();
    let unit = Unit::Money { currency: "USD".into(), exponent: 2 };
    let plots = vec![bar_plot(buckets, DAY, (start, NOW), ZONE, &unit)];
    let columns = vec![Column::new("Day"), Column::numeric("Captured")];
    view! { <Chart name="Captured, last 30 days" says="18,334.70 USD captured in 30 days; the most on one day 1,257.60 USD." plots columns rows /> }
        .into_any()
}
