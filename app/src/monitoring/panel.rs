//! One panel: a rate, its chart with the table beneath, and the rows behind each number.
use crate::{
    cx::Cx,
    part::trouble,
    paths,
    ui::{
        Column, Panel as Frame, Precision, Reading, Stat, Stats, Tone,
        chart::{Chart, Rate as Dot, Unit, line_plot},
        grouped, local, percent,
    },
};
use chrono_tz::Tz;
use domain::{
    intents::IntentStatus,
    monitoring::{Panel, Panels, Range, interval::Rate},
    time::Timestamp,
};
use leptos::prelude::*;

/// A range as people say it.
pub fn title(range: Range) -> &'static str {
    match range {
        Range::Day => "24 hours",
        Range::Week => "7 days",
        Range::Month => "30 days",
    }
}

/// What a panel says about itself.
struct About {
    name: &'static str,
    /// The numerator, the whole and what stands beside, each with the rows behind it.
    part: (&'static str, String),
    whole: (&'static str, String),
    beside: Option<(&'static str, String)>,
    /// Whether a high rate is good.
    high_is_good: bool,
    definition: &'static str,
}

const DECLINES: &str = "Decline rate";
const MATCHES: &str = "Intent match rate";
const WEBHOOKS: &str = "Webhook failure rate";

/// The three where their counters could not be read.
pub fn none(cx: &Cx) -> AnyView {
    [DECLINES, MATCHES, WEBHOOKS]
        .map(|name| {
            let trouble = trouble(cx, &format!("The {}", name.to_lowercase()));
            view! { <Frame title=name>{trouble}</Frame> }
        })
        .collect_view()
        .into_any()
}

/// All three.
pub fn all(cx: &Cx, panels: &Panels) -> AnyView {
    let e = cx.environment;
    let span = |path: String, more: &[(&'static str, &str)]| {
        let mut pairs = vec![("from", Some(panels.from.0.to_string())), ("to", Some(panels.to.0.to_string()))];
        pairs.extend(more.iter().map(|(name, value)| (*name, Some((*value).to_owned()))));
        paths::with_query(&path, pairs)
    };
    let intents = |status: &str| span(paths::intents(e), &[("status", status)]);
    let declines = About {
        name: DECLINES,
        part: ("declined", span(paths::purchases(e), &[("status", "declined")])),
        whole: ("decided", span(paths::purchases(e), &[])),
        beside: None,
        high_is_good: false,
        definition: "Declined of decided authorizations, counted when they are decided.",
    };
    let matches = About {
        name: MATCHES,
        part: ("matched", intents(IntentStatus::Matched.as_str())),
        whole: ("with a verdict", intents("judged")),
        beside: Some(("expired without a purchase", intents(IntentStatus::Expired.as_str()))),
        high_is_good: true,
        definition: "Matched of matched and mismatched intents, counted at the verdict.",
    };
    let webhooks = About {
        name: WEBHOOKS,
        part: ("failed", span(paths::attempts(e), &[("outcome", "failed")])),
        whole: ("attempts", span(paths::attempts(e), &[])),
        beside: Some(("deliveries given up", span(paths::deliveries(e), &[("state", "abandoned")]))),
        high_is_good: false,
        definition: "Failed of finished attempts; each attempt counts, retries too.",
    };
    [(declines, &panels.declines), (matches, &panels.matches), (webhooks, &panels.webhooks)]
        .map(|(about, panel)| frame(cx.zone(), panels, about, panel))
        .collect_view()
        .into_any()
}

fn frame(zone: Tz, panels: &Panels, about: About, panel: &Panel) -> AnyView {
    let About { name, part, whole, beside, high_is_good, definition } = about;
    let chart = chart(zone, panels, name, part.0, whole.0, panel);
    let count = |n: u64, (label, href): (&'static str, String)| {
        view! { <Stat label href reading=Reading::Exact(grouped(n).into_any(), String::new()) /> }
    };
    let rate = reading(panel.rate(), high_is_good);
    let (part, whole) = (count(panel.k, part), count(panel.n, whole));
    let beside = beside.map(|beside| count(panel.beside, beside));
    view! {
        <Frame title=name>
            <p class="hint">{definition}</p>
            <Stats>
                <Stat label="Rate" reading=rate />
                {part}
                {whole}
                {beside}
            </Stats>
            {chart}
        </Frame>
    }
    .into_any()
}

/// A rate as a large number, or why there is none.
pub fn reading(rate: Rate, high_is_good: bool) -> Reading {
    let interval = rate.interval();
    match (rate.point(), interval) {
        (Some(point), Some((low, high))) if !rate.too_few() => {
            let bad = if high_is_good { 1.0 - point } else { point };
            let tone = match bad {
                b if b >= 0.25 => Tone::Bad,
                b if b >= 0.10 => Tone::Warn,
                _ => Tone::Good,
            };
            Reading::Rate { k: rate.k, n: rate.n, low, high, tone }
        }
        _ => Reading::TooFew { k: rate.k, n: rate.n, needs: 20, interval },
    }
}

fn chart(zone: Tz, panels: &Panels, name: &str, part: &str, whole: &str, panel: &Panel) -> AnyView {
    let precision = if panels.range == Range::Month { Precision::Day } else { Precision::Minute };
    let when = |at: Timestamp| local(at.0, zone, precision);
    let said = |rate: Rate| match rate.point() {
        Some(point) => format!("{} ({} of {})", percent(point), grouped(rate.k), grouped(rate.n)),
        None => "none".to_owned(),
    };
    let dots = panel
        .points
        .iter()
        .map(|point| Dot {
            at: point.at.0,
            value: point.rate().point(),
            interval: point.rate().interval().filter(|_| !point.rate().too_few()),
            words: format!("{}: {}", when(point.at), said(point.rate())),
        })
        .collect();
    let highest = panel
        .points
        .iter()
        .filter(|point| point.n > 0)
        .max_by(|a, b| a.rate().point().partial_cmp(&b.rate().point()).unwrap_or(std::cmp::Ordering::Equal));
    let says = match highest {
        Some(point) => {
            format!("{} over the range; highest {} from {}.", said(panel.rate()), said(point.rate()), when(point.at))
        }
        None => "Nothing was counted in this range.".to_owned(),
    };
    let rows = panel
        .points
        .iter()
        .map(|point| {
            vec![
                when(point.at).into_any(),
                grouped(point.k).into_any(),
                grouped(point.n).into_any(),
                point.rate().point().map_or("–".to_owned(), percent).into_any(),
            ]
        })
        .collect();
    let columns = vec![
        Column::new("From"),
        Column::numeric(crate::shell::capital(part)),
        Column::numeric(crate::shell::capital(whole)),
        Column::numeric("Rate"),
    ];
    let plots = vec![line_plot(dots, (panels.from.0, panels.to.0), zone, &Unit::Share)];
    let name = format!("{name}, last {}", title(panels.range));
    view! { <Chart name says plots columns rows /> }.into_any()
}
