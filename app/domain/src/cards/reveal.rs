//! Showing a card's number to a person.
use super::{CardStatus, life::Life};
use crate::{
    Error, Result,
    access::{Actor, Grant, Permission},
    attestations::{self, ExposureMode, stricter},
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::{AuditId, CardId},
    issuer::{self, Details},
    limits::stop,
    name::Line,
    time::{DAY, HOUR, MINUTE, Timestamp},
};

/// How often one card is revealed in any 24 hours, whoever asks.
pub const REVEALS_PER_CARD: i64 = 5;
/// How often one person reveals cards of an environment in any 60 minutes.
pub const REVEALS_PER_PERSON: i64 = 20;

/// Shows a person the credentials of one card, and records who saw them and why.
///
/// A frozen card may be revealed: it can be charged again. One that is closed, has ended or was never activated may not,
/// for nothing can be bought with it; nor one that never shows its details, by its own word or its policy's, nor any
/// while all spending is stopped. At most
/// [`REVEALS_PER_CARD`] and [`REVEALS_PER_PERSON`] are counted from the audit log, which nobody can shorten. It is no
/// credential read: it attests no purchase, opens no intent and counts in no limit of an agent's reads.
pub struct RevealCard {
    /// Which card.
    pub id: CardId,
    /// What its number is needed for, for the audit log.
    pub reason: Line,
}

/// What a person is shown.
pub struct RevealedCard {
    /// The last four digits of its number.
    pub last4: String,
    /// The credentials, for the one answer that shows them.
    pub details: Details,
}

#[derive(sqlx::FromRow)]
struct Locked {
    purpose: String,
    status: CardStatus,
    last4: String,
    serial: i64,
    #[sqlx(flatten)]
    life: Life,
    credential_exposure: ExposureMode,
    policy_exposure: Option<ExposureMode>,
    stopped_at: Option<Timestamp>,
}

/// The card and before it the person, locked: whoever asks next counts what is recorded now.
async fn lock(tx: &mut Tx, grant: &Grant, person: &str, id: &CardId) -> Result<Locked> {
    sql!(
        tx,
        execute,
        "update people set version = version where organisation_id = $1 and id = $2",
        grant.organisation(),
        person
    )?;
    let card: Option<Locked> = sql!(
        tx,
        fetch_optional,
        "update cards set version = version where organisation_id = $1 and environment = $2 and id = $3
         returning purpose, status, last4, serial, ends_at, expiration_month, expiration_year, credential_exposure,
                   (select p.credential_exposure from policies p
                    where p.organisation_id = cards.organisation_id and p.environment = cards.environment
                      and p.id = cards.policy_id) as policy_exposure,
                   (select z.stopped_at from spending_stops z
                    where z.organisation_id = cards.organisation_id
                      and z.environment = cards.environment) as stopped_at",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    card.ok_or(Error::NotFound(Noun::Card))
}

/// When the next reveal is possible, where the newest `most` of `times`, latest first, lie within `span` before `now`.
fn free_at(times: &[Timestamp], most: i64, span: i64, now: Timestamp) -> Option<Timestamp> {
    let oldest = times.get(usize::try_from(most).ok()?.checked_sub(1)?)?;
    Some(*oldest + span).filter(|free| *free > now)
}

/// A wait in words, in whole minutes and never too short: `1 minute`, `3 h 12 min`.
fn wait(ms: i64) -> String {
    let minutes = (ms + MINUTE - 1) / MINUTE;
    match (minutes / 60, minutes % 60) {
        (0, 1) => "1 minute".to_owned(),
        (0, minutes) => format!("{minutes} minutes"),
        (1, 0) => "1 hour".to_owned(),
        (hours, 0) => format!("{hours} hours"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// Refuses until `free`, if there is such a moment, with `why` and how long that is.
fn unless_free(free: Option<Timestamp>, now: Timestamp, why: &str) -> Result<()> {
    let Some(free) = free else { return Ok(()) };
    Err(Error::state(Code::RevealLimit, format!("{why} in {}.", wait(free.since(now)))))
}

/// When the newest `$most` reveals in the last `$span` were, of those whose `$column` is `$id`: latest first.
macro_rules! revealed {
    ($tx:expr, $grant:expr, $column:literal, $id:expr, $most:expr, $span:expr) => {{
        let first = AuditId::floor($tx.now() - $span);
        let times: Vec<Timestamp> = sql!(
            $tx,
            scalars,
            concat!(
                "select at from audit
                 where organisation_id = $1 and environment = $2 and ",
                $column,
                " = $3 and action = $4 and id >= $5
                 order by id desc limit $6"
            ),
            $grant.organisation(),
            $grant.environment(),
            $id,
            Action::CardRevealed,
            first,
            $most
        )?;
        times
    }};
}

/// Counts what the audit log has of the card and of the person.
async fn within_the_limits(tx: &mut Tx, grant: &Grant, person: &str, id: &CardId) -> Result<()> {
    let now = tx.now();
    let of_card = revealed!(tx, grant, "subject_id", id, REVEALS_PER_CARD, DAY);
    let free = free_at(&of_card, REVEALS_PER_CARD, DAY, now);
    let why = format!(
        "This card was revealed {REVEALS_PER_CARD} times in the last 24 hours, which is the most. It can be revealed again"
    );
    unless_free(free, now, &why)?;
    let of_person = revealed!(tx, grant, "actor_id", person, REVEALS_PER_PERSON, HOUR);
    let free = free_at(&of_person, REVEALS_PER_PERSON, HOUR, now);
    let why = format!(
        "You revealed cards {REVEALS_PER_PERSON} times in the last hour, which is the most. You can reveal one again"
    );
    unless_free(free, now, &why)
}

impl Command for RevealCard {
    type Output = RevealedCard;

    fn permission(&self) -> Permission {
        Permission::RevealCard
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(RevealedCard, Trail)> {
        let Actor::Person { id: person, .. } = grant.actor() else {
            return Err(Error::Denied(Permission::RevealCard));
        };
        let card = lock(tx, grant, person.as_str(), &self.id).await?;
        if card.stopped_at.is_some() {
            return Err(stop::hidden());
        }
        let not = |why: &str| Err(Error::state(Code::CardNotActive, why));
        match card.status {
            CardStatus::Active | CardStatus::Frozen => {}
            CardStatus::Closed => {
                return not("This card is closed: nothing can be bought with it, so its number stays hidden.");
            }
            CardStatus::NotActivated => {
                return not(
                    "This card is not activated: nothing can be bought with it yet, so its number stays hidden.",
                );
            }
        }
        card.life.goes_on(tx.now())?;
        let (level, exposure) = stricter(card.credential_exposure, card.policy_exposure);
        if exposure == ExposureMode::Never {
            return Err(attestations::never(level));
        }
        within_the_limits(tx, grant, person.as_str(), &self.id).await?;
        let trail = Trail::new(Action::CardRevealed, Subject::new(Noun::Card, &self.id, &card.purpose))
            .reason(self.reason.as_str());
        let details = issuer::details(tx.vault(), card.serial, card.life.expiration_month, card.life.expiration_year)?;
        Ok((RevealedCard { last4: card.last4, details }, trail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_never_said_too_short() {
        for (ms, words) in [
            (1, "1 minute"),
            (MINUTE, "1 minute"),
            (MINUTE + 1, "2 minutes"),
            (HOUR - 1, "1 hour"),
            (HOUR + 1, "1 h 1 min"),
            (DAY - MINUTE, "23 h 59 min"),
            (DAY, "24 hours"),
        ] {
            assert_eq!(wait(ms), words, "{ms}");
        }
    }

    #[test]
    fn the_oldest_of_the_most_makes_room_when_its_span_is_over() {
        let at = |minutes: i64| Timestamp(minutes * MINUTE);
        let times = [at(70), at(50), at(10)];
        assert_eq!(free_at(&times[..2], 3, HOUR, at(70)), None);
        assert_eq!(free_at(&times, 3, HOUR, at(70) - 1), Some(at(70)));
        assert_eq!(free_at(&times, 3, HOUR, at(70)), None);
        assert_eq!(free_at(&times, 2, HOUR, at(70)), Some(at(110)), "the latest count, not the first");
    }
}
