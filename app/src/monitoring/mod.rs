//! The three rates: how often purchases are declined, intents met, webhooks refused.
pub(crate) mod panel;

use crate::{
    cx::{Cx, cx},
    paths,
    problem::Problem,
    query::word,
    screen::{Loaded, Page, Routes},
    ui::{Moment, Precision, Ranges, Tab, local},
};
use domain::{
    access::Permission,
    monitoring::{self, Panels, Range, Rates},
};
use leptos::prelude::*;
use serde::Deserialize;

pub(crate) fn routes() -> Routes {
    Routes::default().page("/monitoring", Permission::View, page)
}

/// The panels over a range that ends now.
#[server]
pub async fn load_panels(range: Range) -> Result<Panels, Problem> {
    let cx = cx();
    Ok(monitoring::panels(cx.db(), cx.grant()?, range).await?)
}

/// The rates of that range alone.
#[server]
pub async fn load_rates(range: Range) -> Result<Rates, Problem> {
    let cx = cx();
    Ok(monitoring::rates(cx.db(), cx.grant()?, range).await?)
}

#[derive(Default, Deserialize)]
struct Query {
    range: Option<String>,
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let range = word(cx.query::<Query>().range.as_ref()).unwrap_or(Range::Day);
    Ok(view(&cx, &load_panels(range).await?))
}

/// The page of what was loaded.
pub(crate) fn view(cx: &Cx, panels: &Panels) -> Page {
    let range = panels.range;
    let (e, zone) = (cx.environment, cx.zone());
    let ranges = Range::ALL
        .iter()
        .map(|each| Tab {
            label: panel::title(*each).to_owned(),
            href: paths::with_query(&paths::monitoring(e), [("range", Some(each))]),
            current: *each == range,
        })
        .collect();
    let span = format!(
        "{} to {}, {}. Counters turn every quarter-hour.",
        local(panels.from.0, zone, Precision::Minute),
        local(panels.to.0, zone, Precision::Minute),
        zone.name()
    );
    let as_of = panels.as_of.0;
    let body = view! {
        <div class="stack">
            <p class="hint">{span}" As of "<Moment at=as_of zone precision=Precision::Second />"."</p>
            {panel::all(cx, panels)}
        </div>
    };
    Page::new("Monitoring", body)
        .lead("Every rate with its counts, its 95 % interval and the rows behind it.")
        .actions(view! { <Ranges ranges /> })
}
