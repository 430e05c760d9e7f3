//! The design system: small components that know how things look and nothing of what they mean.
//!
//! A component takes plain words and numbers, owned, and gives back a view. It loads nothing, builds no
//! address and reads no clock. Its style has its name, in `style/ui/`. `examples/gallery.rs` shows them all.
mod badge;
mod button;
pub mod chart;
mod chips;
mod choice;
mod code;
mod confirm;
mod empty;
mod facts;
mod field;
mod icon;
mod live;
mod meter;
mod money;
mod page;
mod pager;
mod panel;
mod quoted;
mod secret;
mod shell;
mod stat;
mod summary;
mod table;
mod tabs;
mod taste;
mod textarea;
mod time;
mod timeline;

pub use badge::{Badge, Tone};
pub use button::{Button, ButtonLink, Look};
pub use chips::{Chip, Chips, FilterBar};
pub use choice::{Checkbox, Choice, Radios, Select, Ticks};
pub use code::{Code, CopyButton, Verbatim};
pub use confirm::{Confirm, TypedName};
pub use empty::{CouldNotLoad, NothingMatches, NothingYet};
pub use facts::{Fact, Facts};
pub use field::{Field, field_id};
pub use icon::{Glyph, Icon, Logo};
pub use live::LiveStamp;
pub use meter::SpendMeter;
pub use money::{Money, amount};
pub use page::{Crumb, PageHead};
pub use pager::{PageSize, Pager};
pub use panel::{Panel, Trouble};
pub use quoted::Quoted;
pub use secret::{FleetingSecrets, Secret, SecretPart};
pub use shell::{Bare, Environment, Head, NavGroup, NavItem, Person, Shell, Tastes};
pub use stat::{Reading, Stat, Stats, percent};
pub use summary::{ErrorSummary, Flash, FlashMessage, Standing};
pub use table::{Column, Order, Table};
pub use tabs::{Ranges, Tab, Tabs};
pub use taste::{Density, Taste, Theme};
pub use textarea::TextArea;
pub use time::{Moment, Precision, local};
pub use timeline::{Step, StepState, Timeline};

/// Lower-case letters, digits and single dashes: text made fit for an `id`.
fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Whole numbers with a comma between thousands: `12,340`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_fit_for_ids() {
        assert_eq!(slug("Decline rate, 24 h"), "decline-rate-24-h");
        assert_eq!(slug("  <b>"), "b");
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
    }
}
