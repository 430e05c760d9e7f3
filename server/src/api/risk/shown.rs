//! Risk rules as replies show them.
use super::CUSTOM;
use domain::{
    ids::{AgentId, CardId},
    risk::{
        OfAgent, OfCard, OfOrganisation, Preset, Reaction, Rule,
        configuration::{Configuration, Number, Own},
    },
    time::Timestamp,
};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One rule; each has the numbers that it needs and no others.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RiskRule)]
struct RuleView {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    action: Option<Reaction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    dry_run: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    window_minutes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    max_per_hour: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    max_per_day: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    multiplier: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    baseline_days: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    min_gap_percent: Option<i64>,
}

impl RuleView {
    fn new<'a>(
        enabled: Option<bool>,
        action: Option<Reaction>,
        dry_run: Option<bool>,
        numbers: impl IntoIterator<Item = (&'a Number, &'a i64)>,
    ) -> Self {
        let numbers: BTreeMap<Number, i64> = numbers.into_iter().map(|(number, value)| (*number, *value)).collect();
        let of = |number| numbers.get(&number).copied();
        Self {
            enabled,
            action,
            dry_run,
            window_minutes: of(Number::WindowMinutes),
            max_per_hour: of(Number::MaxPerHour),
            max_per_day: of(Number::MaxPerDay),
            multiplier: of(Number::Multiplier).map(|value| value as f64 / 100.0),
            baseline_days: of(Number::BaselineDays),
            min_gap_percent: of(Number::MinGapPercent),
        }
    }
}

/// Rules by name.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RiskRules)]
struct RulesView {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    duplicate_detection: Option<RuleView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    velocity_limit: Option<RuleView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    spend_spike: Option<RuleView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    unattested_spend: Option<RuleView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    intent_mismatch: Option<RuleView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cooldown_violation: Option<RuleView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    merchant_drift: Option<RuleView>,
}

impl RulesView {
    fn of(view: impl Fn(Rule) -> Option<RuleView>) -> Self {
        Self {
            duplicate_detection: view(Rule::DuplicateDetection),
            velocity_limit: view(Rule::VelocityLimit),
            spend_spike: view(Rule::SpendSpike),
            unattested_spend: view(Rule::UnattestedSpend),
            intent_mismatch: view(Rule::IntentMismatch),
            cooldown_violation: view(Rule::CooldownViolation),
            merchant_drift: view(Rule::MerchantDrift),
        }
    }
}

impl From<&Configuration> for RulesView {
    fn from(configuration: &Configuration) -> Self {
        Self::of(|rule| {
            let set = configuration.rule(rule);
            Some(RuleView::new(Some(set.enabled), Some(set.action), Some(set.dry_run), &set.numbers))
        })
    }
}

/// The rules of an organisation; all seven are there, whole.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RiskConfigView {
    #[schema(pattern = "^riskConfig$")]
    object: &'static str,
    /// A preset, or `custom` where rules were changed one by one.
    preset: &'static str,
    dry_run: bool,
    rules: RulesView,
    version: i64,
    updated_at: Option<Timestamp>,
}

impl From<OfOrganisation> for RiskConfigView {
    fn from(of: OfOrganisation) -> Self {
        Self {
            object: "riskConfig",
            preset: of.configuration.preset().map_or(CUSTOM, Preset::as_str),
            dry_run: of.configuration.dry_run,
            rules: (&of.configuration).into(),
            version: of.version,
            updated_at: of.updated_at,
        }
    }
}

/// What is in force.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RiskInForce)]
struct InForce {
    dry_run: bool,
    rules: RulesView,
}

impl From<&Configuration> for InForce {
    fn from(configuration: &Configuration) -> Self {
        Self { dry_run: configuration.dry_run, rules: configuration.into() }
    }
}

/// What is set and no more; what is absent is inherited.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RiskOverrides)]
struct Overrides {
    dry_run: Option<bool>,
    rules: RulesView,
}

impl From<&Own> for Overrides {
    fn from(own: &Own) -> Self {
        let view =
            |rule| own.rules.get(&rule).map(|set| RuleView::new(set.enabled, set.action, set.dry_run, &set.numbers));
        Self { dry_run: own.dry_run, rules: RulesView::of(view) }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AgentRiskView {
    #[schema(pattern = "^agentRiskConfig$")]
    object: &'static str,
    agent_id: AgentId,
    overrides: Overrides,
    effective: InForce,
    version: i64,
}

impl From<OfAgent> for AgentRiskView {
    fn from(of: OfAgent) -> Self {
        let (overrides, effective) = ((&of.own).into(), (&of.in_force).into());
        Self { object: "agentRiskConfig", agent_id: of.agent_id, overrides, effective, version: of.version }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CardRiskView {
    #[schema(pattern = "^cardRiskConfig$")]
    object: &'static str,
    card_id: CardId,
    overrides: Overrides,
    effective: InForce,
    version: i64,
}

impl From<OfCard> for CardRiskView {
    fn from(of: OfCard) -> Self {
        let (overrides, effective) = ((&of.own).into(), (&of.in_force).into());
        Self { object: "cardRiskConfig", card_id: of.card_id, overrides, effective, version: of.version }
    }
}
