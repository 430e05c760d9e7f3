//! Bookkeeping of deliveries: leases and attempts.
use super::{DeliveryState, EventType, Fault, schedule};
use crate::{
    Result,
    db::{Batch, Counter, Db, Tx, note::Note, sql},
    environment::Environment,
    ids::{AttemptId, DeliveryId, EndpointId, EventId, OrganisationId},
    monitoring,
    secret::Sealed,
    time::{SECOND, Timestamp},
};

/// How long a claimed delivery belongs to its claimer: twice the longest attempt.
pub const LEASE_MS: i64 = 60 * SECOND;
/// Attempts under way at once to one endpoint.
pub const IN_FLIGHT: i64 = 4;
/// The same while its last attempt failed: one asks whether it is back, so that what hangs holds one place only.
const IN_FLIGHT_FAILING: i64 = 1;

/// The longest that a delivery waits for its next try, in milliseconds: twice the longest step, when the receiver asks for
/// that.
const LONGEST_WAIT: i64 = 2 * schedule::STEPS[schedule::STEPS.len() - 1];

/// A delivery that is this process's to send until its lease ends: everything that a send needs.
pub struct Claimed {
    pub(super) organisation: OrganisationId,
    pub(super) environment: Environment,
    pub(super) id: DeliveryId,
    pub(super) endpoint: EndpointId,
    pub(super) event: EventId,
    pub(super) kind: EventType,
    pub(super) body: String,
    pub(super) url: String,
    pub(super) secret: Sealed,
    /// The lease's name: what was recorded under another one is not ours to move on.
    pub(super) claimed_at: Timestamp,
}

impl Claimed {
    /// The delivery.
    pub fn delivery(&self) -> &DeliveryId {
        &self.id
    }
}

#[derive(sqlx::FromRow)]
struct Due {
    organisation_id: OrganisationId,
    environment: Environment,
    id: EndpointId,
    busy: i64,
    last_succeeded: Option<bool>,
}

impl Due {
    fn allowance(&self) -> i64 {
        let most = if self.last_succeeded == Some(false) { IN_FLIGHT_FAILING } else { IN_FLIGHT };
        (most - self.busy).max(0)
    }
}

/// Claims up to `limit` due deliveries: those that wait longest first, but to every endpoint one before any gets a
/// second. Writes nothing when nothing is due.
pub async fn claim(db: &Db, limit: usize) -> Result<Vec<Claimed>> {
    // One probe of an index for each endpoint, however many deliveries wait.
    let due: Vec<Due> = sql!(
        db,
        fetch_all,
        "select organisation_id, environment, id, busy, last_succeeded from (
             select e.organisation_id, e.environment, e.id,
                    (select min(d.next_attempt_at) from deliveries d
                     where d.organisation_id = e.organisation_id and d.environment = e.environment
                       and d.endpoint_id = e.id and d.state = 'pending') as due,
                    (select count(*) from deliveries d
                     where d.organisation_id = e.organisation_id and d.environment = e.environment
                       and d.endpoint_id = e.id and d.claimed_at is not null and d.next_attempt_at > $1) as busy,
                    (select a.succeeded from attempts a
                     where a.organisation_id = e.organisation_id and a.environment = e.environment
                       and a.endpoint_id = e.id
                     order by a.id desc limit 1) as last_succeeded
             from webhook_endpoints e where e.status = 'enabled'
         ) as waiting
         where due <= $1 order by due, id",
        db.now()
    )?;
    let shares = share(&due.iter().map(Due::allowance).collect::<Vec<_>>(), limit);
    let wanted: Vec<(Due, i64)> = due.into_iter().zip(shares).filter(|(_, share)| *share > 0).collect();
    if wanted.is_empty() { Ok(Vec::new()) } else { db.note(ClaimDue(wanted)).await }
}

/// Shares `limit` places among those that may have so many each: everybody gets one before anybody gets another.
fn share(allowances: &[i64], limit: usize) -> Vec<i64> {
    let mut shares = vec![0; allowances.len()];
    let mut left = limit;
    for round in 0..IN_FLIGHT {
        for (share, allowance) in shares.iter_mut().zip(allowances) {
            if left > 0 && *allowance > round {
                *share += 1;
                left -= 1;
            }
        }
    }
    shares
}

struct ClaimDue(Vec<(Due, i64)>);

impl Note for ClaimDue {
    type Output = Vec<Claimed>;

    async fn write(&self, tx: &mut Tx) -> Result<Vec<Claimed>> {
        let mut claimed = Vec::new();
        for (due, share) in &self.0 {
            claim_of(tx, due, *share, &mut claimed).await?;
        }
        Ok(claimed)
    }
}

async fn claim_of(tx: &mut Tx, due: &Due, share: i64, claimed: &mut Vec<Claimed>) -> Result<()> {
    let (organisation, environment, endpoint, now) = (&due.organisation_id, due.environment, &due.id, tx.now());
    // The endpoint's row is the lock between claimers; SQLite has one writer and needs none.
    let row: Option<(String, Sealed)> = if tx.is_sqlite() {
        sql!(
            tx,
            fetch_optional,
            "select url, secret from webhook_endpoints
             where organisation_id = $1 and environment = $2 and id = $3 and status = 'enabled'",
            organisation,
            environment,
            endpoint
        )?
    } else {
        sql!(
            tx,
            fetch_optional,
            "select url, secret from webhook_endpoints
             where organisation_id = $1 and environment = $2 and id = $3 and status = 'enabled'
             for no key update skip locked",
            organisation,
            environment,
            endpoint
        )?
    };
    let Some((url, secret)) = row else { return Ok(()) };
    let busy: i64 = sql!(
        tx,
        scalar,
        "select count(*) from deliveries
         where organisation_id = $1 and environment = $2 and endpoint_id = $3
           and claimed_at is not null and next_attempt_at > $4",
        organisation,
        environment,
        endpoint,
        now
    )?;
    // Another claimer may have been here since the question was asked.
    let room = share.min(due.allowance() + due.busy - busy);
    if room <= 0 {
        return Ok(());
    }
    let ids: Vec<(DeliveryId, EventId, EventType)> = sql!(
        tx,
        fetch_all,
        "update deliveries set next_attempt_at = $5, claimed_at = $4
         where organisation_id = $1 and environment = $2 and state = 'pending' and next_attempt_at <= $4 and id in (
             select id from deliveries
             where organisation_id = $1 and environment = $2 and endpoint_id = $3
               and state = 'pending' and next_attempt_at <= $4
             order by next_attempt_at, id limit $6)
         returning id, event_id, event_type",
        organisation,
        environment,
        endpoint,
        now,
        now + LEASE_MS,
        room
    )?;
    for (id, event, kind) in ids {
        let body = sql!(
            tx,
            scalar,
            "select body from events where organisation_id = $1 and environment = $2 and id = $3",
            organisation,
            environment,
            &event
        )?;
        claimed.push(Claimed {
            organisation: organisation.clone(),
            environment,
            id,
            endpoint: endpoint.clone(),
            event,
            kind,
            body,
            url: url.clone(),
            secret: secret.clone(),
            claimed_at: now,
        });
    }
    Ok(())
}

/// Makes the deliveries due that wait for longer than any schedule lets them; gives how many. They were told, put off or
/// claimed while the clock was ahead of the right time (security R10), and would wait until that comes.
pub async fn put_right(db: &Db) -> Result<u64> {
    let one: Option<DeliveryId> = sql!(
        db,
        scalar_optional,
        "select id from deliveries where state = 'pending' and next_attempt_at > $1 limit 1",
        db.now() + LONGEST_WAIT
    )?;
    if one.is_some() { db.note(PutRight).await } else { Ok(0) }
}

struct PutRight;

impl Note for PutRight {
    type Output = u64;

    async fn write(&self, tx: &mut Tx) -> Result<u64> {
        let now = tx.now();
        Ok(sql!(
            tx,
            execute,
            "update deliveries set next_attempt_at = $1, claimed_at = null
             where state = 'pending' and next_attempt_at > $2",
            now,
            now + LONGEST_WAIT
        )?)
    }
}

/// An attempt ended: its row, what becomes of the delivery, and the counters, all or none.
pub(super) struct RecordAttempt {
    pub organisation: OrganisationId,
    pub environment: Environment,
    pub delivery: DeliveryId,
    pub endpoint: EndpointId,
    pub claimed_at: Timestamp,
    pub status: Option<u16>,
    /// None exactly when it succeeded.
    pub fault: Option<Fault>,
    pub retry_after_ms: Option<i64>,
    pub response: String,
    pub duration_ms: i64,
}

/// What became of a delivery with an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Which try it was, from 1.
    pub number: i64,
    /// Whether it was answered with a 2xx.
    pub succeeded: bool,
    /// The delivery's state now.
    pub state: DeliveryState,
    /// When it is tried next.
    pub next_attempt_at: Option<Timestamp>,
}

impl Note for RecordAttempt {
    type Output = Recorded;

    async fn write(&self, tx: &mut Tx) -> Result<Recorded> {
        let (organisation, environment, now) = (&self.organisation, self.environment, tx.now());
        let (number, state, lease, due): (i64, DeliveryState, Option<Timestamp>, Option<Timestamp>) = sql!(
            tx,
            fetch_one,
            "update deliveries set attempts = attempts + 1
             where organisation_id = $1 and environment = $2 and id = $3
             returning attempts, state, claimed_at, next_attempt_at",
            organisation,
            environment,
            &self.delivery
        )?;
        let succeeded = self.fault.is_none();
        let id = AttemptId::new(now, tx.chance());
        sql!(
            tx,
            execute,
            "insert into attempts (organisation_id, environment, id, delivery_id, endpoint_id, number, succeeded,
                                   status_code, fault, duration_ms, response, finished_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            organisation,
            environment,
            id,
            &self.delivery,
            &self.endpoint,
            number,
            succeeded,
            self.status.map(i64::from),
            self.fault,
            self.duration_ms,
            &self.response,
            now
        )?;
        let mine = lease == Some(self.claimed_at);
        let (state, next_attempt_at) = match state {
            DeliveryState::Pending if succeeded => (DeliveryState::Delivered, None),
            // The lease was lost to another attempt, which moves the delivery on when it ends.
            DeliveryState::Pending if !mine => (state, due),
            DeliveryState::Pending => {
                let chance = u64::from_be_bytes(tx.chance().bytes());
                let tries = u32::try_from(number).unwrap_or(u32::MAX);
                match schedule::next_attempt(tries, now, chance, self.retry_after_ms) {
                    Some(at) => (DeliveryState::Pending, Some(at)),
                    None => (DeliveryState::Abandoned, None),
                }
            }
            DeliveryState::Delivered | DeliveryState::Abandoned => (state, None),
        };
        if mine || succeeded {
            let result = match (self.status, self.fault) {
                (Some(status), _) => status.to_string(),
                (None, Some(fault)) => fault.to_string(),
                (None, None) => String::new(),
            };
            sql!(
                tx,
                execute,
                "update deliveries set state = $4, next_attempt_at = $5, claimed_at = null, finished_at = $6,
                                       last_result = $7
                 where organisation_id = $1 and environment = $2 and id = $3 and state = 'pending'",
                organisation,
                environment,
                &self.delivery,
                state,
                next_attempt_at,
                (state != DeliveryState::Pending).then_some(now),
                result
            )?;
        }
        let bucket = monitoring::bucket(now);
        let counters = [
            (Counter::Attempted, true),
            (Counter::Failed, !succeeded),
            (Counter::Abandoned, mine && state == DeliveryState::Abandoned),
        ];
        let mut batch = Batch::new(tx);
        for (counter, counts) in counters {
            if counts {
                monitoring::store::count(&mut batch, organisation, environment, bucket, counter)?;
            }
        }
        batch.run(tx).await?;
        Ok(Recorded { number, succeeded, state, next_attempt_at })
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn everybody_gets_a_place_before_anybody_gets_a_second() {
        assert_eq!(share(&[4, 4, 1], 3), [1, 1, 1]);
        assert_eq!(share(&[4, 4, 1], 6), [3, 2, 1]);
        assert_eq!(share(&[4, 0, 1], 100), [4, 0, 1]);
        assert_eq!(share(&[4], 0), [0]);
        assert!(share(&[], 9).is_empty());
    }
}
