//! `ledgeros replay`.
use super::{CommandError, open};
use crate::config::Config;
use domain::limits;
use std::io::{self, Write};

/// Makes every stored decision again and tells which came out otherwise; an error when any did.
pub(super) async fn replay(config: &Config) -> Result<(), CommandError> {
    let db = open(config).await?;
    let found = limits::replay(&db).await?;
    db.close().await;
    let mut out = io::stdout();
    for one in &found.differences {
        writeln!(out, "{} {} {}: {}", one.organisation, one.environment, one.purchase, one.what)?;
    }
    writeln!(out, "{} decisions replayed, {} differences.", found.decisions, found.differences.len())?;
    if found.differences.is_empty() { Ok(()) } else { Err(CommandError::Differences(found.differences.len())) }
}
