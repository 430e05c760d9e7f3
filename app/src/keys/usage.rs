//! How often a key called, drawn from its counters.
use crate::{
    cx::{Cx, cx},
    part::trouble,
    problem::Problem,
    query::{changed, word},
    ui::{
        Column, Panel, Precision, Ranges, Tab,
        chart::{Bucket, Chart, Unit, bar_plot},
        grouped, local,
    },
};
use domain::{
    ids::KeyId,
    monitoring::Range,
    requests::{self, Usage},
    time::Timestamp,
};
use leptos::prelude::*;
use serde::Deserialize;

#[derive(Default, Deserialize)]
struct Query {
    range: Option<String>,
}

/// The range of the address; a week without one.
pub fn range(cx: &Cx) -> Range {
    word(cx.query::<Query>().range.as_ref()).unwrap_or(Range::Week)
}

/// The calls of a key over a range that ends now, by quarter-hour.
#[server]
pub async fn load_usage(id: KeyId, range: Range) -> Result<Vec<Usage>, Problem> {
    let cx = cx();
    let (from, to) = range.span(cx.db().now());
    Ok(requests::usage(cx.db(), cx.grant()?, id.as_str(), from, to).await?)
}

/// A range as people say it.
fn title(range: Range) -> &'static str {
    match range {
        Range::Day => "24 hours",
        Range::Week => "7 days",
        Range::Month => "30 days",
    }
}

/// The quarter-hours summed into the spans of the chart: where each begins, its calls, those that failed.
fn spans(range: Range, from: Timestamp, to: Timestamp, usage: &[Usage]) -> Vec<(Timestamp, i64, i64)> {
    let count = to.since(from) / range.step_ms();
    let mut spans: Vec<_> = (0..count).map(|n| (from + n * range.step_ms(), 0, 0)).collect();
    for each in usage {
        let place = usize::try_from(each.at.since(from) / range.step_ms()).ok().and_then(|n| spans.get_mut(n));
        if let Some((_, calls, failed)) = place {
            *calls += each.calls;
            *failed += each.failed;
        }
    }
    spans
}

/// The panel with the chart, its table beneath, and the choice of range; or that its numbers could not be read.
pub fn panel(cx: &Cx, range: Range, usage: Option<&[Usage]>) -> AnyView {
    let Some(usage) = usage else {
        let said = trouble(cx, "The usage");
        return view! { <Panel title="Usage">{said}</Panel> }.into_any();
    };
    let zone = cx.zone();
    let (from, to) = range.span(cx.db().now());
    let spans = spans(range, from, to, usage);
    let precision = if range == Range::Month { Precision::Day } else { Precision::Minute };
    let when = |at: Timestamp| local(at.0, zone, precision);
    let number = |n: i64| grouped(n.unsigned_abs());
    let (calls, failed) = spans.iter().fold((0, 0), |(calls, failed), span| (calls + span.1, failed + span.2));
    let says = match spans.iter().max_by_key(|span| span.1).filter(|span| span.1 > 0) {
        Some((at, most, _)) => {
            format!(
                "{} calls, {} of them refused or failed; most, {}, from {}.",
                number(calls),
                number(failed),
                number(*most),
                when(*at)
            )
        }
        None => "No calls in this range.".to_owned(),
    };
    let buckets = spans
        .iter()
        .map(|(at, calls, failed)| Bucket {
            at: at.0,
            value: *calls as f64,
            words: format!("{}: {} calls, {} refused or failed", when(*at), number(*calls), number(*failed)),
        })
        .collect();
    let rows = spans
        .iter()
        .map(|(at, calls, failed)| vec![when(*at).into_any(), number(*calls).into_any(), number(*failed).into_any()])
        .collect();
    let columns = vec![Column::new("From"), Column::numeric("Calls"), Column::numeric("Refused or failed")];
    let plots = vec![bar_plot(buckets, range.step_ms(), (from.0, to.0), zone, &Unit::Count)];
    let ranges = Range::ALL
        .iter()
        .map(|each| Tab {
            label: title(*each).to_owned(),
            href: changed(cx, &["range"], Some(("range", each.as_str()))),
            current: *each == range,
        })
        .collect();
    let name = format!("Calls, last {}", title(range));
    view! {
        <Panel title="Usage" actions=view! { <Ranges ranges /> }.into_any()>
            <Chart name says plots columns rows />
        </Panel>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::HOUR;

    #[test]
    fn every_quarter_hour_is_in_the_span_that_holds_it() {
        let (from, to) = Range::Day.span(Timestamp(100 * HOUR));
        let usage = |at, calls| Usage { at, calls, failed: 1 };
        let spans =
            spans(Range::Day, from, to, &[usage(from, 5), usage(from + HOUR - 1, 2), usage(to - 1, 3), usage(to, 9)]);
        assert_eq!(spans.len(), 24);
        assert_eq!((spans[0], spans[23]), ((from, 7, 2), (to - HOUR, 3, 1)));
        assert_eq!(spans.iter().map(|span| span.1).sum::<i64>(), 10);
    }
}
