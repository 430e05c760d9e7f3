//! Completing an application through its link, as the user does who has no account here.
use super::{ApplicationStatus, DecideApplication, store, token};
use crate::{
    Error, Result,
    access::{self, Origin},
    db::Db,
    environment::Environment,
    error::Noun,
    ids::{OrganisationId, UserId},
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

/// Completes (`approve`) or fails the application of a completion link. `Error::NotFound` for any other text.
pub async fn complete(db: &Db, token: &str, approve: bool, origin: Origin) -> Result<()> {
    let (grant, id) = access::applicant(db, token, origin).await?.ok_or(Error::NotFound(Noun::User))?;
    db.commit(&grant, DecideApplication { id, approve }).await
}
