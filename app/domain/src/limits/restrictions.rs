//! What people set for the purchases of a card, on any of four levels, and how the levels come together.
use super::hours::ActiveTime;
use crate::{
    error::Refused,
    money::Amount,
    name::Quote,
    text::words,
    time::{SECOND, Timestamp},
};
use serde::{Deserialize, Serialize};

words! {
    /// Who set a rule, from the widest to the narrowest.
    Level {
        /// The organisation, for all its cards.
        Organisation = "organisation",
        /// The agent, for all its cards.
        Agent = "agent",
        /// The policy that a card inherits.
        Policy = "policy",
        /// The card itself.
        Card = "card",
    }
}

words! {
    /// What happens when a multi-use card is charged by another merchant than at its first purchase.
    OnDrift {
        /// The purchase goes through and is announced.
        Alert = "alert",
        /// The purchase goes through, and the card is frozen after it.
        Freeze = "freeze",
        /// The purchase is declined.
        Decline = "decline",
    }
}

/// A category of merchants (MCC, ISO 18245): four digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mcc(String);

/// A text that is no category code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be merchant category codes of four digits, such as 5734")]
pub struct NotAnMcc;

impl Mcc {
    /// The four digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Mcc {
    type Error = NotAnMcc;
    fn try_from(text: String) -> Result<Self, NotAnMcc> {
        if text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()) { Ok(Self(text)) } else { Err(NotAnMcc) }
    }
}

impl From<Mcc> for String {
    fn from(mcc: Mcc) -> Self {
        mcc.0
    }
}

#[cfg(feature = "schema")]
crate::schema::schema!(Mcc, crate::schema::category());

/// So many approved purchases in so many seconds, no more.
///
/// Set by the organisation or an agent it counts the agent's purchases over all its cards; set by a policy or a card,
/// that card's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Velocity {
    /// How many: at least 1.
    pub max_count: u32,
    /// In how many seconds before the purchase: 1 to 2,678,400, which are 31 days.
    pub window_seconds: u32,
}

impl Velocity {
    /// The first moment of the window that ends with `at`: a purchase exactly as long ago as the window is out, as with
    /// every rolling limit.
    pub fn start(self, at: Timestamp) -> Timestamp {
        at - i64::from(self.window_seconds) * SECOND + 1
    }
}

/// The longest window of a [`Velocity`]: 31 days, in seconds.
pub const LONGEST_WINDOW: u32 = 31 * 24 * 3_600;
/// The longest pause between two purchases: 31 days, in minutes.
pub const LONGEST_COOLDOWN: u32 = 31 * 24 * 60;
/// The most entries of one list of categories or merchants.
pub const LONGEST_LIST: usize = 200;

/// The rules of one level. What is not set restricts nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Restrictions {
    /// The most that one purchase may cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_amount: Option<Amount>,
    /// The same under its other documented name; the lower of the two counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_per_auth: Option<Amount>,
    /// The most that the card may spend in 24 hours, rolling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_per_day: Option<Amount>,
    /// The most that the card may spend in a calendar month of the organisation's time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_per_month: Option<Amount>,
    /// The most that the card may ever spend; it closes when that is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cumulative_max: Option<Amount>,
    /// How many purchases of the card may ever be approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_auth_count: Option<u32>,
    /// Minutes that must pass after an approved purchase of the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cooldown_minutes: Option<u32>,
    /// How many purchases in a while.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub velocity: Option<Velocity>,
    /// When the card can be charged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_time: Option<ActiveTime>,
    /// Only these categories; none set: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_mccs: Option<Vec<Mcc>>,
    /// Never these categories, whatever is allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocked_mccs: Vec<Mcc>,
    /// Only merchants whose name begins with the words of one of these; none set: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_merchants: Option<Vec<String>>,
    /// Never merchants in whose name the words of one of these stand together, whatever is allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocked_merchants: Vec<String>,
    /// What another merchant than the first one means for a multi-use card; nothing set: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_drift: Option<OnDrift>,
    /// Whether a purchase needs a credential read within the card's attestation window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_attestation: Option<bool>,
    /// Whether a person must approve what is declared before the card's details can be read for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_approval: Option<bool>,
    /// Below which declared amount nobody is asked; none: for everything somebody is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_approve_below: Option<Amount>,
}

/// The rules of one level, named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Layer {
    /// Who set them.
    pub level: Level,
    /// What is set.
    #[serde(flatten)]
    pub set: Restrictions,
}

impl Restrictions {
    /// The most that one purchase may cost, under either name.
    pub fn per_purchase(&self) -> Option<Amount> {
        self.max_amount.into_iter().chain(self.limit_per_auth).min()
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Notes what cannot be taken under its documented name: numbers out of range, limits that contradict each other,
    /// lists that are too long or hold what is no merchant.
    pub fn check(&self, refused: &mut Refused) {
        let per_purchase = if self.per_purchase() == self.limit_per_auth { "limitPerAuth" } else { "maxAmount" };
        let steps = [
            (per_purchase, self.per_purchase()),
            ("limitPerDay", self.limit_per_day),
            ("limitPerMonth", self.limit_per_month),
            ("cumulativeMax", self.cumulative_max),
        ];
        let set: Vec<_> = steps.iter().filter_map(|(name, amount)| amount.map(|amount| (*name, amount))).collect();
        for pair in set.windows(2) {
            let ((narrow, low), (wide, high)) = (pair[0], pair[1]);
            if low > high {
                refused.add(wide, format!("must be at least {}, which {narrow} allows already", low.minor()));
            }
        }
        if self.max_auth_count == Some(0) {
            refused.add("maxAuthCount", "must be at least 1");
        }
        if self.cooldown_minutes.is_some_and(|minutes| !(1..=LONGEST_COOLDOWN).contains(&minutes)) {
            refused.add("cooldownMinutes", format!("must be from 1 to {LONGEST_COOLDOWN}"));
        }
        if let Some(velocity) = self.velocity {
            if velocity.max_count == 0 {
                refused.add("velocity.maxCount", "must be at least 1");
            }
            if !(1..=LONGEST_WINDOW).contains(&velocity.window_seconds) {
                refused.add("velocity.windowSeconds", format!("must be from 1 to {LONGEST_WINDOW}"));
            }
        }
        if self.auto_approve_below.is_some() && self.require_approval != Some(true) {
            refused.add("autoApproveBelow", "needs requireApproval: without it nothing waits for approval");
        }
        self.check_lists(refused);
    }

    fn check_lists(&self, refused: &mut Refused) {
        let none: &[Mcc] = &[];
        for (name, set, list) in [
            ("allowedMccs", self.allowed_mccs.is_some(), self.allowed_mccs.as_deref().unwrap_or(none)),
            ("blockedMccs", false, &self.blocked_mccs),
        ] {
            if (set && list.is_empty()) || list.len() > LONGEST_LIST {
                refused.add(name, format!("must hold 1 to {LONGEST_LIST} categories; leave it out for no restriction"));
            }
        }
        let none: &[String] = &[];
        for (name, set, list) in [
            ("allowedMerchants", self.allowed_merchants.is_some(), self.allowed_merchants.as_deref().unwrap_or(none)),
            ("blockedMerchants", false, &self.blocked_merchants),
        ] {
            if (set && list.is_empty()) || list.len() > LONGEST_LIST {
                refused.add(name, format!("must hold 1 to {LONGEST_LIST} merchants; leave it out for no restriction"));
            }
            for merchant in list {
                if let Err(why) = Quote::parse(merchant) {
                    refused.add(name, format!("{merchant:?} {why}"));
                } else if !merchant.chars().any(char::is_alphanumeric) {
                    refused.add(name, format!("{merchant:?} must hold a letter or digit"));
                }
            }
        }
    }
}

/// From which declared amount on a person must approve; `from` is none where that is every purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who set it.
    pub level: Level,
    /// The least amount that waits.
    pub from: Option<Amount>,
}

/// Whether and from where on people must approve: the strictest of the levels that ask for it.
pub fn approval(layers: &[Layer]) -> Option<Approval> {
    let asked = tightest(layers, |set| (set.require_approval == Some(true)).then_some(set.auto_approve_below));
    asked.map(|(level, from)| Approval { level, from })
}

/// The tightest of what the layers set, and who set it; of equals the narrowest level, which people look at first.
pub fn tightest<T: Ord + Copy>(layers: &[Layer], of: impl Fn(&Restrictions) -> Option<T>) -> Option<(Level, T)> {
    layers
        .iter()
        .filter_map(|layer| of(&layer.set).map(|value| (layer.level, value)))
        .min_by_key(|(level, value)| (*value, std::cmp::Reverse(*level)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(minor: i64) -> Option<Amount> {
        Some(Amount::try_from(minor).unwrap())
    }

    fn fields(set: &Restrictions) -> String {
        let mut refused = Refused::default();
        set.check(&mut refused);
        refused.0.into_iter().map(|(field, _)| field).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn limits_that_contradict_each_other_are_refused_at_the_wider_one() {
        let good = Restrictions {
            max_amount: amount(10),
            limit_per_auth: amount(5),
            limit_per_day: amount(5),
            limit_per_month: amount(20),
            cumulative_max: amount(20),
            ..Restrictions::default()
        };
        assert_eq!(fields(&good), "");
        assert_eq!(fields(&Restrictions { limit_per_day: amount(4), ..good.clone() }), "limitPerDay");
        assert_eq!(fields(&Restrictions { limit_per_month: amount(4), ..good.clone() }), "limitPerMonth");
        assert_eq!(fields(&Restrictions { limit_per_day: None, limit_per_month: amount(4), ..good }), "limitPerMonth");
        let apart = Restrictions { limit_per_auth: amount(9), cumulative_max: amount(8), ..Restrictions::default() };
        assert_eq!(fields(&apart), "cumulativeMax");
    }

    #[test]
    fn numbers_and_lists_out_of_range_are_refused_by_name() {
        let none = Restrictions::default;
        let velocity = |max_count, window_seconds| Restrictions {
            velocity: Some(Velocity { max_count, window_seconds }),
            ..Restrictions::default()
        };
        assert_eq!(fields(&Restrictions { max_auth_count: Some(0), ..none() }), "maxAuthCount");
        assert_eq!(fields(&Restrictions { cooldown_minutes: Some(0), ..none() }), "cooldownMinutes");
        assert_eq!(fields(&velocity(0, 0)), "velocity.maxCount velocity.windowSeconds");
        assert_eq!(fields(&velocity(1, LONGEST_WINDOW)), "");
        assert_eq!(fields(&velocity(1, LONGEST_WINDOW + 1)), "velocity.windowSeconds");
        assert_eq!(fields(&Restrictions { allowed_mccs: Some(Vec::new()), ..none() }), "allowedMccs");
        assert_eq!(fields(&Restrictions { allowed_merchants: Some(vec!["***".into()]), ..none() }), "allowedMerchants");
        let many = vec!["shop".to_owned(); LONGEST_LIST + 1];
        assert_eq!(fields(&Restrictions { blocked_merchants: many, ..none() }), "blockedMerchants");
        assert!(Mcc::try_from("58 4".to_owned()).is_err() && Mcc::try_from("5814".to_owned()).is_ok());
    }

    #[test]
    fn the_level_that_asks_people_about_the_least_counts() {
        let layer = |level, require_approval, from: Option<i64>| Layer {
            level,
            set: Restrictions {
                require_approval,
                auto_approve_below: from.and_then(amount),
                ..Restrictions::default()
            },
        };
        let agent = layer(Level::Agent, Some(true), Some(500));
        let policy = layer(Level::Policy, Some(true), None);
        let card = layer(Level::Card, Some(false), None);
        let found = |layers: &[&Layer]| approval(&layers.iter().map(|&layer| layer.clone()).collect::<Vec<_>>());
        assert_eq!(found(&[&card]), None);
        assert_eq!(found(&[&agent, &card]), Some(Approval { level: Level::Agent, from: amount(500) }));
        assert_eq!(found(&[&agent, &policy, &card]), Some(Approval { level: Level::Policy, from: None }));
        assert_eq!(fields(&Restrictions { auto_approve_below: amount(1), ..card.set }), "autoApproveBelow");
    }

    #[test]
    fn what_is_not_set_is_not_stored() {
        assert_eq!(serde_json::to_string(&Restrictions::default()).unwrap(), "{}");
        let layer =
            Layer { level: Level::Policy, set: Restrictions { max_auth_count: Some(3), ..Restrictions::default() } };
        let stored = serde_json::to_string(&layer).unwrap();
        assert_eq!(stored, r#"{"level":"policy","maxAuthCount":3}"#);
        assert_eq!(serde_json::from_str::<Layer>(&stored).unwrap(), layer);
    }
}
