//! Risk settings: of the organisation, of an agent, and the rules that a card switches.
use super::{
    Answer, Call, Failure, Nothing, Table,
    json::{Object, present},
};
use domain::{
    access::Permission,
    error::{Code, Noun},
    ids::{AgentId, CardId},
    risk::{
        self, OfAgent, OfCard, Preset, Reaction, Rule, SetAgentRisk, SetCardRisk, SetRisk,
        configuration::{Change, Configuration, Number, Own, RuleChange, hundredths},
    },
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.get("/v1/settings/risk", Permission::ViewRules, show)
        .answers::<RiskConfigView>("readRiskConfig", "Read the risk rules of the organisation");
    api.patch("/v1/settings/risk", Permission::RaiseLimit, change)
        .answers::<RiskConfigView>("updateRiskConfig", "Change the risk rules of the organisation")
        .refuses(&[Code::StaleEdit]);
    api.post("/v1/settings/risk/preset", Permission::RaiseLimit, preset)
        .answers::<RiskConfigView>("applyRiskPreset", "Take the risk rules of a preset")
        .refuses(&[Code::StaleEdit]);
    api.get("/v1/agents/{id}/risk", Permission::ViewRules, show_agent)
        .answers::<AgentRiskView>("readAgentRisk", "Read the risk rules of an agent")
        .at::<AgentId>("id", Noun::Agent);
    api.patch("/v1/agents/{id}/risk", Permission::RaiseLimit, change_agent)
        .answers::<AgentRiskView>("updateAgentRisk", "Change which risk rules an agent has of its own")
        .at::<AgentId>("id", Noun::Agent)
        .refuses(&[Code::StaleEdit]);
    api.get("/v1/cards/{id}/risk", Permission::ViewRules, show_card)
        .answers::<CardRiskView>("readCardRisk", "Read the risk rules of a card")
        .at::<CardId>("id", Noun::Card);
    api.patch("/v1/cards/{id}/risk", Permission::RaiseLimit, change_card)
        .answers::<CardRiskView>("updateCardRisk", "Switch risk rules on or off for a card")
        .at::<CardId>("id", Noun::Card)
        .notes("A card sets no more than whether a rule is on.")
        .refuses(&[Code::CardAlreadyClosed, Code::StaleEdit]);
}

/// What edited rules are called; nobody can ask for it.
const CUSTOM: &str = "custom";

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
struct RiskConfigView {
    #[schema(pattern = "^riskConfig$")]
    object: &'static str,
    /// A preset, or `custom` where rules were changed one by one.
    preset: &'static str,
    dry_run: bool,
    rules: RulesView,
    version: i64,
    updated_at: Option<Timestamp>,
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
struct AgentRiskView {
    #[schema(pattern = "^agentRiskConfig$")]
    object: &'static str,
    agent_id: AgentId,
    overrides: Overrides,
    effective: InForce,
    version: i64,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CardRiskView {
    #[schema(pattern = "^cardRiskConfig$")]
    object: &'static str,
    card_id: CardId,
    overrides: Overrides,
    effective: InForce,
    version: i64,
}

async fn answer(call: &Call) -> Answer {
    let found = risk::of_organisation(call.db(), call.grant()).await?;
    call.ok(&RiskConfigView {
        object: "riskConfig",
        preset: found.configuration.preset().map_or(CUSTOM, Preset::as_str),
        dry_run: found.configuration.dry_run,
        rules: (&found.configuration).into(),
        version: found.version,
        updated_at: found.updated_at,
    })
}

async fn show(call: Call, _: Nothing) -> Answer {
    answer(&call).await
}

/// One rule as a body writes it: what is absent stays, `null` inherits again.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RiskRuleChange)]
struct RuleBody {
    #[serde(default, deserialize_with = "present")]
    enabled: Option<Option<bool>>,
    #[serde(default, deserialize_with = "present")]
    action: Option<Option<Reaction>>,
    #[serde(default, deserialize_with = "present")]
    dry_run: Option<Option<bool>>,
    #[serde(default, deserialize_with = "present")]
    window_minutes: Option<Option<i64>>,
    #[serde(default, deserialize_with = "present")]
    max_per_hour: Option<Option<i64>>,
    #[serde(default, deserialize_with = "present")]
    max_per_day: Option<Option<i64>>,
    #[serde(default, deserialize_with = "present")]
    multiplier: Option<Option<f64>>,
    #[serde(default, deserialize_with = "present")]
    baseline_days: Option<Option<i64>>,
    #[serde(default, deserialize_with = "present")]
    min_gap_percent: Option<Option<i64>>,
}

impl From<RuleBody> for RuleChange {
    fn from(body: RuleBody) -> Self {
        // What is no factor at all is beyond the range, and refused with it.
        let factor = |factor: f64| hundredths(factor).unwrap_or(i64::MAX);
        let numbers = [
            (Number::WindowMinutes, body.window_minutes),
            (Number::MaxPerHour, body.max_per_hour),
            (Number::MaxPerDay, body.max_per_day),
            (Number::Multiplier, body.multiplier.map(|value| value.map(factor))),
            (Number::BaselineDays, body.baseline_days),
            (Number::MinGapPercent, body.min_gap_percent),
        ];
        let numbers = numbers.into_iter().filter_map(|(number, value)| Some((number, value?))).collect();
        Self { enabled: body.enabled, action: body.action, dry_run: body.dry_run, numbers }
    }
}

/// The rules of a body, by name.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RiskRulesChange)]
struct Rules {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<RuleBody>)]
    duplicate_detection: Option<Option<Object<RuleBody>>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<RuleBody>)]
    velocity_limit: Option<Option<Object<RuleBody>>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<RuleBody>)]
    spend_spike: Option<Option<Object<RuleBody>>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<RuleBody>)]
    unattested_spend: Option<Option<Object<RuleBody>>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<RuleBody>)]
    intent_mismatch: Option<Option<Object<RuleBody>>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<RuleBody>)]
    cooldown_violation: Option<Option<Object<RuleBody>>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<RuleBody>)]
    merchant_drift: Option<Option<Object<RuleBody>>>,
}

/// A rule that is `null` inherits as a whole.
fn changed(dry_run: Option<Option<bool>>, rules: Option<Object<Rules>>) -> Change {
    let Object(rules) = rules.unwrap_or_default();
    let all = [
        (Rule::DuplicateDetection, rules.duplicate_detection),
        (Rule::VelocityLimit, rules.velocity_limit),
        (Rule::SpendSpike, rules.spend_spike),
        (Rule::UnattestedSpend, rules.unattested_spend),
        (Rule::IntentMismatch, rules.intent_mismatch),
        (Rule::CooldownViolation, rules.cooldown_violation),
        (Rule::MerchantDrift, rules.merchant_drift),
    ];
    let rule = |(rule, body): (Rule, Option<Option<Object<RuleBody>>>)| {
        Some((rule, body?.map_or_else(|| RuleChange::inherit(rule), |Object(body)| body.into())))
    };
    Change { dry_run, rules: all.into_iter().filter_map(rule).collect() }
}

fn chosen(preset: &str) -> Result<Preset, Failure> {
    if preset == CUSTOM {
        let why = "must be one of: permissive, moderate, strict, paranoid; custom is what rules are called that were \
                   changed one by one";
        return Err(Failure::value("preset", why));
    }
    preset.parse().map_err(|why: domain::UnknownWord| Failure::value("preset", &why.to_string()))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Settings {
    preset: Option<String>,
    #[serde(default, deserialize_with = "present")]
    dry_run: Option<Option<bool>>,
    #[schema(value_type = Option<Rules>)]
    rules: Option<Object<Rules>>,
    version: Option<i64>,
}

async fn change(call: Call, body: Settings) -> Answer {
    let preset = body.preset.as_deref().map(chosen).transpose()?;
    call.commit(SetRisk { preset, change: changed(body.dry_run, body.rules), version: body.version }).await?;
    answer(&call).await
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Chosen {
    preset: String,
    dry_run: Option<bool>,
    version: Option<i64>,
}

async fn preset(call: Call, body: Chosen) -> Answer {
    let preset = Some(chosen(&body.preset)?);
    let change = Change { dry_run: body.dry_run.map(Some), ..Change::default() };
    call.commit(SetRisk { preset, change, version: body.version }).await?;
    answer(&call).await
}

/// The same for an agent or a card.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OwnBody {
    #[serde(default, deserialize_with = "present")]
    dry_run: Option<Option<bool>>,
    #[schema(value_type = Option<Rules>)]
    rules: Option<Object<Rules>>,
    version: Option<i64>,
}

async fn agent_answer(call: &Call, id: &AgentId) -> Answer {
    let OfAgent { agent_id, own, in_force, version, .. } = risk::of_agent(call.db(), call.grant(), id).await?;
    let (overrides, effective) = ((&own).into(), (&in_force).into());
    call.ok(&AgentRiskView { object: "agentRiskConfig", agent_id, overrides, effective, version })
}

async fn show_agent(call: Call, _: Nothing) -> Answer {
    let id = call.id("id", Noun::Agent)?;
    agent_answer(&call, &id).await
}

async fn change_agent(call: Call, body: OwnBody) -> Answer {
    let id: AgentId = call.id("id", Noun::Agent)?;
    let change = changed(body.dry_run, body.rules);
    call.commit(SetAgentRisk { id: id.clone(), change, version: body.version }).await?;
    agent_answer(&call, &id).await
}

async fn card_answer(call: &Call, id: &CardId) -> Answer {
    let OfCard { card_id, own, in_force, version, .. } = risk::of_card(call.db(), call.grant(), id).await?;
    let (overrides, effective) = ((&own).into(), (&in_force).into());
    call.ok(&CardRiskView { object: "cardRiskConfig", card_id, overrides, effective, version })
}

async fn show_card(call: Call, _: Nothing) -> Answer {
    let id = call.id("id", Noun::Card)?;
    card_answer(&call, &id).await
}

async fn change_card(call: Call, body: OwnBody) -> Answer {
    let id: CardId = call.id("id", Noun::Card)?;
    let change = changed(body.dry_run, body.rules);
    call.commit(SetCardRisk { id: id.clone(), change, version: body.version }).await?;
    card_answer(&call, &id).await
}
