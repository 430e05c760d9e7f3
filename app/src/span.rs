//! A range of time in a list's address: days as people type them, or moments as the panels' links carry them.
use crate::{
    cx::Cx,
    list::{Filters, edge},
    query::changed,
    ui::{Field, Precision, Tab, local},
};
use chrono::{DateTime, Duration};
use domain::time::Timestamp;
use leptos::prelude::*;
use serde::Deserialize;

/// The range that the address asks for.
#[derive(Default, Deserialize)]
pub struct Span {
    from: Option<String>,
    to: Option<String>,
}

impl Span {
    /// Its first moment.
    pub fn from(&self, cx: &Cx) -> Option<Timestamp> {
        edge(self.from.as_ref(), cx.zone(), false)
    }

    /// The first moment after it.
    pub fn to(&self, cx: &Cx) -> Option<Timestamp> {
        edge(self.to.as_ref(), cx.zone(), true)
    }

    /// The filters with this range among them, `what` naming whose moments it is about.
    pub fn filters(&self, cx: &Cx, filters: Filters, what: &str) -> Filters {
        let said = |text: Option<&String>, at: Option<Timestamp>| {
            let exact = is_exact(text);
            at.map(
                |at| if exact { local(at.0, cx.zone(), Precision::Second) } else { text.cloned().unwrap_or_default() },
            )
        };
        let until = if is_exact(self.to.as_ref()) { "before" } else { "to" };
        filters
            .presets(self.presets(cx))
            .with(cx, "from", &format!("{what} from"), said(self.from.as_ref(), self.from(cx)))
            .with(cx, "to", &format!("{what} {until}"), said(self.to.as_ref(), self.to(cx)))
    }

    /// Ranges that need no typing: they end with today.
    fn presets(&self, cx: &Cx) -> Vec<Tab> {
        let now = DateTime::from_timestamp_millis(cx.db().now().0).unwrap_or_default().with_timezone(&cx.zone());
        [("Today", 0), ("7 days", 6), ("30 days", 29)]
            .into_iter()
            .map(|(label, days)| {
                let from = (now.date_naive() - Duration::days(days)).to_string();
                let current = self.from.as_ref() == Some(&from) && self.to.as_ref().is_none_or(String::is_empty);
                let href = changed(cx, &["from", "to", "before", "after"], Some(("from", &from)));
                Tab { label: label.into(), href, current }
            })
            .collect()
    }

    /// Two days to choose; an exact moment stays as it is until its chip is taken away.
    pub fn fields(&self) -> AnyView {
        let field = |name: &'static str, label: &'static str, text: &Option<String>| {
            let value = text.clone().unwrap_or_default();
            if is_exact(text.as_ref()) {
                view! { <input type="hidden" name=name value=value /> }.into_any()
            } else {
                view! { <Field name label kind="date" value /> }.into_any()
            }
        };
        [field("from", "From day", &self.from), field("to", "To day, inclusive", &self.to)].collect_view().into_any()
    }
}

fn is_exact(text: Option<&String>) -> bool {
    text.is_some_and(|text| text.trim().parse::<i64>().is_ok())
}
