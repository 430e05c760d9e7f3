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
        self, Preset, Reaction, Rule, SetAgentRisk, SetCardRisk, SetRisk,
        configuration::{Change, Number, RuleChange, hundredths},
    },
};
use serde::Deserialize;
use shown::{AgentRiskView, CardRiskView, RiskConfigView};
use utoipa::ToSchema;

mod shown;

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
        .refuses(&[Code::AgentClosed, Code::StaleEdit]);
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

async fn answer(call: &Call) -> Answer {
    call.ok(&RiskConfigView::from(risk::of_organisation(call.db(), call.grant()).await?))
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
    call.ok(&AgentRiskView::from(risk::of_agent(call.db(), call.grant(), id).await?))
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
    call.ok(&CardRiskView::from(risk::of_card(call.db(), call.grant(), id).await?))
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
