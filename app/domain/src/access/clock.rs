//! The present of keys and tokens: what was over once stays over when the machine's clock is set back (security R10).
use super::notes::ClockSeen;
use crate::{
    Result, agents,
    db::{Db, sql},
    keys,
    time::{MINUTE, Timestamp},
};

/// The most milliseconds behind the latest moment that are not a clock set back: two readings may come in either order, and
/// a clock that is kept right is moved a little.
const APART: i64 = 500;

/// The moment by which keys and tokens are checked: never before one by which they were checked earlier, unless the clock
/// was set back, and then only once whatever had ended until the latest moment has ended for good.
pub(super) async fn present(db: &Db) -> Result<Timestamp> {
    let now = db.now();
    let latest = db.latest().hear(now);
    if latest.since(now) <= APART {
        return Ok(latest);
    }
    end_for_good(db, now, latest).await?;
    Ok(now)
}

/// Compares the clock with the latest moment that this process or, before it, another one heard, and ends for good what had
/// ended by then. To be called every few seconds: what a process heard in the minute before a crash is not known after it.
pub async fn keep_ended(db: &Db) -> Result<()> {
    let now = db.now();
    let kept: Timestamp = sql!(db, scalar, "select latest from clock_seen where id = 1")?;
    let latest = db.latest().hear(now).max(kept);
    if latest.since(now) > APART {
        return end_for_good(db, now, latest).await;
    }
    if now.since(kept) >= MINUTE {
        db.note(ClockSeen(now)).await?;
    }
    Ok(())
}

async fn end_for_good(db: &Db, now: Timestamp, latest: Timestamp) -> Result<()> {
    keys::ended::keep(db, latest).await?;
    agents::ended::keep(db, latest).await?;
    db.note(ClockSeen(now)).await?;
    db.latest().go_back(latest, now);
    Ok(())
}
