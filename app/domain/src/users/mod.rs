//! Funding users: the people and companies that agents spend for, their application and their balance.
use crate::{ids::UserId, metadata::Metadata, money::Currency, text::words, time::Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[cfg(feature = "store")]
mod application;
#[cfg(feature = "store")]
mod commands;
#[cfg(feature = "store")]
mod completion;
pub mod documents;
#[cfg(feature = "store")]
mod store;
#[cfg(feature = "store")]
pub(crate) mod token;

#[cfg(feature = "store")]
pub use application::{DecideApplication, MoveApplication, ReceiveDocument, StartApplication};
#[cfg(feature = "store")]
pub use commands::{CreateUser, Deposit};
#[cfg(feature = "store")]
pub use completion::{Application, Outcome, by_completion_token, complete};
#[cfg(feature = "store")]
pub use store::{Filter, balance, documents, get, list};
#[cfg(feature = "store")]
pub use token::completion_token;

words! {
    /// Where a user's application stands.
    ApplicationStatus {
        /// Nobody started it.
        NotStarted = "notStarted",
        /// The user is filling it in.
        Pending = "pending",
        /// The user must send more.
        NeedsInformation = "needsInformation",
        /// The user must repeat the verification.
        NeedsVerification = "needsVerification",
        /// A person looks into it: one to two business days.
        ManualReview = "manualReview",
        /// The user may deposit and its agents may spend.
        Approved = "approved",
        /// Refused; final.
        Denied = "denied",
        /// Locked; only the operator can help.
        Locked = "locked",
        /// Given up.
        Canceled = "canceled",
    }
}

impl ApplicationStatus {
    /// Whether it can still be approved or denied.
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::NotStarted | Self::Pending | Self::NeedsInformation | Self::NeedsVerification | Self::ManualReview
        )
    }

    /// Whether it has begun and is not decided: its completion link is of use.
    pub const fn is_under_way(self) -> bool {
        self.is_open() && !matches!(self, Self::NotStarted)
    }

    /// Whether it can begin, or begin anew.
    pub const fn can_begin(self) -> bool {
        matches!(self, Self::NotStarted | Self::NeedsVerification | Self::Canceled)
    }

    /// What comes next, for whoever waits for it.
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::NotStarted => "Start the verification.",
            Self::Pending => "Wait: the user fills in the form behind the verification link.",
            Self::NeedsInformation => "The user sends the documents that are missing.",
            Self::NeedsVerification => "The user repeats the verification: start it again.",
            Self::ManualReview => "Wait: a person looks into it, which takes one to two business days.",
            Self::Approved => "Nothing: the user may deposit and its agents may spend.",
            Self::Denied => "Nothing: the application was refused, which is final.",
            Self::Locked => "Contact whoever runs this server: the application is locked.",
            Self::Canceled => "Start the verification again: the user gave it up.",
        }
    }
}

/// What a user has and owes, in minor units of the user's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// Everything deposited: each deposit counts in full.
    pub credit_limit: i64,
    /// Authorized and not settled.
    pub pending_charges: i64,
    /// Settled, refunds given back.
    pub posted_charges: i64,
    /// Settled beyond what was deposited; 0 when the deposits cover it.
    pub balance_due: i64,
    /// `credit_limit − pending_charges − posted_charges`: what agents may still spend.
    pub spending_power: i64,
}

impl Balance {
    /// The balance that follows from the three sums.
    pub const fn of(deposited: i64, pending: i64, posted: i64) -> Self {
        let uncovered = posted.saturating_sub(deposited);
        Self {
            credit_limit: deposited,
            pending_charges: pending,
            posted_charges: posted,
            balance_due: if uncovered > 0 { uncovered } else { 0 },
            spending_power: deposited.saturating_sub(pending).saturating_sub(posted),
        }
    }

    /// The data of the event `user.balance.updated`.
    pub fn told(self, user: &UserId, currency: Currency) -> Value {
        json!({
            "userId": user,
            "currency": currency,
            "creditLimit": self.credit_limit,
            "pendingCharges": self.pending_charges,
            "postedCharges": self.posted_charges,
            "balanceDue": self.balance_due,
            "spendingPower": self.spending_power,
        })
    }
}

/// A funding user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address.
    pub email: String,
    /// Where the application stands.
    pub application_status: ApplicationStatus,
    /// The caller's own data.
    pub metadata: Option<Metadata>,
    /// The currency of the balance and of all limits under it.
    pub currency: Currency,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it has and owes.
    pub balance: Balance,
    /// Its agents that are not deregistered.
    pub agent_count: i64,
}

impl User {
    /// First and last name.
    pub fn name(&self) -> String {
        full_name(&self.first_name, &self.last_name)
    }
}

/// A user's name in one text.
pub(crate) fn full_name(first: &str, last: &str) -> String {
    format!("{first} {last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_is_what_is_left_of_the_deposits() {
        let balance = Balance::of(10_000, 2_500, 4_000);
        assert_eq!((balance.spending_power, balance.balance_due), (3_500, 0));
        let owing = Balance::of(10_000, 0, 12_000);
        assert_eq!((owing.spending_power, owing.balance_due), (-2_000, 2_000));
        let refunded = Balance::of(10_000, 0, -500);
        assert_eq!((refunded.spending_power, refunded.balance_due), (10_500, 0));
    }

    #[test]
    fn only_unfinished_applications_are_open() {
        let open: Vec<_> = ApplicationStatus::ALL.iter().filter(|s| s.is_open()).map(|s| s.as_str()).collect();
        assert_eq!(open, ["notStarted", "pending", "needsInformation", "needsVerification", "manualReview"]);
    }
}
