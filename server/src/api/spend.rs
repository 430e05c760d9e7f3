//! What the rules say, without buying: a purchase that nobody makes, and the rules that stand for a card.
mod policy;

use super::{Answer, Call, Failure, Table};
use domain::{
    access::Permission,
    error::Noun,
    ids::CardId,
    limits::{
        DeclineReason,
        decide::{AgentLimit, Case, Consequence, Decision, Evaluated, RuleName},
        evaluate::{self, Question},
        standing::{self, Standing},
        window,
    },
    money::{Amount, Currency},
    name::{Name, Quote},
    purchases::Merchant,
    time::Timestamp,
};
use policy::Limit;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.post("/v1/spend/evaluate", Permission::View, evaluate)
        .answers::<Evaluation>("evaluateSpend", "Ask what would be decided, without buying")
        .notes(
            "Nothing is written, so another purchase may change the answer before the real one comes. Risk rules, which \
             look at what was decided, are not asked.",
        )
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
    /// What else would follow.
    flags: Vec<Consequence>,
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
    /// What the user can still spend; negative when overdrawn. Null for an agent's token, which reaches what is its agent's
    /// and not what is the user's; its rule `balance` has a verdict and no numbers.
    spending_power: Option<i64>,
    agent_spent: i64,
    card_spent_day: i64,
    card_spent_month: i64,
    card_spent: i64,
    /// The limit over all cards of the agent; null where it has none.
    agent_limit: Option<OfAgent>,
    /// The limits of the card in money: of each window the tightest of all levels.
    card_limits: Vec<Limit>,
    /// Every rule that counts of all that organisation, agent, policy and card set, with the level that set it.
    policy: Vec<Standing>,
}

/// The limit of the agent, and what it leaves.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EvaluationAgentLimit)]
struct OfAgent {
    #[serde(flatten)]
    set: AgentLimit,
    spent: i64,
    remaining: i64,
    resets_at: Option<Timestamp>,
}

impl OfAgent {
    fn of(case: &Case) -> Option<Self> {
        let (set, spent) = (case.rules.agent_limit?, case.state.agent_spent);
        Some(Self {
            set,
            spent,
            remaining: set.amount.minor().saturating_sub(spent).max(0),
            resets_at: window::next_reset(set.frequency, case.request.at, case.rules.zone),
        })
    }
}

impl Evaluation {
    fn of(case: &Case, mut decision: Decision, of_agent: bool) -> Self {
        if of_agent {
            for balance in decision.evaluated.iter_mut().filter(|one| one.rule == RuleName::Balance) {
                (balance.input, balance.limit) = (None, None);
            }
        }
        let card = case.state.card.clone().unwrap_or_default();
        Self {
            object: "spend_evaluation",
            decision: if decision.approved() { "approved" } else { "declined" },
            reasons: decision
                .evaluated
                .iter()
                .filter_map(|e| e.reason.map(|code| Reason { code, message: code.plain(), rule: e.rule }))
                .collect(),
            flags: case.follows(&decision),
            rules: decision.evaluated,
            rules_version: decision.version,
            evaluated_at: case.request.at,
            context: Context {
                spending_power: (!of_agent).then_some(case.state.spending_power),
                agent_spent: case.state.agent_spent,
                card_spent_day: card.spent_day,
                card_spent_month: card.spent_month,
                card_spent: card.spent,
                agent_limit: OfAgent::of(case),
                card_limits: Limit::all(case),
                policy: standing::of_card(case),
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
    call.ok(&Evaluation::of(&case, decision, call.grant().only_agent().is_some()))
}
