//! The four presets. The names and what they are for are documented; the numbers are ours.
use super::{
    Reaction, Rule,
    configuration::{Configuration, Number, Setting},
};
use crate::text::words;

words! {
    /// A set of rules to start from.
    Preset {
        /// The least, and never more than an alert: for agents that are trusted.
        Permissive = "permissive",
        /// Balanced alerts: the starting point.
        Moderate = "moderate",
        /// Freezes the card.
        Strict = "strict",
        /// The most, and suspends the agent.
        Paranoid = "paranoid",
    }
}

/// What each preset makes of a rule, from permissive to paranoid: its action, or none where it is off, and its numbers.
type Row = [(Option<Reaction>, &'static [(Number, i64)]); 4];

const fn row(rule: Rule) -> Row {
    use Number::{BaselineDays, MaxPerDay, MaxPerHour, MinGapPercent, Multiplier, WindowMinutes};
    const TELL: Option<Reaction> = Some(Reaction::Alert);
    const FREEZE: Option<Reaction> = Some(Reaction::FreezeCard);
    const SUSPEND: Option<Reaction> = Some(Reaction::SuspendAgent);
    match rule {
        Rule::DuplicateDetection => [
            (TELL, &[(WindowMinutes, 2)]),
            (TELL, &[(WindowMinutes, 5)]),
            (FREEZE, &[(WindowMinutes, 10)]),
            (SUSPEND, &[(WindowMinutes, 30)]),
        ],
        Rule::VelocityLimit => [
            (TELL, &[(MaxPerHour, 60), (MaxPerDay, 500)]),
            (TELL, &[(MaxPerHour, 20), (MaxPerDay, 100)]),
            (FREEZE, &[(MaxPerHour, 10), (MaxPerDay, 50)]),
            (SUSPEND, &[(MaxPerHour, 5), (MaxPerDay, 25)]),
        ],
        Rule::SpendSpike => [
            (TELL, &[(Multiplier, 500), (WindowMinutes, 60), (BaselineDays, 7)]),
            (TELL, &[(Multiplier, 300), (WindowMinutes, 60), (BaselineDays, 7)]),
            (FREEZE, &[(Multiplier, 250), (WindowMinutes, 60), (BaselineDays, 14)]),
            (SUSPEND, &[(Multiplier, 200), (WindowMinutes, 60), (BaselineDays, 30)]),
        ],
        Rule::UnattestedSpend => [(None, &[]), (TELL, &[]), (FREEZE, &[]), (SUSPEND, &[])],
        Rule::IntentMismatch => [
            (TELL, &[(MinGapPercent, 50)]),
            (TELL, &[(MinGapPercent, 25)]),
            (FREEZE, &[(MinGapPercent, 10)]),
            (SUSPEND, &[(MinGapPercent, 0)]),
        ],
        // The try itself was declined: nothing got through.
        Rule::CooldownViolation => [(None, &[]), (TELL, &[]), (TELL, &[]), (SUSPEND, &[])],
        Rule::MerchantDrift => [(None, &[]), (TELL, &[]), (FREEZE, &[]), (SUSPEND, &[])],
    }
}

impl Preset {
    /// What it is for, in a sentence for people.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Permissive => "The least, and never more than an alert: for agents that you trust.",
            Self::Moderate => "Balanced alerts: the starting point.",
            Self::Strict => "Looks closer, and freezes the card.",
            Self::Paranoid => "Looks closest, and suspends the agent with all its cards.",
        }
    }

    /// How it sets one rule. One that is off would tell, with the numbers shown.
    pub fn setting(self, rule: Rule) -> Setting {
        let (action, numbers) = row(rule)[self as usize];
        Setting {
            enabled: action.is_some(),
            action: action.unwrap_or(Reaction::Alert),
            dry_run: false,
            numbers: numbers.iter().copied().collect(),
        }
    }

    /// How it sets all of them.
    pub fn configuration(self, dry_run: bool) -> Configuration {
        Configuration { dry_run, rules: Rule::ALL.iter().map(|rule| (*rule, self.setting(*rule))).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_sets_each_rule_with_all_its_numbers_and_is_known_again() {
        for preset in Preset::ALL {
            for rule in Rule::ALL {
                let setting = preset.setting(*rule);
                let mut numbers = rule.numbers().to_vec();
                numbers.sort_unstable();
                assert_eq!(setting.numbers.keys().copied().collect::<Vec<_>>(), numbers, "{preset} {rule}");
                for (number, value) in setting.numbers {
                    let (least, most) = number.range();
                    assert!((least..=most).contains(&value), "{preset} {rule} {number}");
                }
            }
            assert_eq!(preset.configuration(true).preset(), Some(*preset));
        }
        assert_eq!(Configuration::default().preset(), Some(Preset::Moderate));
    }

    #[test]
    fn a_stricter_preset_never_lets_more_through() {
        for pair in Preset::ALL.windows(2) {
            for rule in Rule::ALL {
                let (loose, strict) = (pair[0].setting(*rule), pair[1].setting(*rule));
                assert!(strict.enabled >= loose.enabled && strict.action >= loose.action, "{rule}");
                for number in rule.numbers() {
                    let (loose, strict) = (loose.number(*number), strict.number(*number));
                    match number {
                        Number::WindowMinutes | Number::BaselineDays => assert!(strict >= loose, "{rule} {number}"),
                        _ => assert!(strict < loose, "{rule} {number}"),
                    }
                }
            }
        }
    }
}
