//! Moments in the organisation's time zone.
use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use leptos::prelude::*;

/// How exactly a moment is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Precision {
    /// `12 Nov 2026`.
    Day,
    /// `12 Nov 2026, 14:03`.
    #[default]
    Minute,
    /// `12 Nov 2026, 14:03:22`.
    Second,
}

fn utc(at: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at).unwrap_or_default()
}

/// A moment in words, local to `zone`. `at` is epoch milliseconds.
pub fn local(at: i64, zone: Tz, precision: Precision) -> String {
    let form = match precision {
        Precision::Day => "%-d %b %Y",
        Precision::Minute => "%-d %b %Y, %H:%M",
        Precision::Second => "%-d %b %Y, %H:%M:%S",
    };
    utc(at).with_timezone(&zone).format(form).to_string()
}

/// A moment in local words; the title has it in UTC.
#[component]
pub fn Moment(
    /// Epoch milliseconds.
    at: i64,
    /// The zone of the organisation.
    zone: Tz,
    /// How exact.
    #[prop(optional)]
    precision: Precision,
) -> impl IntoView {
    let exact = utc(at).to_rfc3339_opts(SecondsFormat::Millis, true);
    let title = utc(at).format("%Y-%m-%d %H:%M:%S UTC").to_string();
    view! { <time datetime=exact title=title>{local(at, zone, precision)}</time> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_words_and_exact_utc() {
        // 2026-03-29 01:30 UTC: half an hour after Berlin moved its clocks.
        let at = 1_774_747_800_000;
        assert_eq!(local(at, Tz::Europe__Berlin, Precision::Minute), "29 Mar 2026, 03:30");
        let html = view! { <Moment at zone=Tz::Europe__Berlin /> }.to_html();
        assert!(html.contains("datetime=\"2026-03-29T01:30:00.000Z\""), "{html}");
        assert!(html.contains("title=\"2026-03-29 01:30:00 UTC\""), "{html}");
    }
}
