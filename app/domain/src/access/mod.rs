//! Who may come in, and with what power: organisation, people, roles, sign-in, sessions, keys at the door.
pub mod approvals;
mod grant;
#[cfg(feature = "store")]
mod host;
#[cfg(feature = "store")]
pub mod invites;
#[cfg(feature = "store")]
pub mod mail;
pub mod members;
pub mod notices;
mod permission;
mod roles;

#[cfg(feature = "store")]
mod attempts;
#[cfg(feature = "store")]
mod caller;
#[cfg(feature = "store")]
mod clock;
#[cfg(feature = "store")]
pub(crate) mod commands;
#[cfg(feature = "store")]
mod door;
#[cfg(feature = "store")]
pub mod factors;
#[cfg(feature = "store")]
mod notes;
#[cfg(feature = "store")]
mod password;
#[cfg(feature = "store")]
pub mod profile;
#[cfg(feature = "store")]
pub mod resets;
#[cfg(feature = "store")]
mod security;
#[cfg(feature = "store")]
pub mod sessions;
#[cfg(feature = "store")]
pub mod settings;
#[cfg(feature = "store")]
mod setup;

pub use grant::{Actor, FRESH_MS, Grant, Job, Origin};
pub use permission::{Permission, Permissions, Role};
pub use roles::{Roles, Security};

#[cfg(feature = "store")]
pub use caller::{Bearer, Caller, Shut, caller, note_exposed};
#[cfg(feature = "store")]
pub use clock::keep_ended;
#[cfg(feature = "store")]
pub(crate) use door::applicant;
#[cfg(feature = "store")]
pub use door::{Visitor, system, visitor};
#[cfg(feature = "store")]
pub use factors::{Admission, sign_in};
#[cfg(feature = "store")]
pub use host::{NotReplaced, replace_master_key};
#[cfg(feature = "store")]
pub(crate) use members::house::lock as lock_organisation;
#[cfg(feature = "store")]
pub use notes::KeyUsed;
#[cfg(feature = "store")]
pub(crate) use password::Passwords;
#[cfg(feature = "store")]
pub use password::{About, Breach, BreachError, Cost, Password, PasswordError};
#[cfg(feature = "store")]
pub use security::{ChangeSecurity, IDLE_MINUTES, security};
#[cfg(feature = "store")]
pub use sessions::{Arrival, IDLE_MS, LONGEST_MS, Opened, Sessions, sign_out};
#[cfg(feature = "store")]
pub use setup::{NewOrganisation, SetupLink, add_organisation, add_person, issue_setup_link, set_up, setup_link_works};

#[cfg(feature = "testing")]
pub mod testing;
