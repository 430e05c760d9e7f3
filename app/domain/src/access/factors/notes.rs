//! Bookkeeping of sign-ins under way.
use crate::{
    Result,
    access::attempts::Try,
    db::{Tx, note::Note, sql},
    secret::Stored,
};

/// A code is about to be checked for a sign-in under way: counted first, as if it were wrong.
pub(super) struct CountCode(pub Stored);

/// Wrong codes after which the sign-in begins again.
const WRONG: i64 = 5;

impl Note for CountCode {
    /// How many codes were tried, this one among them; none when that is too many, and the sign-in is over.
    type Output = Option<i64>;

    async fn write(&self, tx: &mut Tx) -> Result<Option<i64>> {
        let tried: Option<i64> = sql!(
            tx,
            scalar_optional,
            "update sign_ins set wrong = wrong + 1 where hash = $1 returning wrong",
            &self.0
        )?;
        Ok(tried.filter(|tried| *tried <= WRONG))
    }
}

/// The sign-in is over: it begins again with the password.
pub(super) struct Restart(pub Stored);

impl Note for Restart {
    type Output = ();
    async fn write(&self, tx: &mut Tx) -> Result<()> {
        sql!(tx, execute, "delete from sign_ins where hash = $1", &self.0)?;
        Ok(())
    }
}

impl CountCode {
    /// Whether that was the last wrong code that is taken.
    pub(super) fn was_last(tried: i64) -> bool {
        tried >= WRONG
    }
}

/// A try at the name of nobody: as much is written as for somebody, so that both take as long.
pub(super) struct Nobody(pub Try);

impl Note for Nobody {
    type Output = ();
    async fn write(&self, tx: &mut Tx) -> Result<()> {
        self.0.touch(tx).await
    }
}
