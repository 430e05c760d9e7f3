//! Cards whose lifetime is over.
use super::{CardStatus, status};
use crate::{
    Error, Result,
    access::{self, Grant, Job, Permission},
    db::{Command, Db, Trail, Tx, sql},
    environment::Environment,
    error::Code,
    ids::{CardId, OrganisationId},
    limits::terms::OnExpiry,
    time::Timestamp,
};

/// The `status_reason` of a card whose lifetime is over.
pub const LIFETIME_OVER: &str = "lifetime_over";

/// Freezes or closes one card whose lifetime is over.
struct EndCard {
    id: CardId,
}

impl Command for EndCard {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Housekeep
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let due: Option<(Option<Timestamp>, Option<OnExpiry>)> = sql!(
            tx,
            fetch_optional,
            "update cards set version = version where organisation_id = $1 and environment = $2 and id = $3
             returning ends_at, at_end",
            grant.organisation(),
            grant.environment(),
            &self.id
        )?;
        let now = tx.now();
        let Some((Some(_), Some(what))) = due.filter(|(ends_at, _)| ends_at.is_some_and(|end| end <= now)) else {
            return Err(Error::state(Code::CardNotActive, "This card's lifetime is not over."));
        };
        let next = match what {
            OnExpiry::Freeze => CardStatus::Frozen,
            OnExpiry::Close => CardStatus::Closed,
        };
        status::end(tx, grant, &self.id, next, LIFETIME_OVER).await
    }
}

/// The expiry job: freezes or closes up to `most` cards whose lifetime is over, over all organisations; gives how many.
/// A card counts as expired at its own moment, however late the job comes.
pub async fn end_due(db: &Db, most: u16) -> Result<u64> {
    let due: Vec<(OrganisationId, Environment, CardId)> = sql!(
        db,
        fetch_all,
        "select organisation_id, environment, id from cards
         where ends_at is not null and status <> 'closed' and ends_at <= $1
           and (at_end = 'close' or status = 'active') order by ends_at limit $2",
        db.now(),
        i64::from(most)
    )?;
    let mut ended = 0;
    for (organisation, environment, id) in due {
        let grant = access::system(Job::Expiry, organisation, environment);
        match db.commit(&grant, EndCard { id }).await {
            Ok(()) => ended += 1,
            // Another process, or a person, was first.
            Err(Error::State { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(ended)
}
