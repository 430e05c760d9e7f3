//! Several changes of an agent at once: all of them or none.
use super::{ChangeAgent, ResumeAgent, SetLimit, SuspendAgent};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Command, Trail, Tx},
    error::Noun,
};

/// What the API's one edit of an agent asks for. Each part needs its own permission.
#[derive(Default)]
pub struct UpdateAgent {
    /// Another limit.
    pub limit: Option<SetLimit>,
    /// Another name, description or metadata.
    pub change: Option<ChangeAgent>,
    /// An end to its spending.
    pub suspend: Option<SuspendAgent>,
    /// An end to its suspension.
    pub resume: Option<ResumeAgent>,
}

impl Command for UpdateAgent {
    type Output = ();

    /// That of seeing the agent; each part demands its own.
    fn permission(&self) -> Permission {
        Permission::View
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let mut whole: Option<Trail> = None;
        // The limit first: it names the version that the caller saw, which every part raises.
        if let Some(part) = &self.limit {
            whole = joined(whole, part_of(part, grant, tx).await?);
        }
        if let Some(part) = &self.change {
            whole = joined(whole, part_of(part, grant, tx).await?);
        }
        if let Some(part) = &self.suspend {
            whole = joined(whole, part_of(part, grant, tx).await?);
        }
        if let Some(part) = &self.resume {
            whole = joined(whole, part_of(part, grant, tx).await?);
        }
        // A change of nothing leaves no trail, so it must not come here.
        whole.map(|trail| ((), trail)).ok_or(Error::NotFound(Noun::Agent))
    }
}

fn joined(whole: Option<Trail>, part: Trail) -> Option<Trail> {
    Some(match whole {
        Some(whole) => whole.and(part),
        None => part,
    })
}

async fn part_of<C: Command>(part: &C, grant: &Grant, tx: &mut Tx) -> Result<Trail> {
    grant.demand(part.permission(), tx.now())?;
    part.run(grant, tx).await.map(|(_, trail)| trail)
}
