//! What the operator of the host does from the command line, in the log of every organisation.
use super::{Grant, Job, Permission, system};
use crate::{
    Error, Result,
    audit::Action,
    db::{Command, Db, OpenError, Subject, Trail, Tx, sql},
    environment::Environment,
    error::Noun,
    ids::OrganisationId,
};

/// Why the master key was not replaced, or not recorded as such.
#[derive(Debug, thiserror::Error)]
pub enum NotReplaced {
    /// The old key is in force.
    #[error(transparent)]
    Key(#[from] OpenError),
    /// The new key is in force, and some organisation's log does not say so.
    #[error("the master key was replaced, but the audit log could not be told: {0}")]
    Record(#[from] Error),
}

/// Puts a new master key in the key file in place of the one there, and says so in every organisation's log.
pub async fn replace_master_key(db: &Db) -> Result<(), NotReplaced> {
    db.replace_master_key().await?;
    let organisations: Vec<OrganisationId> =
        sql!(db, scalars, "select id from organisations order by id").map_err(Error::from)?;
    for organisation in organisations {
        let grant = system(Job::Host, organisation, Environment::Live);
        db.commit(&grant, Record).await?;
    }
    Ok(())
}

struct Record;

impl Command for Record {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Housekeep
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let organisation = grant.organisation();
        let name: String = sql!(tx, scalar, "select name from organisations where id = $1", organisation)?;
        let subject = Subject::new(Noun::Organisation, organisation, name);
        Ok(((), Trail::new(Action::MasterKeyReplaced, subject).organisation_wide()))
    }
}
