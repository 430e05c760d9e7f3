//! Several changes of a card at once: all of them or none.
use super::{FreezeCard, SetCardRules, UnfreezeCard};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Command, Trail, Tx},
    error::Noun,
};

/// What the API's one edit of a card asks for. Each part needs its own permission. Its callers are keys and tokens, which
/// have nobody to ask: its rules never wait for a second person.
#[derive(Default)]
pub struct UpdateCard {
    /// Other rules.
    pub rules: Option<SetCardRules>,
    /// A stop to its charges.
    pub freeze: Option<FreezeCard>,
    /// An end to that.
    pub unfreeze: Option<UnfreezeCard>,
}

impl Command for UpdateCard {
    type Output = ();

    /// That of seeing the card; each part demands its own.
    fn permission(&self) -> Permission {
        Permission::View
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let mut whole: Option<Trail> = None;
        let mut join = |part: Trail| {
            whole = Some(match whole.take() {
                Some(whole) => whole.and(part),
                None => part,
            });
        };
        // Unfreezing locks the agent, which comes before the card.
        if let Some(part) = &self.unfreeze {
            grant.demand(part.permission(), tx.now())?;
            part.lock_agent(grant, tx).await?;
        }
        // The rules name the version that the caller saw, which each step of the state raises; and the longer lifetime
        // that a card needs before it is unfrozen may be among them.
        if let Some(part) = &self.rules {
            grant.demand(part.permission(), tx.now())?;
            join(part.run(grant, tx).await?.1);
        }
        if let Some(part) = &self.unfreeze {
            join(part.run(grant, tx).await?.1);
        }
        if let Some(part) = &self.freeze {
            grant.demand(part.permission(), tx.now())?;
            join(part.run(grant, tx).await?.1);
        }
        // A change of nothing leaves no trail, so it must not come here.
        whole.map(|trail| ((), trail)).ok_or(Error::NotFound(Noun::Card))
    }
}
