//! What the rules say, without buying: a purchase that nobody makes, and the rules that stand for a card.
mod policy;

use super::{Answer, Call, Failure, Table};
use domain::{
    access::Permission,
    error::Noun,
    ids::CardId,
    limits::{
        DeclineReason,
        decide::{Case, Decision, Evaluated, RuleName},
        evaluate::{self, Question},
    },
    money::{Amount, Currency},
    name::{Name, Quote},
    purchases::Merchant,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.post("/v1/spend/evaluate", Permission::View, evaluate)
        .answers::<Evaluation>("evaluateSpend", "Ask what would be decided, without buying")
        .misses(Noun::Card);
    policy::routes(api);
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Asked {
    card_id: CardId,
    amount: Amount,
    currency: Option<Currency>,
    merchant: Charging,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Charging {
    /// The name as the card network writes it.
    #[schema(value_type = Quote)]
    name: String,
    /// The category (MCC).
    #[schema(pattern = "^[0-9]{4}$")]
    category_code: String,
    #[schema(value_type = Option<Name>)]
    city: Option<String>,
    #[schema(pattern = "^[A-Z]{2}$")]
    country: Option<String>,
}

/// What would be decided, each rule's part in it, and the room that is left.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Evaluation {
    #[schema(pattern = "^spend_evaluation$")]
    object: &'static str,
    /// `approved` or `declined`.
    decision: &'static str,
    reasons: Vec<Reason>,
    rules: Vec<Evaluated>,
    rules_version: u32,
    evaluated_at: Timestamp,
    context: Context,
}

#[derive(Serialize, ToSchema)]
#[schema(as = EvaluationReason)]
struct Reason {
    code: DeclineReason,
    message: &'static str,
    rule: RuleName,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EvaluationContext)]
struct Context {
    spending_power: i64,
    agent_spent: i64,
    card_spent_day: i64,
    card_spent_month: i64,
    card_spent: i64,
}

impl Evaluation {
    fn of(case: Case, decision: Decision) -> Self {
        let card = case.state.card.unwrap_or_default();
        Self {
            object: "spend_evaluation",
            decision: if decision.approved() { "approved" } else { "declined" },
            reasons: decision
                .evaluated
                .iter()
                .filter_map(|e| e.reason.map(|code| Reason { code, message: code.plain(), rule: e.rule }))
                .collect(),
            rules: decision.evaluated,
            rules_version: decision.version,
            evaluated_at: case.request.at,
            context: Context {
                spending_power: case.state.spending_power,
                agent_spent: case.state.agent_spent,
                card_spent_day: card.spent_day,
                card_spent_month: card.spent_month,
                card_spent: card.spent,
            },
        }
    }
}

async fn evaluate(call: Call, asked: Asked) -> Answer {
    let Charging { name, category_code, city, country } = &asked.merchant;
    let question = Question {
        card_id: asked.card_id,
        amount: asked.amount,
        currency: asked.currency.unwrap_or(Currency::USD),
        merchant: Merchant::parse(name, category_code, city.as_deref(), country.as_deref()).map_err(Failure::from)?,
    };
    let (case, decision) = evaluate::evaluate(call.db(), call.grant(), &question).await?;
    call.ok(&Evaluation::of(case, decision))
}
