//! What is set for the rules: by the organisation, differently for an agent, switched for a card.
use super::{Preset, Reaction, Rule};
use crate::{Result, error::Refused, text::words};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

words! {
    /// The numbers that rules are set by.
    Number {
        /// How long the window is that a rule looks at, in minutes.
        WindowMinutes = "windowMinutes",
        /// The most purchases in an hour.
        MaxPerHour = "maxPerHour",
        /// The most purchases in 24 hours.
        MaxPerDay = "maxPerDay",
        /// How many times the usual, in hundredths; the API writes it as a decimal.
        Multiplier = "multiplier",
        /// Over how many whole days (UTC) before today the usual is taken.
        BaselineDays = "baselineDays",
        /// From how many percent of the declared amount on a difference counts (ours: "large mismatch").
        MinGapPercent = "minGapPercent",
    }
}

impl Number {
    /// What is asked for, in words for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::WindowMinutes => "Window",
            Self::MaxPerHour => "Most in an hour",
            Self::MaxPerDay => "Most in 24 hours",
            Self::Multiplier => "Times the usual",
            Self::BaselineDays => "The usual over",
            Self::MinGapPercent => "Differs by at least",
        }
    }

    /// What it counts, in words for people.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::WindowMinutes => "minutes",
            Self::MaxPerHour | Self::MaxPerDay => "purchases",
            Self::Multiplier => "times",
            Self::BaselineDays => "days",
            Self::MinGapPercent => "percent",
        }
    }

    /// The least and the most that it may be.
    pub const fn range(self) -> (i64, i64) {
        match self {
            Self::WindowMinutes => (1, 1_440),
            Self::MaxPerHour => (1, 10_000),
            Self::MaxPerDay => (1, 100_000),
            Self::Multiplier => (100, 10_000),
            Self::BaselineDays => (1, 30),
            Self::MinGapPercent => (0, 1_000),
        }
    }

    /// What it may be, as a refusal says it.
    fn wanted(self) -> String {
        let (least, most) = self.range();
        match self {
            Self::Multiplier => format!("must be a number from {} to {}, such as 2.5", least / 100, most / 100),
            _ => format!("must be a whole number from {least} to {most}"),
        }
    }

    /// The number as people and the API read it: a multiplier with its decimals.
    pub fn said(self, value: i64) -> String {
        match (self, value % 100) {
            (Self::Multiplier, 0) => (value / 100).to_string(),
            (Self::Multiplier, rest) if rest % 10 == 0 => format!("{}.{}", value / 100, rest / 10),
            (Self::Multiplier, rest) => format!("{}.{rest:02}", value / 100),
            _ => value.to_string(),
        }
    }

    /// Takes what a person typed, or says what may be typed.
    pub fn parse(self, text: &str) -> Result<i64, String> {
        let value = match self {
            Self::Multiplier => text.trim().parse().ok().and_then(hundredths),
            _ => text.trim().parse().ok(),
        };
        let (least, most) = self.range();
        value.filter(|value| (least..=most).contains(value)).ok_or_else(|| self.wanted())
    }
}

/// A factor in hundredths, to the nearest; none where it is no number or beyond every range.
pub fn hundredths(factor: f64) -> Option<i64> {
    // In range the product is at most 100,000,000, far inside what an i64 holds; NaN is not in range.
    (0.0..=1_000_000.0).contains(&factor).then(|| (factor * 100.0).round() as i64)
}

impl Rule {
    /// The numbers that it is set by.
    pub const fn numbers(self) -> &'static [Number] {
        match self {
            Self::DuplicateDetection => &[Number::WindowMinutes],
            Self::VelocityLimit => &[Number::MaxPerHour, Number::MaxPerDay],
            Self::SpendSpike => &[Number::Multiplier, Number::WindowMinutes, Number::BaselineDays],
            Self::IntentMismatch => &[Number::MinGapPercent],
            Self::UnattestedSpend | Self::CooldownViolation | Self::MerchantDrift => &[],
        }
    }
}

/// How one rule is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Setting {
    /// Whether it looks at all.
    pub enabled: bool,
    /// What happens when it fires.
    pub action: Reaction,
    /// Whether it only tells, whatever its action.
    pub dry_run: bool,
    /// Its numbers: each of [`Rule::numbers`].
    pub numbers: BTreeMap<Number, i64>,
}

impl Setting {
    /// One of its numbers; the strictest where it has none of that name.
    pub fn number(&self, number: Number) -> i64 {
        self.numbers.get(&number).copied().unwrap_or(number.range().0)
    }
}

/// How the rules are set for an organisation or, with what its agent and card set, for one card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Configuration {
    /// Whether all rules only tell, whatever their actions.
    pub dry_run: bool,
    /// Each rule.
    pub rules: BTreeMap<Rule, Setting>,
}

impl Default for Configuration {
    /// The starting point.
    fn default() -> Self {
        Preset::Moderate.configuration(false)
    }
}

impl Configuration {
    /// How the rule is set.
    pub fn rule(&self, rule: Rule) -> Setting {
        self.rules.get(&rule).cloned().unwrap_or_else(|| Preset::Moderate.setting(rule))
    }

    /// The preset whose rules these are, whether or not they are a dry run; none for rules of one's own.
    pub fn preset(&self) -> Option<Preset> {
        Preset::ALL.iter().copied().find(|preset| Rule::ALL.iter().all(|r| self.rule(*r) == preset.setting(*r)))
    }

    /// These with what an agent or a card sets instead.
    #[must_use]
    pub fn with(&self, own: &Own) -> Self {
        let mut rules = BTreeMap::new();
        for rule in Rule::ALL {
            let mut setting = self.rule(*rule);
            if let Some(own) = own.rules.get(rule) {
                setting.enabled = own.enabled.unwrap_or(setting.enabled);
                setting.action = own.action.unwrap_or(setting.action);
                setting.dry_run = own.dry_run.unwrap_or(setting.dry_run);
                setting.numbers.extend(own.numbers.iter().map(|(number, value)| (*number, *value)));
            }
            rules.insert(*rule, setting);
        }
        Self { dry_run: own.dry_run.unwrap_or(self.dry_run), rules }
    }
}

/// What an agent or a card sets of one rule; what is absent is inherited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnSetting {
    /// Whether it looks at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// What happens when it fires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<Reaction>,
    /// Whether it only tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// Its numbers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<Number, i64>,
}

/// What an agent sets instead of its organisation, or a card instead of both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Own {
    /// Whether all rules only tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// Rules of which something is set.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<Rule, OwnSetting>,
}

/// A change of one rule: absent changes nothing, `Some(None)` inherits again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleChange {
    /// Whether it looks at all.
    pub enabled: Option<Option<bool>>,
    /// What happens when it fires.
    pub action: Option<Option<Reaction>>,
    /// Whether it only tells.
    pub dry_run: Option<Option<bool>>,
    /// Its numbers.
    pub numbers: BTreeMap<Number, Option<i64>>,
}

impl RuleChange {
    /// Inherits everything again.
    pub fn inherit(rule: Rule) -> Self {
        let numbers = rule.numbers().iter().map(|number| (*number, None)).collect();
        Self { enabled: Some(None), action: Some(None), dry_run: Some(None), numbers }
    }
}

/// A change of what is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Whether all rules only tell.
    pub dry_run: Option<Option<bool>>,
    /// The rules that change.
    pub rules: BTreeMap<Rule, RuleChange>,
}

const NOT_INHERITED: &str = "must have a value: there is nothing that an organisation inherits it from";
const NOT_OF_A_CARD: &str = "cannot be set for a card, which only switches rules on or off; set it for the agent";

impl Change {
    /// What the organisation sets after the change.
    pub fn of_organisation(&self, before: &Configuration) -> Result<Configuration> {
        let mut refused = self.refused();
        let mut after = before.with(&Own::default());
        if self.dry_run == Some(None) {
            refused.add("dryRun", NOT_INHERITED);
        }
        for (rule, change) in &self.rules {
            let numbers = change.numbers.iter().map(|(number, value)| (number.as_str(), value.is_none()));
            let cleared = [
                ("enabled", change.enabled == Some(None)),
                ("action", change.action == Some(None)),
                ("dryRun", change.dry_run == Some(None)),
            ];
            for (name, _) in cleared.into_iter().chain(numbers).filter(|(_, cleared)| *cleared) {
                refused.add(format!("rules.{rule}.{name}"), NOT_INHERITED);
            }
        }
        after = after.with(&self.merged(&Own::default()));
        refused.or(after)
    }

    /// What the agent sets after the change.
    pub fn of_agent(&self, before: &Own) -> Result<Own> {
        self.refused().or(self.merged(before))
    }

    /// What the card sets after the change: whether a rule looks, and no more.
    pub fn of_card(&self, before: &Own) -> Result<Own> {
        let mut refused = self.refused();
        if self.dry_run.is_some() {
            refused.add("dryRun", NOT_OF_A_CARD);
        }
        for (rule, change) in &self.rules {
            let numbers = change.numbers.keys().map(|number| (number.as_str(), true));
            let others = [("action", change.action.is_some()), ("dryRun", change.dry_run.is_some())];
            for (name, _) in others.into_iter().chain(numbers).filter(|(_, set)| *set) {
                refused.add(format!("rules.{rule}.{name}"), NOT_OF_A_CARD);
            }
        }
        refused.or(self.merged(before))
    }

    /// Numbers that no rule of theirs has, or that are out of range.
    fn refused(&self) -> Refused {
        let mut refused = Refused::default();
        for (rule, change) in &self.rules {
            for (number, value) in &change.numbers {
                let (least, most) = number.range();
                let name = format!("rules.{rule}.{number}");
                if !rule.numbers().contains(number) {
                    refused.add(name, "is no number of this rule");
                } else if value.is_some_and(|value| !(least..=most).contains(&value)) {
                    refused.add(name, number.wanted());
                }
            }
        }
        refused
    }

    fn merged(&self, before: &Own) -> Own {
        let mut after = before.clone();
        if let Some(dry_run) = self.dry_run {
            after.dry_run = dry_run;
        }
        for (rule, change) in &self.rules {
            let own = after.rules.entry(*rule).or_default();
            if let Some(enabled) = change.enabled {
                own.enabled = enabled;
            }
            if let Some(action) = change.action {
                own.action = action;
            }
            if let Some(dry_run) = change.dry_run {
                own.dry_run = dry_run;
            }
            for (number, value) in &change.numbers {
                match value {
                    Some(value) => drop(own.numbers.insert(*number, *value)),
                    None => drop(own.numbers.remove(number)),
                }
            }
        }
        after.rules.retain(|_, own| *own != OwnSetting::default());
        after
    }
}

#[cfg(test)]
mod tests;
