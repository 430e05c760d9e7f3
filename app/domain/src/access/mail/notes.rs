//! Bookkeeping of the outbox: claims and outcomes of letters.
use super::outbox::{ATTEMPTS, wait};
use crate::{
    Result,
    db::{Db, Tx, note::Note, sql},
    ids::{MailId, OrganisationId},
    secret::Sealed,
    time::{MINUTE, Timestamp},
};

/// How long a claimed letter belongs to its claimer: longer than any attempt may take.
const LEASE_MS: i64 = 2 * MINUTE;

/// A letter that is this process's to send until its lease ends.
#[derive(sqlx::FromRow)]
pub struct Claimed {
    pub(super) organisation_id: OrganisationId,
    pub(super) id: MailId,
    pub(super) recipient: String,
    pub(super) subject: String,
    pub(super) body: Sealed,
    /// Tries before this one.
    pub(super) attempts: i64,
    /// After this moment it is of no use.
    pub(super) expires_at: Timestamp,
    /// When the lease ends, which names it.
    pub(super) next_attempt_at: Timestamp,
}

/// Claims up to `limit` due letters. Those that are of no use any more are given up. Writes nothing when nothing is due.
pub async fn claim(db: &Db, limit: i64) -> Result<Vec<Claimed>> {
    let due: i64 = sql!(
        db,
        scalar,
        "select count(*) from (select 1 from mails where state = 'pending' and next_attempt_at <= $1 limit 1) as due",
        db.now()
    )?;
    if due == 0 { Ok(Vec::new()) } else { db.note(ClaimDue(limit)).await }
}

struct ClaimDue(i64);

impl Note for ClaimDue {
    type Output = Vec<Claimed>;

    async fn write(&self, tx: &mut Tx) -> Result<Vec<Claimed>> {
        let now = tx.now();
        sql!(
            tx,
            execute,
            "update mails set state = 'abandoned', body = null, finished_at = $1, fault = 'too late'
             where state = 'pending' and expires_at <= $1 and next_attempt_at <= $1",
            now
        )?;
        // The row itself is the lock: another claimer that waited for it finds its time moved on.
        Ok(sql!(
            tx,
            fetch_all,
            "update mails set next_attempt_at = $2
             where state = 'pending' and next_attempt_at <= $1
               and id in (select id from mails where state = 'pending' and next_attempt_at <= $1
                          order by next_attempt_at limit $3)
             returning organisation_id, id, recipient, subject, body, attempts, expires_at, next_attempt_at",
            now,
            now + LEASE_MS,
            self.0
        )?)
    }
}

/// What came of an attempt.
pub(super) struct Record {
    pub organisation: OrganisationId,
    pub id: MailId,
    /// The lease: what was recorded under another one is not ours to move on.
    pub lease: Timestamp,
    pub attempts: i64,
    pub expires_at: Timestamp,
    /// Why it did not go; none: it went.
    pub fault: Option<String>,
}

impl Note for Record {
    type Output = ();

    async fn write(&self, tx: &mut Tx) -> Result<()> {
        let (now, tries) = (tx.now(), self.attempts + 1);
        let state = match &self.fault {
            None => "sent",
            Some(_) if tries >= ATTEMPTS || now + wait(tries) >= self.expires_at => "abandoned",
            Some(_) => "pending",
        };
        let over = state != "pending";
        sql!(
            tx,
            execute,
            "update mails set state = $4, attempts = $5, next_attempt_at = $6, fault = $7,
                              finished_at = case when $8 then $9 else finished_at end,
                              body = case when $8 then null else body end
             where organisation_id = $1 and id = $2 and next_attempt_at = $3 and state = 'pending'",
            &self.organisation,
            &self.id,
            self.lease,
            state,
            tries,
            now + wait(tries),
            &self.fault,
            over,
            now
        )?;
        Ok(())
    }
}
