//! What people are told about their own access and duties: on their own page, and by mail where there is mail
//! (security X-A12).
use crate::{
    environment::Environment,
    ids::{AgentId, KeyId, NoticeId, ProposalId},
    money::{Amount, Currency, Money},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::Role;

#[cfg(feature = "store")]
mod notes;
#[cfg(feature = "store")]
mod store;

#[cfg(feature = "store")]
pub use notes::SeenAll;
#[cfg(feature = "store")]
pub use store::list;
#[cfg(feature = "store")]
pub(crate) use store::{tell, tell_roles};

/// What somebody is told. Whoever changes a factor or recognises a device tells it through this list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum About {
    /// Somebody signed in with a browser that was not seen before.
    NewDevice {
        /// The browser as it names itself.
        client: Option<String>,
        /// The source address.
        address: Option<String>,
    },
    /// Somebody signed in after tries that failed.
    AfterFailures {
        /// How many.
        failures: i64,
        /// The source address.
        address: Option<String>,
    },
    /// A second factor was added, removed or replaced.
    FactorChanged {
        /// What happened, as a sentence.
        what: String,
    },
    /// A passkey was used whose counter went back: somebody may have a copy of it.
    PasskeyCopied {
        /// What its owner calls it.
        name: String,
    },
    /// The password was changed.
    PasswordChanged,
    /// Somebody gave the person another role.
    RoleChanged {
        /// The role before.
        before: Role,
        /// The role now.
        after: Role,
        /// Who did it.
        by: String,
    },
    /// An API key ends soon, or has ended.
    KeyExpires {
        /// The key's environment.
        environment: Environment,
        /// Which.
        key: KeyId,
        /// Its name.
        name: String,
        /// When it ends.
        at: Timestamp,
        /// Days that are left at most; 0: it has ended.
        days: i64,
    },
    /// Nobody uses an API key.
    KeyIdle {
        /// The key's environment.
        environment: Environment,
        /// Which.
        key: KeyId,
        /// Its name.
        name: String,
        /// When it is disabled, or was.
        at: Timestamp,
        /// Whether it was.
        disabled: bool,
    },
    /// An agent's spend reached a level of its limit.
    LimitReached {
        /// The agent's environment.
        environment: Environment,
        /// Which.
        agent: AgentId,
        /// Its name.
        name: String,
        /// The level, in percent.
        percent: u8,
        /// What the window of the limit holds, in minor units.
        spent: i64,
        /// The limit.
        limit: Amount,
        /// The currency of both.
        currency: Currency,
    },
    /// A change waits for the person's approval.
    Proposal {
        /// Which.
        id: ProposalId,
        /// Who proposed it.
        by: String,
        /// The name of whom or what it is about.
        subject: String,
    },
}

impl About {
    /// It in one line.
    pub fn title(&self) -> String {
        match self {
            Self::NewDevice { .. } => "New sign-in to your account".to_owned(),
            Self::AfterFailures { failures: 1, .. } => "A sign-in after 1 failed try".to_owned(),
            Self::AfterFailures { failures, .. } => format!("A sign-in after {failures} failed tries"),
            Self::FactorChanged { .. } => "Your sign-in factors changed".to_owned(),
            Self::PasskeyCopied { .. } => "A passkey of yours may have been copied".to_owned(),
            Self::PasswordChanged => "Your password was changed".to_owned(),
            Self::RoleChanged { after, .. } => format!("Your role is {after} now"),
            Self::KeyExpires { name, environment, days: 0, .. } => format!("The {environment} key {name} has ended"),
            Self::KeyExpires { name, environment, .. } => format!("The {environment} key {name} ends soon"),
            Self::KeyIdle { name, environment, disabled: true, .. } => {
                format!("The {environment} key {name} was disabled")
            }
            Self::KeyIdle { name, environment, .. } => format!("Nobody uses the {environment} key {name}"),
            Self::LimitReached { name, environment, percent, .. } => {
                format!("The {environment} agent {name} reached {percent} % of its limit")
            }
            Self::Proposal { subject, .. } => format!("A change of {subject} waits for your approval"),
        }
    }

    /// It in full, and what to do.
    pub fn text(&self) -> String {
        let from = |address: &Option<String>| address.as_ref().map_or_else(String::new, |a| format!(" from {a}"));
        let not_you = "If it was not you, change your password and end your sessions at once.";
        match self {
            Self::NewDevice { client, address } => {
                let client = client.as_deref().unwrap_or("a browser that does not name itself");
                format!("Somebody signed in with {client}{}. {not_you}", from(address))
            }
            Self::AfterFailures { failures, address } => {
                let tries = if *failures == 1 { "1 try".to_owned() } else { format!("{failures} tries") };
                format!("After {tries} that failed, somebody signed in{}. {not_you}", from(address))
            }
            Self::FactorChanged { what } => format!("{what} {not_you}"),
            Self::PasskeyCopied { name } => format!(
                "Somebody tried to sign in with your passkey {name}, and it counted back, as a copy does. They were \
                 refused. Remove this passkey and add a new one."
            ),
            Self::PasswordChanged => {
                "Your password was changed, and every open session ended. If it was not you, ask an owner of your \
                 organisation to disable your account at once."
                    .to_owned()
            }
            Self::RoleChanged { before, after, by } => {
                format!("{by} changed your role from {before} to {after}. You were signed out everywhere.")
            }
            Self::KeyExpires { name, at, days: 0, .. } => format!(
                "The key {name} ended on {}. Calls with it are refused; what still needs it needs another.",
                at.utc().format("%-d %b %Y, %H:%M UTC")
            ),
            Self::KeyExpires { name, at, .. } => format!(
                "The key {name} ends on {}. Calls with it are refused from then on: replace it in time.",
                at.utc().format("%-d %b %Y, %H:%M UTC")
            ),
            Self::KeyIdle { name, disabled: true, .. } => format!(
                "The key {name} was not used for 90 days, and not after that was announced: calls with it are refused. \
                 Resume it on its page if it is needed, or revoke it."
            ),
            Self::KeyIdle { name, at, .. } => format!(
                "The key {name} was not used for 90 days. Unless it is used, it is disabled on {}. If nothing needs it, \
                 revoke it.",
                at.utc().format("%-d %b %Y, %H:%M UTC")
            ),
            Self::LimitReached { name, spent, limit, currency, .. } => format!(
                "The agent {name} spent {} of {} in the running window of its limit. Its page shows with what, \
                 and when the window starts again.",
                Money { minor: *spent, currency: *currency },
                Money { minor: limit.minor(), currency: *currency },
            ),
            Self::Proposal { by, subject, .. } => format!(
                "{by} proposed a change of {subject} that needs a second person. It waits for 24 hours: approve or \
                 reject it on the page Approvals."
            ),
        }
    }
}

/// Something that a person was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// What.
    pub about: About,
    /// When.
    pub created_at: Timestamp,
    /// When the person marked it as read.
    pub seen_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_fit_for_a_header_whatever_names_hold() {
        let id: KeyId = KeyId::floor(Timestamp(0));
        let name = "a".repeat(64);
        let about = About::KeyExpires { environment: Environment::Live, key: id, name, at: Timestamp(0), days: 14 };
        assert!(about.title().len() < 200 && !about.title().contains('\n'));
        assert!(about.text().contains("1 Jan 1970, 00:00 UTC"));
        let one = About::AfterFailures { failures: 1, address: Some("192.0.2.7".into()) };
        assert!(one.text().starts_with("After 1 try that failed, somebody signed in from 192.0.2.7."));
    }
}
