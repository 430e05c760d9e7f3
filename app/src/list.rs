//! What every list page shares: the filters in force, as chips and as words, and what stands in for no rows.
use crate::{
    cx::Cx,
    query::changed,
    ui::{Chip, Chips, Moment, NothingMatches, Ranges, Tab},
};
use chrono::{NaiveDate, TimeZone};
use chrono_tz::Tz;
use domain::time::Timestamp;
use leptos::prelude::*;

/// The filters in force on a list.
pub struct Filters {
    home: String,
    chips: Vec<Chip>,
    terms: Vec<String>,
    presets: Vec<Tab>,
}

impl Filters {
    /// No filter yet on the list at `home`.
    pub fn new(home: String) -> Self {
        Self { home, chips: Vec::new(), terms: Vec::new(), presets: Vec::new() }
    }

    /// The query parameter `key`, known to people as `name`, is in force with this value.
    #[must_use]
    pub fn with(mut self, cx: &Cx, key: &str, name: &str, value: Option<String>) -> Self {
        if let Some(value) = value {
            self.terms.push(format!("{} is {value}", name.to_lowercase()));
            self.chips.push(Chip {
                name: name.to_owned(),
                value,
                remove_href: changed(cx, &[key, "before", "after"], None),
            });
        }
        self
    }

    /// With ranges of time that are one click away.
    #[must_use]
    pub fn presets(mut self, presets: Vec<Tab>) -> Self {
        self.presets = presets;
        self
    }

    /// Whether any filter is in force.
    pub fn any(&self) -> bool {
        !self.chips.is_empty()
    }

    /// What stands in for no rows: that nothing matches, or what `nothing_yet` says.
    pub fn empty(&self, of: &'static str, nothing_yet: impl FnOnce() -> AnyView) -> AnyView {
        if self.any() {
            let (terms, clear_href) = (self.terms.clone(), self.home.clone());
            view! { <NothingMatches of terms clear_href /> }.into_any()
        } else {
            nothing_yet()
        }
    }

    /// The chips above the table, and the ranges that are one click away.
    pub fn chips(&self) -> AnyView {
        let (chips, clear_href, ranges) = (self.chips.clone(), self.home.clone(), self.presets.clone());
        let chips = view! { <Chips chips clear_href /> };
        if ranges.is_empty() {
            return chips.into_any();
        }
        view! { <div class="narrowed"><Ranges ranges />{chips}</div> }.into_any()
    }
}

/// An edge of a range from the address: epoch milliseconds as the panels' links carry them, or a day in
/// `zone` as people type it. The last day counts whole. Anything else is no edge.
pub fn edge(text: Option<&String>, zone: Tz, last: bool) -> Option<Timestamp> {
    let text = text?.trim();
    if let Ok(ms) = text.parse::<i64>() {
        return Some(Timestamp(ms));
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    let day = if last { day.succ_opt()? } else { day };
    let midnight = day.and_hms_opt(0, 0, 0)?;
    // Where clocks skip midnight the day begins with the first moment after it.
    let start = zone
        .from_local_datetime(&midnight)
        .earliest()
        .or_else(|| zone.from_local_datetime(&(midnight + chrono::Duration::hours(1))).earliest())?;
    Some(start.to_utc().into())
}

/// A moment that may not have come: then `otherwise`.
pub fn optional_moment(at: Option<Timestamp>, zone: Tz, otherwise: &'static str) -> AnyView {
    match at {
        Some(at) => view! { <Moment at=at.0 zone /> }.into_any(),
        None => otherwise.into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_counts_whole_in_its_zone() {
        let edge = |text: &str, last| edge(Some(&text.to_owned()), Tz::Europe__Berlin, last).map(|t| t.to_string());
        assert_eq!(edge("2026-03-29", false).as_deref(), Some("2026-03-28T23:00:00.000Z"));
        assert_eq!(edge("2026-03-29", true).as_deref(), Some("2026-03-29T22:00:00.000Z"));
        assert_eq!(edge("1774747800000", true).as_deref(), Some("2026-03-29T01:30:00.000Z"));
        for bad in ["", "yesterday", "2026-13-01", "1e9"] {
            assert_eq!(edge(bad, false), None, "{bad:?}");
        }
    }
}
