//! `ledgeros migrate`.
use super::{CommandError, open};
use crate::config::Config;
use std::io::{self, Write};

/// Brings the database up to date.
pub(super) async fn migrate(config: &Config) -> Result<(), CommandError> {
    open(config).await?.close().await;
    writeln!(io::stdout(), "The database is up to date.")?;
    Ok(())
}
