//! Invitations: a single-use link, good for 72 hours, under which somebody becomes a member (security X-A11).
use super::Role;
use crate::{
    ids::{InviteId, ProposalId},
    secret::Plain,
    text::words,
    time::{HOUR, Timestamp},
};
use serde::{Deserialize, Serialize};

mod accept;
mod commands;
mod store;

pub use accept::{Opened, accept, open};
pub use commands::{Invite, ResendInvite, WithdrawInvite};
pub(in crate::access) use commands::{create, is_free};
pub use store::{get, list};

/// How long a link is good for.
pub const LINK_MS: i64 = 72 * HOUR;

words! {
    /// What became of an invitation.
    InviteStatus {
        /// Its link works.
        Open = "open",
        /// Its link is too old.
        Expired = "expired",
        /// Somebody used it.
        Accepted = "accepted",
        /// It was taken back.
        Withdrawn = "withdrawn",
    }
}

/// An invitation without its link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its id.
    pub id: InviteId,
    /// The address that the new member will sign in with.
    pub email: String,
    /// The role that they will have.
    pub role: Role,
    /// Who invited them.
    pub invited_by: String,
    /// What became of it.
    pub status: InviteStatus,
    /// When the newest link was made.
    pub sent_at: Timestamp,
    /// When that link ends.
    pub expires_at: Timestamp,
}

/// What became of a wish to invite somebody.
pub enum Invited {
    /// The invitation was made.
    Made(NewLink),
    /// It waits for a second person: an owner is invited.
    Proposed(ProposalId),
}

/// A link that was just made: the only moment at which its text exists.
pub struct NewLink {
    /// The invitation.
    pub id: InviteId,
    /// The secret part of the link, to be passed on; none when it went by mail.
    pub link: Option<Plain>,
}
