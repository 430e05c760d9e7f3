//! The decision about one purchase: pure, total, and the same for the same input for ever.
//!
//! Every rule looks at every purchase, in the order of [`ORDER`]; the first that fails decides. A new rule is a
//! [`RuleName`], a function and a place in the order, under a new [`RULES_VERSION`]: stored decisions keep the
//! version they were made with, and are replayed with the order of that version.
use super::{DeclineReason, Frequency, OnLimitExceeded};
use crate::{
    agents::AgentStatus,
    cards::{CardStatus, CardType},
    money::{Amount, Currency},
    text::words,
    time::Timestamp,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// The version of the rules in this file.
pub const RULES_VERSION: u32 = 1;

/// What the merchant asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The amount to authorize.
    pub amount: Amount,
    /// Its currency; a foreign one is refused before it gets here.
    pub currency: Currency,
    /// The merchant as the card network writes it.
    pub merchant_name: String,
    /// The merchant's category (MCC, ISO 18245): four digits.
    pub merchant_category_code: String,
    /// When it was asked.
    pub at: Timestamp,
}

/// What people have set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rules {
    /// The version of the rules to decide by: [`RULES_VERSION`] for a new purchase.
    pub version: u32,
    /// How often the card can be charged.
    pub card_type: CardType,
    /// The most one purchase with the card may cost.
    pub max_amount: Option<Amount>,
    /// The limit over all cards of the agent.
    pub agent_limit: Option<AgentLimit>,
    /// The time zone of the organisation, in which calendar windows begin.
    #[serde(with = "zone_name")]
    pub zone: Tz,
}

/// One limit over all cards of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentLimit {
    /// The most that may be spent in the window.
    pub amount: Amount,
    /// The window.
    pub frequency: Frequency,
    /// What happens above it; nothing set declines.
    pub on_exceeded: Option<OnLimitExceeded>,
}

/// What is true at that moment, read under the locks that keep it true until the decision is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// Whether the user's application is approved.
    pub user_approved: bool,
    /// The agent's status.
    pub agent_status: AgentStatus,
    /// The card's status.
    pub card_status: CardStatus,
    /// Whether the card already has an approved authorization.
    pub card_used: bool,
    /// What the user can still spend, in minor units; negative when overdrawn.
    pub spending_power: i64,
    /// What the agent spent in the window of its limit, in minor units: authorized and settled, less reversed.
    pub agent_spent: i64,
}

/// Everything a decision is made from: stored with it, so that it can be replayed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// What the merchant asks for.
    pub request: Request,
    /// What people have set.
    pub rules: Rules,
    /// What is true at that moment.
    pub state: State,
}

impl Case {
    /// The decision about this case.
    pub fn decide(&self) -> Decision {
        decide(&self.request, &self.rules, &self.state)
    }
}

words! {
    /// The rules by name.
    RuleName {
        /// The user must be approved.
        UserApproved = "userApproved",
        /// The agent must be active.
        AgentActive = "agentActive",
        /// The card must be active.
        CardActive = "cardActive",
        /// A single-use card must be unused.
        SingleUse = "singleUse",
        /// The amount must not be above the card's maximum.
        MaxAmount = "maxAmount",
        /// The agent must stay within its limit.
        AgentLimit = "agentLimit",
        /// The balance must cover the amount.
        Balance = "balance",
    }
}

impl RuleName {
    /// What the rule asks for, in words for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::UserApproved => "User is approved",
            Self::AgentActive => "Agent is active",
            Self::CardActive => "Card is active",
            Self::SingleUse => "Single-use card is unused",
            Self::MaxAmount => "Within the card's maximum",
            Self::AgentLimit => "Within the agent's limit",
            Self::Balance => "Covered by the balance",
        }
    }
}

words! {
    /// What one rule says.
    Verdict {
        /// The purchase keeps to the rule, or the rule is not set.
        Pass = "pass",
        /// The purchase breaks the rule.
        Fail = "fail",
        /// The purchase breaks the rule, and people have set that this does not stop it.
        NotEnforced = "notEnforced",
    }
}

/// One rule's look at the purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluated {
    /// The rule.
    pub rule: RuleName,
    /// What it says.
    pub verdict: Verdict,
    /// The reason a purchase is declined for when this rule decides; only where the rule fails.
    pub reason: Option<DeclineReason>,
    /// The number that was measured, in minor units, this purchase included; none for a rule without numbers.
    pub input: Option<i64>,
    /// The most that the number may be; none for a rule without numbers or a limit that is not set.
    pub limit: Option<i64>,
}

/// Approved or declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// The purchase goes through.
    Approved,
    /// The purchase is stopped.
    Declined {
        /// By the first rule that failed, for this reason.
        reason: DeclineReason,
    },
}

/// The answer about one purchase, with every rule's part in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// The version of the rules that decided.
    pub version: u32,
    /// Approved or declined.
    pub outcome: Outcome,
    /// Every rule, in the order they were asked.
    pub evaluated: Vec<Evaluated>,
    /// The first rule that failed; none when approved.
    pub decided_by: Option<RuleName>,
    /// The agent must be suspended with this decision (its limit decided and is set to `suspend`).
    pub suspend_agent: bool,
    /// The agent's limit stopped this purchase, or was passed by it because it is not enforced.
    pub limit_exceeded: bool,
}

impl Decision {
    /// Whether the purchase goes through.
    pub const fn approved(&self) -> bool {
        matches!(self.outcome, Outcome::Approved)
    }

    /// Why the purchase was declined; none when approved.
    pub const fn reason(&self) -> Option<DeclineReason> {
        match self.outcome {
            Outcome::Approved => None,
            Outcome::Declined { reason } => Some(reason),
        }
    }
}

/// One rule: a look at the whole case.
type Rule = fn(&Request, &Rules, &State) -> Evaluated;

/// The rules in the order they are asked: who spends, with what, how much, and last whether there is money.
const ORDER: &[Rule] = &[user_approved, agent_active, card_active, single_use, max_amount, agent_limit, balance];

/// Decides about one purchase. The same input always gives the same decision.
pub fn decide(request: &Request, rules: &Rules, state: &State) -> Decision {
    let evaluated: Vec<Evaluated> = ORDER.iter().map(|rule| rule(request, rules, state)).collect();
    let failed = evaluated.iter().find_map(|e| e.reason.map(|reason| (e.rule, reason)));
    let decided_by = failed.map(|(rule, _)| rule);
    let stopped_by_limit = decided_by == Some(RuleName::AgentLimit);
    let passed_unenforced = decided_by.is_none() && evaluated.iter().any(|e| e.verdict == Verdict::NotEnforced);
    Decision {
        version: rules.version,
        outcome: failed.map_or(Outcome::Approved, |(_, reason)| Outcome::Declined { reason }),
        decided_by,
        suspend_agent: stopped_by_limit
            && rules.agent_limit.is_some_and(|limit| limit.on_exceeded == Some(OnLimitExceeded::Suspend)),
        limit_exceeded: stopped_by_limit || passed_unenforced,
        evaluated,
    }
}

fn user_approved(_: &Request, _: &Rules, state: &State) -> Evaluated {
    yes_or_no(RuleName::UserApproved, (!state.user_approved).then_some(DeclineReason::UserNotApproved))
}

fn agent_active(_: &Request, _: &Rules, state: &State) -> Evaluated {
    yes_or_no(
        RuleName::AgentActive,
        match state.agent_status {
            AgentStatus::Active => None,
            AgentStatus::Suspended | AgentStatus::Closed => Some(DeclineReason::AgentSuspended),
        },
    )
}

fn card_active(_: &Request, _: &Rules, state: &State) -> Evaluated {
    yes_or_no(
        RuleName::CardActive,
        match state.card_status {
            CardStatus::Active => None,
            CardStatus::Frozen => Some(DeclineReason::CardFrozen),
            CardStatus::Closed => Some(DeclineReason::CardClosed),
            CardStatus::NotActivated => Some(DeclineReason::CardNotActivated),
        },
    )
}

fn single_use(_: &Request, rules: &Rules, state: &State) -> Evaluated {
    let spent = rules.card_type == CardType::Single && state.card_used;
    yes_or_no(RuleName::SingleUse, spent.then_some(DeclineReason::CardUsed))
}

fn max_amount(request: &Request, rules: &Rules, _: &State) -> Evaluated {
    let limit = rules.max_amount.map(Amount::minor);
    at_most(RuleName::MaxAmount, Some(request.amount.minor()), limit, DeclineReason::MaxAmountExceeded)
}

fn agent_limit(request: &Request, rules: &Rules, state: &State) -> Evaluated {
    let earlier = match rules.agent_limit.map(|limit| limit.frequency) {
        Some(Frequency::PerTransaction) => 0,
        _ => state.agent_spent,
    };
    let total = earlier.checked_add(request.amount.minor());
    let limit = rules.agent_limit.map(|limit| limit.amount.minor());
    let found = at_most(RuleName::AgentLimit, total, limit, DeclineReason::SpendingLimitExceeded);
    match rules.agent_limit {
        Some(limit) if found.verdict == Verdict::Fail && !OnLimitExceeded::enforces(limit.on_exceeded) => {
            Evaluated { verdict: Verdict::NotEnforced, reason: None, ..found }
        }
        _ => found,
    }
}

fn balance(request: &Request, _: &Rules, state: &State) -> Evaluated {
    let (amount, limit) = (request.amount.minor(), state.spending_power);
    at_most(RuleName::Balance, Some(amount), Some(limit), DeclineReason::InsufficientFunds)
}

/// A rule without numbers: passes unless there is a reason against it.
fn yes_or_no(rule: RuleName, reason: Option<DeclineReason>) -> Evaluated {
    let verdict = if reason.is_some() { Verdict::Fail } else { Verdict::Pass };
    Evaluated { rule, verdict, reason, input: None, limit: None }
}

/// A rule with numbers: passes up to and including the limit. An `input` too large to count is above every limit.
fn at_most(rule: RuleName, input: Option<i64>, limit: Option<i64>, reason: DeclineReason) -> Evaluated {
    let fails = limit.is_some_and(|limit| input.is_none_or(|input| input > limit));
    Evaluated { input, limit, ..yes_or_no(rule, fails.then_some(reason)) }
}

/// A time zone by its IANA name.
mod zone_name {
    use super::Tz;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(zone: &Tz, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(zone.name())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Tz, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(from)?;
        name.parse().map_err(|_| D::Error::custom("must be an IANA time zone name such as Europe/Berlin"))
    }
}

#[cfg(test)]
mod tests;
