//! The three rates: how often purchases are declined, intents met, webhooks refused.
pub(crate) mod panel;

use crate::{
    cx::{Cx, cx},
    part::part,
    paths,
    problem::Problem,
    query::word,
    screen::{Loaded, Page, Routes},
    ui::{Moment, Precision, Ranges, Tab, local},
};
use domain::{
    access::Permission,
    monitoring::{self, Panels, Range},
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

#[derive(Default, Deserialize)]
struct Query {
    range: Option<String>,
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let range = word(cx.query::<Query>().range.as_ref()).unwrap_or(Range::Day);
    Ok(view(&cx, range, part(load_panels(range)).await?.as_ref()))
}

/// The page of what was loaded over `range`; none where the counters could not be read.
pub(crate) fn view(cx: &Cx, range: Range, panels: Option<&Panels>) -> Page {
    let e = cx.environment;
    let ranges = Range::ALL
        .iter()
        .map(|each| Tab {
            label: panel::title(*each).to_owned(),
            href: paths::with_query(&paths::monitoring(e), [("range", Some(each))]),
            current: *each == range,
        })
        .collect();
    let body = match panels {
        Some(panels) => view! { <div class="stack">{span(cx, panels)}{panel::all(cx, panels)}</div> }.into_any(),
        None => view! { <div class="stack">{panel::none(cx)}</div> }.into_any(),
    };
    Page::new("Monitoring", body)
        .lead("Every rate with its counts, its 95 % interval and the rows behind it.")
        .actions(view! { <Ranges ranges /> })
}

/// What the panels cover, and when they were read.
fn span(cx: &Cx, panels: &Panels) -> AnyView {
    let zone = cx.zone();
    let span = format!(
        "{} to {}, {}. Counters turn every quarter-hour.",
        local(panels.from.0, zone, Precision::Minute),
        local(panels.to.0, zone, Precision::Minute),
        zone.name()
    );
    let as_of = panels.as_of.0;
    view! { <p class="hint">{span}" As of "<Moment at=as_of zone precision=Precision::Second />"."</p> }.into_any()
}
