//! Tries at the door are counted before they are judged, so that guessing in parallel gains nothing.
//!
//! Whom a try aims at is kept as a keyed hash, known or not; a browser in which the person signed in before is counted
//! apart, so that strangers cannot lock its owner out (security X-A4).
mod notes;

use crate::{
    Result,
    alert::{self, Alert},
    db::{Db, Tx, sql},
    secret::{Plain, Stored},
    time::{HOUR, MINUTE, SECOND, Timestamp},
};
use std::net::IpAddr;

/// Failures after which each further try has to wait.
const FREE: i64 = 5;
/// Failures after which nothing is tried for [`LOCK`].
const LOCKED: i64 = 10;
/// How long a lock holds.
const LOCK: i64 = 30 * MINUTE;
/// The first wait; each further failure doubles it.
const FIRST_WAIT: i64 = 5 * SECOND;
/// After so long without a try, counting begins anew.
const FORGOTTEN: i64 = 24 * HOUR;
/// Failures that one source may make in [`WINDOW`].
const SOURCE: i64 = 20;
/// The window in which a source's failures are counted.
const WINDOW: i64 = MINUTE;

/// How failures of one subject are held.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Somebody's address, or a person: waits grow.
    Aim,
    /// A network that tries come from: so many a minute.
    Source,
}

/// A try that was counted. Unless it is [forgiven](Self::forgive) it stays a failure.
#[derive(Clone)]
pub(super) struct Try {
    aim: Stored,
    source: Option<Stored>,
}

impl Try {
    /// A try at `aim` (a purpose and whom it is about) from `address`.
    pub(super) fn at(db: &Db, aim: &[&str], address: Option<IpAddr>) -> Self {
        let hash = |text: String| db.vault().hash("tries", &Plain::new(text));
        Self { aim: hash(aim.join("\u{0}")), source: address.map(|address| hash(network(address))) }
    }

    /// Counts the try. Gives the moment before which nothing is tried, when it comes too early.
    pub(super) async fn count(&self, db: &Db) -> Result<Option<Timestamp>> {
        let until = db.note(notes::Count(self.clone())).await?;
        if until.is_some() {
            alert::raise(Alert::Limit, "tries");
        }
        Ok(until)
    }

    /// It was no failure: forgets the failures before it too.
    /// Gives how many tries had failed before it.
    pub(super) async fn forgive(&self, tx: &mut Tx) -> Result<i64> {
        let counted: Option<i64> =
            sql!(tx, scalar_optional, "delete from sign_in_failures where subject = $1 returning n", &self.aim)?;
        self.uncount(tx).await?;
        Ok(counted.map_or(0, |n| (n - 1).max(0)))
    }

    /// It was no failure of its source; whom it aimed at is not yet sure (a second factor is to come).
    pub(super) async fn half_forgive(&self, tx: &mut Tx) -> Result<()> {
        sql!(tx, execute, "update sign_in_failures set n = n - 1, until = 0 where subject = $1 and n > 0", &self.aim)?;
        self.uncount(tx).await
    }

    /// Writes as much as a try that was judged.
    pub(super) async fn touch(&self, tx: &mut Tx) -> Result<()> {
        sql!(tx, execute, "update sign_in_failures set last_at = last_at where subject = $1", &self.aim)?;
        Ok(())
    }

    async fn uncount(&self, tx: &mut Tx) -> Result<()> {
        if let Some(source) = &self.source {
            sql!(tx, execute, "update sign_in_failures set n = n - 1 where subject = $1 and n > 0", source)?;
        }
        Ok(())
    }
}

/// The network that counts as one source: a /24 of IPv4, a /56 of IPv6.
fn network(address: IpAddr) -> String {
    let bits = match address.to_canonical() {
        IpAddr::V4(_) => 24,
        IpAddr::V6(_) => 56,
    };
    ipnet::IpNet::new(address.to_canonical(), bits).map_or_else(|_| address.to_string(), |net| net.trunc().to_string())
}

/// What is kept of one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
struct Tally {
    n: i64,
    since: Timestamp,
    last_at: Timestamp,
    until: Timestamp,
}

impl Tally {
    /// Counts one more failure at `now`, or says until when nothing is tried.
    fn next(self, kind: Kind, now: Timestamp) -> Result<Self, Timestamp> {
        match kind {
            Kind::Source => {
                let begun = if now.since(self.since) < WINDOW { self } else { Self { n: 0, since: now, ..self } };
                if begun.n >= SOURCE {
                    return Err(begun.since + WINDOW);
                }
                Ok(Self { n: begun.n + 1, last_at: now, ..begun })
            }
            Kind::Aim => {
                if now < self.until {
                    return Err(self.until);
                }
                let before = if now.since(self.last_at) < FORGOTTEN { self.n } else { 0 };
                let n = before + 1;
                Ok(Self { n, last_at: now, until: now + wait(n), ..self })
            }
        }
    }
}

/// How long nothing is tried after `n` failures.
fn wait(n: i64) -> i64 {
    match n {
        ..FREE => 0,
        FREE..LOCKED => FIRST_WAIT << (n - FREE),
        _ => LOCK,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Tally = Tally { n: 0, since: Timestamp(0), last_at: Timestamp(0), until: Timestamp(0) };

    #[test]
    fn waits_grow_and_end_in_a_lock() {
        let mut tally = FIRST;
        let mut now = Timestamp(1_000_000);
        for wait in [0, 0, 0, 0, 5, 10, 20, 40, 80, 1_800, 1_800] {
            tally = tally.next(Kind::Aim, now).unwrap();
            let until = now + wait * SECOND;
            assert_eq!(tally.until, until);
            if wait > 0 {
                assert_eq!(tally.next(Kind::Aim, until - 1), Err(until), "a try too early is not even counted");
            }
            now = until;
        }
        assert_eq!(tally.next(Kind::Aim, now + FORGOTTEN).unwrap().n, 1, "a day later it begins anew");
    }

    #[test]
    fn a_source_has_twenty_failures_a_minute() {
        let now = Timestamp(1_000_000);
        let mut tally = FIRST;
        for n in 0..20 {
            tally = tally.next(Kind::Source, now + n).unwrap();
        }
        assert_eq!(tally.next(Kind::Source, now + WINDOW - 1), Err(now + WINDOW));
        assert_eq!(tally.next(Kind::Source, now + WINDOW).unwrap().n, 1);
    }

    #[test]
    fn neighbours_are_one_source() {
        let source = |text: &str| network(text.parse().unwrap());
        assert_eq!(source("203.0.113.7"), source("203.0.113.250"));
        assert_eq!(source("203.0.113.7"), source("::ffff:203.0.113.9"));
        assert_ne!(source("203.0.113.7"), source("203.0.114.7"));
        assert_eq!(source("2001:db8:0:ff01::1"), source("2001:db8:0:ffaa:9::1"));
        assert_ne!(source("2001:db8:0:100::1"), source("2001:db8:0:200::1"));
    }
}
