//! One number and how far it can be trusted.
use super::{badge::Tone, grouped};
use leptos::prelude::*;

/// A number to show large.
#[derive(Debug)]
pub enum Reading {
    /// A count, an amount, anything exact; with a note below, or `""`.
    Exact(AnyView, String),
    /// A share: `k` of `n`, with its 95 % interval as shares from 0 to 1.
    Rate {
        /// Those that count.
        k: u64,
        /// All of them; above 0.
        n: u64,
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
        /// Good or bad; only the caller knows.
        tone: Tone,
    },
    /// A share of too few to judge: takes no tone and shows no large number.
    TooFew {
        /// Those that count.
        k: u64,
        /// All of them; may be 0.
        n: u64,
        /// How many it takes.
        needs: u64,
        /// The interval, when there is any.
        interval: Option<(f64, f64)>,
    },
}

/// A share from 0 to 1 as percent with one decimal: `3.1 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn interval(low: f64, high: f64) -> String {
    format!("95 % interval {:.1}–{:.1} %", low * 100.0, high * 100.0)
}

/// A large number with its label. With `href` the label leads to the rows behind it.
#[component]
pub fn Stat(
    /// What is counted.
    #[prop(into)]
    label: String,
    /// The number.
    reading: Reading,
    /// The rows behind it.
    #[prop(optional, into)]
    href: Option<String>,
) -> AnyView {
    let label = match href {
        Some(href) => view! { <a href=href>{label}</a> }.into_any(),
        None => label.into_any(),
    };
    let (class, value, notes) = match reading {
        Reading::Exact(value, note) => ("stat-value".to_owned(), value, vec![note]),
        Reading::Rate { k, n, low, high, tone } => (
            format!("stat-value {}", tone.class()),
            percent(k as f64 / n.max(1) as f64).into_any(),
            vec![format!("{} of {}", grouped(k), grouped(n)), interval(low, high)],
        ),
        Reading::TooFew { k, n, needs, interval: range } => (
            "stat-value few".to_owned(),
            if n == 0 { "None yet" } else { "Too few to rate" }.into_any(),
            vec![
                format!("{} of {}; a rate takes {needs}", grouped(k), grouped(n)),
                range.map(|(low, high)| interval(low, high)).unwrap_or_default(),
            ],
        ),
    };
    let note = notes
        .into_iter()
        .filter(|note| !note.is_empty())
        .map(|note| view! { <dd class="stat-note">{note}</dd> })
        .collect_view();
    view! {
        <dl class="stat">
            <dt class="stat-label">{label}</dt>
            <dd class=class>{value}</dd>
            {note}
        </dl>
    }
    .into_any()
}

/// Numbers side by side in one card, divided by lines.
#[component]
pub fn Stats(
    /// A [`Stat`] each.
    children: Children,
) -> AnyView {
    view! { <div class="stats">{children()}</div> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(reading: Reading) -> String {
        view! { <Stat label="Decline rate" reading /> }.to_html().replace("<!>", "")
    }

    #[test]
    fn a_rate_shows_its_counts_and_interval() {
        let html = html(Reading::Rate { k: 12, n: 2400, low: 0.00286, high: 0.00872, tone: Tone::Good });
        assert!(html.contains("0.5 %") && html.contains("12 of 2,400") && html.contains("0.3–0.9 %"), "{html}");
    }

    #[test]
    fn too_few_take_no_colour() {
        let html = html(Reading::TooFew { k: 0, n: 10, needs: 20, interval: Some((0.0, 0.278)) });
        assert!(html.contains("Too few") && html.contains("0.0–27.8 %"), "{html}");
        assert!(!html.contains("good") && !html.contains("bad"), "{html}");
    }
}
