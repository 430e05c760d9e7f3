//! Measures the colours of `style/tokens.css` against WCAG 2.2: text 7 to 1 (1.4.6), marks and controls 3 to 1 (1.4.11).
use std::collections::HashMap;

const TOKENS: &str = include_str!("../../style/tokens.css");

/// Name to its light and its dark colour.
fn colours() -> HashMap<&'static str, [u32; 2]> {
    TOKENS
        .lines()
        .filter_map(|line| {
            let (name, value) = line.trim().strip_prefix("--")?.split_once(": ")?;
            let (light, dark) = value.strip_prefix("light-dark(#")?.strip_suffix(");")?.split_once(", #")?;
            Some((name, [u32::from_str_radix(light, 16).ok()?, u32::from_str_radix(dark, 16).ok()?]))
        })
        .collect()
}

fn luminance(colour: u32) -> f64 {
    let channel = |shift: u32| {
        let value = f64::from((colour >> shift) & 0xff) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
}

fn contrast(a: u32, b: u32) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn measure(pairs: &[(&str, &[&str])], least: f64) {
    let colours = colours();
    let mut poor = Vec::new();
    for (front, backs) in pairs {
        for back in *backs {
            for (theme, name) in ["light", "dark"].into_iter().enumerate() {
                let ratio = contrast(colours[front][theme], colours[back][theme]);
                if ratio < least {
                    poor.push(format!("{front} on {back}, {name}: {ratio:.2} of {least}"));
                }
            }
        }
    }
    assert!(poor.is_empty(), "{}", poor.join("\n"));
}

#[test]
fn text_can_be_read() {
    let plain: &[&str] = &["canvas", "surface", "sunken", "hover"];
    let tinted: &[&str] = &["good-soft", "warn-soft", "bad-soft", "accent-soft"];
    measure(
        &[
            ("ink", plain),
            ("ink-soft", plain),
            ("ink-faint", plain),
            ("ink", tinted),
            ("ink-soft", tinted),
            ("ink-faint", tinted),
            ("accent", plain),
            ("accent", tinted),
            ("accent-strong", plain),
            ("accent-strong", tinted),
            ("on-accent", &["accent", "accent-strong"]),
            ("on-danger", &["danger"]),
            ("good", plain),
            ("good", &["good-soft"]),
            ("warn", plain),
            ("warn", &["warn-soft"]),
            ("bad", plain),
            ("bad", &["bad-soft"]),
            ("on-band", &["band", "band-stripe"]),
        ],
        7.0,
    );
}

#[test]
fn marks_and_edges_can_be_seen() {
    measure(
        &[
            ("mark-1", &["surface", "mark-band", "sunken"]),
            ("mark-2", &["surface", "mark-band"]),
            ("mark-3", &["surface", "mark-band", "sunken"]),
            ("mark-bad", &["surface", "sunken"]),
            ("line-control", &["surface", "canvas"]),
            ("focus", &["surface", "canvas", "sunken"]),
            ("live", &["surface"]),
        ],
        3.0,
    );
}
