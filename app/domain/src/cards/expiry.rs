//! Cards whose lifetime or printed month is over.
use super::{life::Life, status};
use crate::{
    Error, Result,
    access::{self, Grant, Job, Permission},
    db::{Command, Db, Trail, Tx, sql},
    environment::Environment,
    error::Code,
    ids::{CardId, OrganisationId},
    limits::terms::OnExpiry,
};
use chrono::Datelike;

/// Freezes or closes one card that has ended.
struct EndCard {
    id: CardId,
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    life: Life,
    at_end: Option<OnExpiry>,
}

impl Command for EndCard {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Housekeep
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let row: Option<Row> = sql!(
            tx,
            fetch_optional,
            "update cards set version = version where organisation_id = $1 and environment = $2 and id = $3
             returning ends_at, expiration_month, expiration_year, at_end",
            grant.organisation(),
            grant.environment(),
            &self.id
        )?;
        let now = tx.now();
        let Some((next, why)) = row.and_then(|row| row.life.ending(row.at_end, now)) else {
            return Err(Error::state(Code::CardNotActive, "This card has not ended."));
        };
        status::end(tx, grant, &self.id, next, why).await
    }
}

type Due = Vec<(OrganisationId, Environment, CardId)>;

/// The expiry job: freezes or closes up to `most` cards whose lifetime is over, and closes up to `most` whose printed
/// month is, over all organisations; gives how many. A card counts as ended at its own moment, however late the job
/// comes.
pub async fn end_due(db: &Db, most: u16) -> Result<u64> {
    let now = db.now();
    let month = now.utc();
    let mut due: Due = sql!(
        db,
        fetch_all,
        "select organisation_id, environment, id from cards
         where (expiration_year, expiration_month) < ($1, $2) and status <> 'closed'
         order by expiration_year, expiration_month limit $3",
        i64::from(month.year()),
        i64::from(month.month()),
        i64::from(most)
    )?;
    let set: Due = sql!(
        db,
        fetch_all,
        "select organisation_id, environment, id from cards
         where ends_at is not null and status <> 'closed' and ends_at <= $1
           and (at_end = 'close' or status = 'active') order by ends_at limit $2",
        now,
        i64::from(most)
    )?;
    due.extend(set);
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
