//! `ledgeros replace-master-key`.
use super::{CommandError, open};
use crate::config::Config;
use domain::access;
use std::io::{self, Write};

/// Puts a new master key in the key file. Servers that are running go on.
pub(super) async fn replace(config: &Config) -> Result<(), CommandError> {
    let db = open(config).await?;
    let done = access::replace_master_key(&db).await;
    db.close().await;
    done?;
    writeln!(
        io::stdout(),
        "The key file has a new master key, and the old one opens nothing. Back the new one up now. Keep the old one only \
         for as long as backups of the database from before, which it opens."
    )?;
    Ok(())
}
