//! Which declared purchases wait for a person, what that person is shown, and what stands in the way of a yes.
use crate::{
    agents::AgentStatus,
    cards::CardStatus,
    error::Code,
    limits::{Frequency, OnLimitExceeded, restrictions::Approval},
    money::{Amount, Currency},
    text::words,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// Whether a declared purchase waits for a person: where somebody asks for that, and the amount is not below the one
/// from which they do. `most` is the highest amount that the declaration itself lets pass as declared, in the card's
/// currency; none, when it names no amount or another currency, and then it waits.
///
/// The declaration's own tolerance is part of `most`: whoever declares 1.00 "give or take 1,000.00" asks for 1,001.00.
pub fn needs_person(approval: Option<Approval>, most: Option<i64>) -> bool {
    approval.is_some_and(|asked| asked.from.zip(most).is_none_or(|(from, most)| most >= from.minor()))
}

/// The highest amount that a declaration lets pass by its own words: expected amount and own tolerance.
pub fn most(expected: Option<Amount>, tolerance: Option<i64>) -> Option<i64> {
    expected.map(|expected| expected.minor().saturating_add(tolerance.unwrap_or(0).max(0)))
}

/// What LedgerOS itself knows about a declared purchase at one moment: what a person decides on, and what is kept of
/// that. Amounts are minor units of `card_currency`, but for `amount` and `most`, which are of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = IntentFacts))]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// When it was so.
    pub at: Timestamp,
    /// The declared amount; none: any amount would pass as declared.
    pub amount: Option<Amount>,
    /// The highest amount that would pass as declared, every tolerance included.
    pub most: Option<i64>,
    /// The currency of both.
    pub currency: Currency,
    /// The merchant as it was received; none: any merchant would pass as declared.
    pub merchant: Option<String>,
    /// The card's last four digits.
    pub card_last4: String,
    /// The card's state.
    pub card_status: CardStatus,
    /// Whether the card has ended: its lifetime or its printed month is over. False in decisions of before this was kept.
    #[serde(default)]
    pub card_expired: bool,
    /// Whether it is a single-use card that was used.
    pub card_used: bool,
    /// The most that one purchase with the card may take, by the tightest of all levels.
    pub card_max: Option<Amount>,
    /// What the card's limits for a day, a month and its life leave, the least of them; none where none is set, or in
    /// decisions of before this was kept.
    #[serde(default)]
    pub card_left: Option<i64>,
    /// How many approvals the card has left; none where that is not limited, or in decisions of before this was kept.
    #[serde(default)]
    pub card_approvals_left: Option<i64>,
    /// The currency that the card pays in.
    pub card_currency: Currency,
    /// The agent's state.
    pub agent_status: AgentStatus,
    /// The limit over all cards of the agent.
    pub limit: Option<LimitFacts>,
    /// Whether all spending of the organisation is stopped; false in decisions of before this was kept.
    #[serde(default)]
    pub organisation_stopped: bool,
    /// Whether the user's application is approved.
    pub user_approved: bool,
    /// What the user has left to spend.
    pub spending_power: i64,
}

/// An agent's limit, and how much of it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LimitFacts {
    /// The most in one window.
    pub amount: Amount,
    /// The window.
    pub frequency: Frequency,
    /// Spent in the running window; 0 where each purchase counts alone.
    pub spent: i64,
    /// What happens above it.
    pub on_exceeded: Option<OnLimitExceeded>,
}

impl LimitFacts {
    /// What is left in the running window, never below 0.
    pub fn left(&self) -> i64 {
        self.amount.minor().saturating_sub(self.spent).max(0)
    }
}

words! {
    /// What stands in the way of an approval: the purchase would be declined anyway.
    Obstacle {
        /// The card is frozen, closed or not activated.
        CardNotActive = "card_not_active",
        /// The card's lifetime or its printed month is over.
        CardExpired = "card_expired",
        /// The card is for one purchase and was used.
        CardUsed = "card_used",
        /// All spending of the organisation is stopped.
        SpendingStopped = "organization_suspended",
        /// The agent is suspended.
        AgentSuspended = "agent_suspended",
        /// The user's application is not approved.
        UserNotApproved = "user_not_approved",
        /// The card pays in another currency.
        OtherCurrency = "currency_not_supported",
        /// The amount is above what one purchase with the card may take.
        AboveCardMaximum = "max_amount_exceeded",
        /// The card's limit for a day, a month or its life has no room for the amount.
        AboveCardLimit = "card_limit_exceeded",
        /// All purchases that the card may make are made.
        NoApprovalsLeft = "auth_count_exceeded",
        /// The agent's limit has no room for the amount.
        AboveLimit = "spending_limit_exceeded",
        /// The user's balance does not cover the amount.
        AboveBalance = "insufficient_funds",
    }
}

impl Obstacle {
    /// The documented code of the refusal.
    pub const fn code(self) -> Code {
        match self {
            Self::CardNotActive | Self::CardExpired | Self::CardUsed => Code::CardNotActive,
            Self::SpendingStopped => Code::OrganisationSuspended,
            Self::AgentSuspended => Code::AgentSuspended,
            Self::UserNotApproved => Code::UserNotApproved,
            Self::OtherCurrency => Code::CurrencyNotSupported,
            Self::AboveCardMaximum => Code::MaxAmountExceeded,
            Self::AboveCardLimit => Code::CardLimitExceeded,
            Self::NoApprovalsLeft => Code::AuthCountExceeded,
            Self::AboveLimit => Code::SpendingLimitExceeded,
            Self::AboveBalance => Code::InsufficientFunds,
        }
    }

    /// One sentence for people, and what to do about it.
    pub const fn plain(self) -> &'static str {
        match self {
            Self::CardNotActive => "The card is not active: unfreeze it first, or reject the intent.",
            Self::CardExpired => {
                "The card has expired: give it a longer lifetime, unless its printed month is over, or reject the intent."
            }
            Self::CardUsed => "The card is for one purchase and has been used: reject the intent.",
            Self::SpendingStopped => "All spending is stopped: it must be allowed again first, or reject the intent.",
            Self::AgentSuspended => "The agent is suspended: resume it first, or reject the intent.",
            Self::UserNotApproved => "The user who pays is not approved: wait for that, or reject the intent.",
            Self::OtherCurrency => "The card pays in another currency than the intent names: reject the intent.",
            Self::AboveCardMaximum => "The amount is above the most that one purchase with this card may take.",
            Self::AboveCardLimit => {
                "The card's limit for a day, a month or its life has no room left for this amount: raise it first, or wait."
            }
            Self::NoApprovalsLeft => {
                "The card has made all the purchases that it may: allow it more, or reject the intent."
            }
            Self::AboveLimit => "The agent's limit has no room left for this amount: raise it first, or wait.",
            Self::AboveBalance => "The user's balance does not cover this amount: a deposit is needed first.",
        }
    }
}

/// What stands in the way of approving, in the order in which a purchase would meet it; none: nothing does.
///
/// An intent without an amount has nothing to measure: its purchase meets the limits.
pub fn obstacle(facts: &Facts) -> Option<Obstacle> {
    let amount = facts.amount.map(Amount::minor);
    let above = |most: i64| amount.is_some_and(|amount| amount > most);
    let limit = facts.limit.filter(|limit| OnLimitExceeded::enforces(limit.on_exceeded));
    let found = [
        (facts.organisation_stopped, Obstacle::SpendingStopped),
        (!facts.user_approved, Obstacle::UserNotApproved),
        (facts.agent_status != AgentStatus::Active, Obstacle::AgentSuspended),
        (facts.card_status != CardStatus::Active, Obstacle::CardNotActive),
        (facts.card_expired, Obstacle::CardExpired),
        (facts.card_used, Obstacle::CardUsed),
        (amount.is_some() && facts.currency != facts.card_currency, Obstacle::OtherCurrency),
        (facts.card_max.is_some_and(|most| above(most.minor())), Obstacle::AboveCardMaximum),
        (facts.card_left.is_some_and(above), Obstacle::AboveCardLimit),
        (facts.card_approvals_left == Some(0), Obstacle::NoApprovalsLeft),
        (limit.is_some_and(|limit| above(limit.left())), Obstacle::AboveLimit),
        (above(facts.spending_power), Obstacle::AboveBalance),
    ];
    found.into_iter().find(|(stands, _)| *stands).map(|(_, obstacle)| obstacle)
}

/// A kind of actor and its id, as rows keep them; the name is that of the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Party {
    /// `person`, `api_key` or `agent_token`.
    pub kind: String,
    /// The id.
    pub id: Option<String>,
    /// The name of the person, the masked key, or the agent's id.
    pub name: String,
}

words! {
    /// What was said to a declared purchase.
    Answer {
        /// Yes.
        Approved = "approved",
        /// No.
        Rejected = "rejected",
    }
}

/// What was said to a declared purchase, by whom, and on what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = IntentDecision))]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Yes or no.
    pub answer: Answer,
    /// When.
    pub at: Timestamp,
    /// Who said it.
    pub by: Party,
    /// By what means: how the person had signed in, or an API key.
    pub with: String,
    /// Why, in their words.
    pub reason: Option<String>,
    /// What they decided on.
    pub facts: Facts,
}

/// An approval that something stood in the way of. The intent goes on waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FailedApproval))]
pub struct Failed {
    /// When.
    pub at: Timestamp,
    /// What.
    pub obstacle: Obstacle,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::restrictions::Level;
    use proptest::prelude::*;

    fn amount(minor: i64) -> Amount {
        Amount::try_from(minor).unwrap()
    }

    fn fine() -> Facts {
        Facts {
            at: Timestamp(0),
            amount: Some(amount(5_000)),
            most: Some(5_500),
            currency: Currency::USD,
            merchant: Some("Amazon".into()),
            card_last4: "4242".into(),
            card_status: CardStatus::Active,
            card_expired: false,
            card_used: false,
            card_max: Some(amount(5_000)),
            card_left: Some(5_000),
            card_approvals_left: Some(1),
            card_currency: Currency::USD,
            agent_status: AgentStatus::Active,
            limit: Some(LimitFacts {
                amount: amount(10_000),
                frequency: Frequency::PerMonth,
                spent: 5_000,
                on_exceeded: None,
            }),
            organisation_stopped: false,
            user_approved: true,
            spending_power: 5_000,
        }
    }

    fn asked(required: bool, from: Option<Amount>) -> Option<Approval> {
        required.then_some(Approval { level: Level::Card, from })
    }

    #[test]
    fn what_waits_for_a_person() {
        let below = Some(amount(5_000));
        for (required, below, most, waits) in [
            (false, None, Some(1_000_000), false),
            (false, below, None, false),
            (true, None, Some(1), true),
            (true, None, None, true),
            (true, below, Some(4_999), false),
            (true, below, Some(5_000), true),
            (true, below, None, true),
        ] {
            assert_eq!(needs_person(asked(required, below), most), waits, "{required} {below:?} {most:?}");
        }
        assert_eq!(most(Some(amount(100)), Some(1_000_000)), Some(1_000_100));
        assert_eq!((most(Some(amount(100)), Some(-5)), most(None, Some(7))), (Some(100), None));
    }

    #[test]
    fn each_obstacle_is_named_and_the_edge_is_none() {
        assert_eq!(obstacle(&fine()), None);
        assert_eq!(obstacle(&Facts { amount: None, spending_power: 0, ..fine() }), None, "nothing to measure");
        let limit = fine().limit.unwrap();
        let loose = LimitFacts { spent: 9_000, on_exceeded: Some(OnLimitExceeded::Notify), ..limit };
        assert_eq!(obstacle(&Facts { limit: Some(loose), ..fine() }), None, "the limit is not enforced");
        let euros: Currency = "EUR".parse().unwrap();
        for (facts, expected) in [
            (Facts { organisation_stopped: true, user_approved: false, ..fine() }, Obstacle::SpendingStopped),
            (Facts { user_approved: false, ..fine() }, Obstacle::UserNotApproved),
            (Facts { agent_status: AgentStatus::Suspended, ..fine() }, Obstacle::AgentSuspended),
            (Facts { card_status: CardStatus::Frozen, ..fine() }, Obstacle::CardNotActive),
            (Facts { card_expired: true, ..fine() }, Obstacle::CardExpired),
            (Facts { card_used: true, ..fine() }, Obstacle::CardUsed),
            (Facts { currency: euros, ..fine() }, Obstacle::OtherCurrency),
            (Facts { card_max: Some(amount(4_999)), ..fine() }, Obstacle::AboveCardMaximum),
            (Facts { card_left: Some(4_999), ..fine() }, Obstacle::AboveCardLimit),
            (Facts { card_approvals_left: Some(0), ..fine() }, Obstacle::NoApprovalsLeft),
            (Facts { limit: Some(LimitFacts { spent: 5_001, ..limit }), ..fine() }, Obstacle::AboveLimit),
            (Facts { spending_power: 4_999, ..fine() }, Obstacle::AboveBalance),
        ] {
            assert_eq!(obstacle(&facts), Some(expected));
            assert!(expected.plain().ends_with('.'));
        }
    }

    proptest! {
        #[test]
        fn a_larger_amount_never_waits_less(
            required in any::<bool>(),
            below in proptest::option::of(1..1_000_000_i64),
            (a, b) in (0..2_000_000_i64, 0..2_000_000_i64),
        ) {
            let waits = |most| needs_person(asked(required, below.map(amount)), Some(most));
            prop_assert!(!waits(a.min(b)) || waits(a.max(b)));
            prop_assert!(!waits(a) || needs_person(asked(required, below.map(amount)), None));
        }

        #[test]
        fn what_passes_is_within_everything(
            asked in 1..20_000_i64,
            max in proptest::option::of(1..20_000_i64),
            left in proptest::option::of(0..20_000_i64),
            cap in 1..20_000_i64,
            spent in 0..20_000_i64,
            power in -5_000..20_000_i64,
        ) {
            let facts = Facts {
                amount: Some(amount(asked)),
                card_max: max.map(amount),
                card_left: left,
                limit: Some(LimitFacts { amount: amount(cap), spent, ..fine().limit.unwrap() }),
                spending_power: power,
                ..fine()
            };
            let within = max.is_none_or(|max| asked <= max) && left.is_none_or(|left| asked <= left) && spent + asked <= cap.max(spent) && asked <= power;
            prop_assert_eq!(obstacle(&facts).is_none(), within);
        }
    }
}
