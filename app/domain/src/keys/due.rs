//! What the expiry job does about keys and tokens, one commit for each.
use crate::{
    Error, Result,
    access::{self, Job},
    db::{Command, Db},
    environment::Environment,
    ids::OrganisationId,
};

/// Makes the change that `command` gives for each that is due, in order: how many were made. One for which the command
/// finds nothing to do any more, because another process was first or it has changed, is passed over.
pub(crate) async fn each<Id, C: Command<Output = ()>>(
    db: &Db,
    due: Vec<(OrganisationId, Environment, Id)>,
    command: impl Fn(Id) -> C,
) -> Result<u64> {
    let mut made = 0;
    for (organisation, environment, id) in due {
        let grant = access::system(Job::Expiry, organisation, environment);
        match db.commit(&grant, command(id)).await {
            Ok(()) => made += 1,
            Err(Error::NotFound(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(made)
}
