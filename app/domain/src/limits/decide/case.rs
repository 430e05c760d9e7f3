//! What a decision is made from.
use super::{Decision, decide, decision::is_false};
use crate::{
    agents::AgentStatus,
    attestations::AttestationStatus,
    cards::{CardStatus, CardType},
    limits::{
        Frequency, OnLimitExceeded,
        restrictions::{Layer, Level},
    },
    money::{Amount, Currency},
    time::Timestamp,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

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
    /// The most one purchase with the card may cost, in version 1; later it stands in the card's layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_amount: Option<Amount>,
    /// What the organisation, the agent, the card's policy and the card set, the widest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<Layer>,
    /// The limit over all cards of the agent.
    pub agent_limit: Option<AgentLimit>,
    /// The time zone of the organisation, in which calendar windows begin.
    #[serde(with = "crate::limits::zone_name")]
    pub zone: Tz,
}

/// One limit over all cards of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = AgentSpendingLimit))]
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
    /// Whether all spending of the organisation is stopped; never before version 3.
    #[serde(default, skip_serializing_if = "is_false")]
    pub organisation_stopped: bool,
    /// Whether the user's application is approved.
    pub user_approved: bool,
    /// The agent's status.
    pub agent_status: AgentStatus,
    /// The card's status.
    pub card_status: CardStatus,
    /// Whether the card already has an approved authorization, a passed card check not counted
    /// ([`crate::purchases::Purchase::is_passed_check`]).
    pub card_used: bool,
    /// What the user can still spend, in minor units; negative when overdrawn.
    pub spending_power: i64,
    /// What the agent spent in the window of its limit, in minor units: authorized and settled, less reversed.
    pub agent_spent: i64,
    /// What the card's own rules are measured by; nothing in version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardState>,
}

/// What is true of the card at that moment. Spend is what was authorized and settled, less what was reversed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CardState {
    /// When it ends: with the lifetime that people set, or with the month printed on it. Decisions of before the month
    /// counted have only what was set.
    pub ends_at: Option<Timestamp>,
    /// What it spent in the last 24 hours, in minor units.
    pub spent_day: i64,
    /// What it spent in this calendar month, in minor units.
    pub spent_month: i64,
    /// What it ever spent, in minor units.
    pub spent: i64,
    /// How many of its purchases were ever approved; a reversed one stays counted.
    pub approved: i64,
    /// When the last of them was.
    pub last_approved_at: Option<Timestamp>,
    /// The merchant of the first of them.
    pub pinned_merchant: Option<String>,
    /// How well this purchase is attested.
    pub attestation: AttestationStatus,
    /// How many approved purchases lie in the window of each level's [`super::restrictions::Velocity`].
    pub counts: Vec<(Level, i64)>,
}

impl Default for CardState {
    /// A card that nothing was bought with.
    fn default() -> Self {
        Self {
            ends_at: None,
            spent_day: 0,
            spent_month: 0,
            spent: 0,
            approved: 0,
            last_approved_at: None,
            pinned_merchant: None,
            attestation: AttestationStatus::Unattested,
            counts: Vec::new(),
        }
    }
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
