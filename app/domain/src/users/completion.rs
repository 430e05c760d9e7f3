//! Completing an application through its link, as the user does who has no account here.
use super::{ApplicationStatus, DecideApplication, MoveApplication, store, token};
use crate::{
    Error, Result,
    access::{self, Origin},
    db::Db,
    environment::Environment,
    error::Noun,
    ids::{OrganisationId, UserId},
    text::words,
};

/// What the page behind a completion link shows.
#[derive(Debug, Clone)]
pub struct Application {
    /// The user.
    pub user: UserId,
    /// The user's name.
    pub name: String,
    /// Where the application stands.
    pub status: ApplicationStatus,
    /// Whose user it is.
    pub organisation: OrganisationId,
    /// In which environment: a live one is decided here only where the sandbox serves live.
    pub environment: Environment,
}

/// The application of a completion link; none when the link is not one of ours. The token is the power to see it.
pub async fn by_completion_token(db: &Db, token: &str) -> Result<Option<Application>> {
    match token::user(db.vault(), token) {
        Some(user) => store::application(db, &user).await,
        None => Ok(None),
    }
}

words! {
    /// How a person lets the own application go on in the sandbox.
    Outcome {
        /// It is complete, and approved.
        Approve = "approve",
        /// It fails.
        Deny = "deny",
        /// More documents are asked for.
        AskDocuments = "askDocuments",
        /// A person looks into it.
        Review = "review",
        /// The verification must be repeated.
        Repeat = "repeat",
        /// The person gives it up.
        Cancel = "cancel",
    }
}

impl Outcome {
    /// Where the application stands afterwards.
    pub const fn leads_to(self) -> ApplicationStatus {
        match self {
            Self::Approve => ApplicationStatus::Approved,
            Self::Deny => ApplicationStatus::Denied,
            Self::AskDocuments => ApplicationStatus::NeedsInformation,
            Self::Review => ApplicationStatus::ManualReview,
            Self::Repeat => ApplicationStatus::NeedsVerification,
            Self::Cancel => ApplicationStatus::Canceled,
        }
    }
}

/// Lets the application of a completion link go on. `Error::NotFound` for any other text.
pub async fn complete(db: &Db, token: &str, outcome: Outcome, origin: Origin) -> Result<()> {
    let (grant, id) = access::applicant(db, token, origin).await?.ok_or(Error::NotFound(Noun::User))?;
    match outcome {
        Outcome::Approve => db.commit(&grant, DecideApplication { id, approve: true }).await,
        Outcome::Deny => db.commit(&grant, DecideApplication { id, approve: false }).await,
        _ => db.commit(&grant, MoveApplication { id, to: outcome.leads_to() }).await,
    }
}
