//! The decision about one purchase: pure, total, and the same for the same input for ever.
//!
//! Every rule looks at every purchase, in the order of its version; the first that fails decides. A new rule is a
//! [`RuleName`], a function and a place in the order, under a new [`RULES_VERSION`]: stored decisions keep the
//! version they were made with, and are replayed with the order of that version.
use super::{
    DeclineReason, Frequency, OnLimitExceeded,
    restrictions::{Layer, Level, tightest},
};
use crate::{
    agents::AgentStatus,
    attestations::AttestationStatus,
    cards::{CardStatus, CardType},
    money::{Amount, Currency},
    text::words,
    time::Timestamp,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

mod basic;
mod card;

/// The version of the rules that decides new purchases.
///
/// 1: user, agent, card, single use, the card's maximum, the agent's limit, the balance. 2: everything that
/// [`super::restrictions`] can set besides, on four levels. 3: before all of these, whether the organisation spends at all.
pub const RULES_VERSION: u32 = 3;

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
    #[serde(with = "zone_name")]
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
    /// When its lifetime ends, where one is set.
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

/// What the rules of a card leave of its own limits, not those of the agent and the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// The least that its limits for 24 hours, a month and its life leave, in minor units, never below 0; none where
    /// none is set.
    pub spend: Option<i64>,
    /// How many purchases may still be approved, never below 0; none where that is not limited.
    pub approvals: Option<i64>,
}

impl Room {
    /// What is left of a card that did this.
    pub fn of(layers: &[Layer], card: &CardState) -> Self {
        let left = |most: Option<(Level, Amount)>, spent: i64| most.map(|(_, most)| (most.minor() - spent).max(0));
        let spend = [
            left(tightest(layers, |set| set.limit_per_day), card.spent_day),
            left(tightest(layers, |set| set.limit_per_month), card.spent_month),
            left(tightest(layers, |set| set.cumulative_max), card.spent),
        ];
        let approvals = tightest(layers, |set| set.max_auth_count);
        Self {
            spend: spend.into_iter().flatten().min(),
            approvals: approvals.map(|(_, most)| (i64::from(most) - card.approved).max(0)),
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

words! {
    /// The rules by name.
    RuleName {
        /// Spending of the organisation must not be stopped.
        OrganisationActive = "organisationActive",
        /// The user must be approved.
        UserApproved = "userApproved",
        /// The agent must be active.
        AgentActive = "agentActive",
        /// The card must be active.
        CardActive = "cardActive",
        /// The card's lifetime must not be over.
        Lifetime = "lifetime",
        /// A single-use card must be unused.
        SingleUse = "singleUse",
        /// It must be an hour and a day of the card.
        ActiveTime = "activeTime",
        /// The merchant's category must be allowed.
        Category = "category",
        /// The merchant must be allowed.
        Merchant = "merchant",
        /// A multi-use card stays with its first merchant.
        MerchantDrift = "merchantDrift",
        /// The credentials must have been read for this purchase.
        Attestation = "attestation",
        /// The amount must not be above the most for one purchase.
        MaxAmount = "maxAmount",
        /// The last approved purchase must be long enough ago.
        Cooldown = "cooldown",
        /// There must be no more purchases in a while than set.
        Velocity = "velocity",
        /// The card must have approvals left.
        AuthCount = "authCount",
        /// The card must stay within its limit for 24 hours.
        CardDay = "cardDay",
        /// The card must stay within its limit for the month.
        CardMonth = "cardMonth",
        /// The card must stay within what it may ever spend.
        CardTotal = "cardTotal",
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
            Self::OrganisationActive => "Spending is not stopped",
            Self::UserApproved => "User is approved",
            Self::AgentActive => "Agent is active",
            Self::CardActive => "Card is active",
            Self::Lifetime => "Card has not expired",
            Self::SingleUse => "Single-use card is unused",
            Self::ActiveTime => "Within active hours and days",
            Self::Category => "Category is allowed",
            Self::Merchant => "Merchant is allowed",
            Self::MerchantDrift => "Same merchant as before",
            Self::Attestation => "Credentials were read for it",
            Self::MaxAmount => "Within the most for one purchase",
            Self::Cooldown => "Long enough after the last purchase",
            Self::Velocity => "Within the number of purchases in a while",
            Self::AuthCount => "Within the number of approvals",
            Self::CardDay => "Within the card's 24-hour limit",
            Self::CardMonth => "Within the card's monthly limit",
            Self::CardTotal => "Within the card's lifetime limit",
            Self::AgentLimit => "Within the agent's limit",
            Self::Balance => "Covered by the balance",
        }
    }
}

impl RuleName {
    /// Whether the rule holds what people set, rather than a state of the user, agent or card.
    pub const fn is_set_by_people(self) -> bool {
        use RuleName::{AgentActive, Balance, CardActive, Lifetime, OrganisationActive, SingleUse, UserApproved};
        !matches!(self, OrganisationActive | UserApproved | AgentActive | CardActive | Lifetime | SingleUse | Balance)
    }
}

/// What a rule's numbers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Minor units of the purchase's currency.
    Money,
    /// Purchases.
    Purchases,
    /// Milliseconds.
    Time,
}

impl RuleName {
    /// What the numbers of [`Evaluated`] count.
    pub const fn unit(self) -> Unit {
        match self {
            Self::Velocity | Self::AuthCount => Unit::Purchases,
            Self::Cooldown => Unit::Time,
            _ => Unit::Money,
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
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Evaluated {
    /// The rule.
    pub rule: RuleName,
    /// What it says.
    pub verdict: Verdict,
    /// The reason a purchase is declined for when this rule decides; only where the rule fails.
    pub reason: Option<DeclineReason>,
    /// The number that was measured, in the rule's own unit, this purchase included; none for a rule without numbers.
    pub input: Option<i64>,
    /// The most that the number may be, the least for a cooldown; none for a rule without numbers or a
    /// limit that is not set.
    pub limit: Option<i64>,
    /// Who set what decided here, the tightest of all levels; none where only one level can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub level: Option<Level>,
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
    /// The purchase went through at another merchant than the card's first, which is to be announced.
    #[serde(default, skip_serializing_if = "is_false")]
    pub drifted: bool,
    /// The card must be frozen after this decision, for drifting.
    #[serde(default, skip_serializing_if = "is_false")]
    pub freeze_card: bool,
    /// The card must be closed after this decision: it has spent all that it may.
    #[serde(default, skip_serializing_if = "is_false")]
    pub close_card: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives the field by reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
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

/// The rules of version 1: who spends, with what, how much, and last whether there is money.
const FIRST: &[Rule] = &[
    basic::user_approved,
    basic::agent_active,
    basic::card_active,
    basic::single_use,
    basic::max_amount,
    basic::agent_limit,
    basic::balance,
];

/// The rules of version 2: who, with what, when, where, why, how much, how often, and last whether there is money.
const SECOND: &[Rule] = &[
    basic::user_approved,
    basic::agent_active,
    basic::card_active,
    card::lifetime,
    basic::single_use,
    card::active_time,
    card::category,
    card::merchant,
    card::merchant_drift,
    card::attestation,
    card::max_amount,
    card::cooldown,
    card::velocity,
    card::auth_count,
    card::per_day,
    card::per_month,
    card::cumulative,
    basic::agent_limit,
    basic::balance,
];

/// What version 3 asks before the rules of version 2.
const BEFORE_ALL: &[Rule] = &[basic::organisation_active];

/// Decides about one purchase. The same input always gives the same decision.
pub fn decide(request: &Request, rules: &Rules, state: &State) -> Decision {
    let (before, order): (&[Rule], _) = match rules.version {
        0 | 1 => (&[], FIRST),
        2 => (&[], SECOND),
        _ => (BEFORE_ALL, SECOND),
    };
    let evaluated: Vec<Evaluated> = before.iter().chain(order).map(|rule| rule(request, rules, state)).collect();
    let failed = evaluated.iter().find_map(|e| e.reason.map(|reason| (e.rule, reason)));
    let decided_by = failed.map(|(rule, _)| rule);
    let approved = decided_by.is_none();
    let stopped_by_limit = decided_by == Some(RuleName::AgentLimit);
    let let_through = |rule| approved && evaluated.iter().any(|e| e.rule == rule && e.verdict == Verdict::NotEnforced);
    let drifted = let_through(RuleName::MerchantDrift);
    Decision {
        version: rules.version,
        outcome: failed.map_or(Outcome::Approved, |(_, reason)| Outcome::Declined { reason }),
        decided_by,
        suspend_agent: stopped_by_limit
            && rules.agent_limit.is_some_and(|limit| limit.on_exceeded == Some(OnLimitExceeded::Suspend)),
        limit_exceeded: stopped_by_limit || let_through(RuleName::AgentLimit),
        drifted,
        freeze_card: drifted && card::freezes_on_drift(rules),
        close_card: approved && card::reached_its_total(&evaluated),
        evaluated,
    }
}

/// A time zone by its IANA name.
pub(super) mod zone_name {
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
