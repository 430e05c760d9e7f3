//! Challenges without a row for each page that is looked at: made of 256 random bits, the moment and a tag over the
//! browser; only those that were answered are remembered, so that each counts once.
use super::verify::{self, Refusal, Said};
use crate::{
    Result,
    db::{Db, Tx, sql},
    secret::{Plain, Stored},
    time::{MINUTE, Timestamp},
};

/// How long a challenge may be answered.
const LIFE: i64 = 5 * MINUTE;
const PURPOSE: &str = "passkey challenge";

/// A new challenge for the browser whose forms are bound to `browser`.
pub fn challenge(db: &Db, browser: &str) -> String {
    let (random, now) = (hex::encode(db.chance().bytes::<32>()), db.now().0);
    let tag = db.vault().tag(PURPOSE, &format!("{browser}:{random}:{now}"));
    format!("{random}.{now}.{tag}")
}

/// The hash and the end of the challenge that was answered, when it is ours, this browser's and not too old.
pub(super) fn spendable(db: &Db, browser: &str, said: &Said) -> Result<(Stored, Timestamp), Refusal> {
    let text = verify::challenge(said)?;
    let mut parts = text.split('.');
    let (Some(random), Some(at), Some(tag), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(Refusal::Elsewhere);
    };
    let ours = !browser.is_empty() && db.vault().tagged(PURPOSE, &format!("{browser}:{random}:{at}"), tag);
    let made = at.parse().map(Timestamp).map_err(|_| Refusal::Elsewhere)?;
    if !ours || db.now().since(made) >= LIFE {
        return Err(Refusal::Elsewhere);
    }
    Ok((db.vault().hash(PURPOSE, &Plain::new(text)), made + LIFE))
}

/// Remembers that the challenge was answered; 0 when it was before.
pub(super) async fn spend(tx: &mut Tx, hash: &Stored, ends_at: Timestamp) -> Result<u64> {
    let now = tx.now();
    sql!(tx, execute, "delete from spent_challenges where ends_at < $1", now)?;
    Ok(sql!(
        tx,
        execute,
        "insert into spent_challenges (hash, ends_at) values ($1, $2) on conflict (hash) do nothing",
        hash,
        ends_at
    )?)
}
