//! Risk settings: of the organisation, of an agent, and the rules that a card switches.
use super::{
    Answer, Call, Failure, Nothing, Table,
    json::{Object, present},
};
use domain::{
    access::Permission,
    error::Noun,
    ids::{AgentId, CardId},
    risk::{
        self, OfAgent, OfCard, Preset, Reaction, Rule, SetAgentRisk, SetCardRisk, SetRisk,
        configuration::{Change, Configuration, Number, Own, RuleChange, hundredths},
    },
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(super) fn routes(api: &mut Table) {
    api.get("/v1/settings/risk", Permission::ViewRules, show);
    api.patch("/v1/settings/risk", Permission::RaiseLimit, change);
    api.post("/v1/settings/risk/preset", Permission::RaiseLimit, preset);
    api.get("/v1/agents/{id}/risk", Permission::ViewRules, show_agent);
    api.patch("/v1/agents/{id}/risk", Permission::RaiseLimit, change_agent);
    api.get("/v1/cards/{id}/risk", Permission::ViewRules, show_card);
    api.patch("/v1/cards/{id}/risk", Permission::RaiseLimit, change_card);
}

/// What edited rules are called; nobody can ask for it.
const CUSTOM: &str = "custom";

fn number(number: Number, value: i64) -> Value {
    if number == Number::Multiplier { json!(value as f64 / 100.0) } else { json!(value) }
}

fn rules(configuration: &Configuration) -> Value {
    let rule = |rule: &Rule| {
        let setting = configuration.rule(*rule);
        let mut fields = Map::new();
        fields.insert("enabled".into(), json!(setting.enabled));
        fields.insert("action".into(), json!(setting.action));
        fields.insert("dryRun".into(), json!(setting.dry_run));
        fields.extend(setting.numbers.iter().map(|(n, value)| (n.to_string(), number(*n, *value))));
        (rule.to_string(), Value::Object(fields))
    };
    Rule::ALL.iter().map(rule).collect::<Map<_, _>>().into()
}

fn in_force(configuration: &Configuration) -> Value {
    json!({ "dryRun": configuration.dry_run, "rules": rules(configuration) })
}

/// What is set and no more; what is absent is inherited.
fn own(own: &Own) -> Value {
    let rule = |(rule, set): (&Rule, &risk::configuration::OwnSetting)| {
        let mut fields = Map::new();
        let values = [
            ("enabled", set.enabled.map(Value::from)),
            ("action", set.action.map(|action| json!(action))),
            ("dryRun", set.dry_run.map(Value::from)),
        ];
        fields.extend(values.into_iter().filter_map(|(name, value)| value.map(|value| (name.to_owned(), value))));
        fields.extend(set.numbers.iter().map(|(n, value)| (n.to_string(), number(*n, *value))));
        (rule.to_string(), Value::Object(fields))
    };
    json!({ "dryRun": own.dry_run, "rules": own.rules.iter().map(rule).collect::<Map<_, _>>() })
}

async fn answer(call: &Call) -> Answer {
    let found = risk::of_organisation(call.db(), call.grant()).await?;
    call.ok(&json!({
        "object": "riskConfig",
        "preset": found.configuration.preset().map_or(CUSTOM, Preset::as_str),
        "dryRun": found.configuration.dry_run,
        "rules": rules(&found.configuration),
        "version": found.version,
        "updatedAt": found.updated_at,
    }))
}

async fn show(call: Call, _: Nothing) -> Answer {
    answer(&call).await
}

/// One rule as a body writes it: what is absent stays, `null` inherits again.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
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
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rules {
    #[serde(default, deserialize_with = "present")]
    duplicate_detection: Option<Option<Object<RuleBody>>>,
    #[serde(default, deserialize_with = "present")]
    velocity_limit: Option<Option<Object<RuleBody>>>,
    #[serde(default, deserialize_with = "present")]
    spend_spike: Option<Option<Object<RuleBody>>>,
    #[serde(default, deserialize_with = "present")]
    unattested_spend: Option<Option<Object<RuleBody>>>,
    #[serde(default, deserialize_with = "present")]
    intent_mismatch: Option<Option<Object<RuleBody>>>,
    #[serde(default, deserialize_with = "present")]
    cooldown_violation: Option<Option<Object<RuleBody>>>,
    #[serde(default, deserialize_with = "present")]
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    preset: Option<String>,
    #[serde(default, deserialize_with = "present")]
    dry_run: Option<Option<bool>>,
    rules: Option<Object<Rules>>,
    version: Option<i64>,
}

async fn change(call: Call, body: Settings) -> Answer {
    let preset = body.preset.as_deref().map(chosen).transpose()?;
    call.commit(SetRisk { preset, change: changed(body.dry_run, body.rules), version: body.version }).await?;
    answer(&call).await
}

#[derive(Deserialize)]
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
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OwnBody {
    #[serde(default, deserialize_with = "present")]
    dry_run: Option<Option<bool>>,
    rules: Option<Object<Rules>>,
    version: Option<i64>,
}

async fn agent_answer(call: &Call, id: &AgentId) -> Answer {
    let OfAgent { agent_id, own: set, in_force: effective, version, .. } =
        risk::of_agent(call.db(), call.grant(), id).await?;
    call.ok(&json!({
        "object": "agentRiskConfig", "agentId": agent_id, "overrides": own(&set), "effective": in_force(&effective),
        "version": version,
    }))
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
    let OfCard { card_id, own: set, in_force: effective, version, .. } =
        risk::of_card(call.db(), call.grant(), id).await?;
    call.ok(&json!({
        "object": "cardRiskConfig", "cardId": card_id, "overrides": own(&set), "effective": in_force(&effective),
        "version": version,
    }))
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
