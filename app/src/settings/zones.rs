//! Time zones to choose from.
use crate::ui::Choice;
use chrono_tz::{TZ_VARIANTS, Tz};

/// Every zone of the IANA list that names a place, and UTC, which comes first.
pub(crate) fn zones() -> Vec<Choice> {
    let mut choices = vec![Choice::new(Tz::UTC.name(), "UTC")];
    let places =
        TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|name| name.contains('/') && !name.starts_with("Etc/"));
    choices.extend(places.map(|name| Choice::new(name, name.replace('_', " "))));
    choices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_a_zone_and_there_once() {
        let all = zones();
        assert!(all.len() > 400, "{}", all.len());
        assert!(all.iter().all(|choice| choice.value.parse::<Tz>().is_ok()));
        for wanted in ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Chatham"] {
            assert_eq!(all.iter().filter(|choice| choice.value == wanted).count(), 1, "{wanted}");
        }
    }
}
