//! Which keys a database goes by, and another master key for it.
//!
//! Every derived key comes from the root, which never changes: what was hashed with it cannot be hashed anew without
//! the secrets. The database keeps the root sealed with the master key of the key file. Another master key is therefore
//! a matter of sealing 32 bytes again, while everything goes on.
use super::{Db, OpenError, sql};
use crate::{
    secret::Sealed,
    vault::{Key32, MasterKey, Vault},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// A tag of the root, by which a database knows it.
fn tag(vault: &Vault) -> String {
    vault.tag("installation", "ledgeros")
}

impl Db {
    fn key_file(&self) -> &Path {
        &self.0.around.key_file
    }

    fn no_key(&self, error: io::Error) -> OpenError {
        OpenError::KeyFile(self.key_file().to_owned(), error)
    }

    /// Finds the database's keys by its key file; the first time it makes both. A wrong key file refuses to start rather
    /// than fail every sign-in, and a lost one is not replaced by another.
    pub(super) async fn unlock(&self) -> Result<(), OpenError> {
        let vault = loop {
            let kept: Option<String> = sql!(self, scalar_optional, "select tag from installation where id = 1")?;
            if let Some(kept) = kept {
                let master = MasterKey::read(self.key_file()).map_err(|error| self.no_key(error))?;
                let root = self.root(&master, &kept).await?;
                let root = root.ok_or_else(|| OpenError::WrongKey(self.key_file().to_owned()))?;
                break Vault::new(&root);
            }
            if let Some(vault) = self.install().await? {
                break vault;
            }
            // Another process was first.
        };
        // Whoever opens a database unlocks it once.
        let _empty_before = self.0.around.vault.set(vault);
        Ok(())
    }

    /// The keys of a new database; none where it has some by now.
    async fn install(&self) -> Result<Option<Vault>, OpenError> {
        let path = self.key_file();
        let master = match MasterKey::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => MasterKey::make(path, self.chance()),
            read => read,
        };
        let master = master.map_err(|error| self.no_key(error))?;
        let root = Zeroizing::new(self.chance().bytes::<32>());
        let vault = Vault::new(&root);
        let mut tx = self.begin().await?;
        let text = "insert into installation (id, tag) values (1, $1) on conflict do nothing";
        let first = sql!(&mut tx, execute, text, tag(&vault))? > 0;
        if first {
            keep(&mut tx, &master, &root).await?;
            tx.commit().await?;
        }
        Ok(first.then_some(vault))
    }

    /// The root that this master key opens; none for another database's.
    async fn root(&self, master: &MasterKey, kept: &str) -> Result<Option<Key32>, OpenError> {
        let sealed: Option<Sealed> =
            sql!(self, scalar_optional, "select root from master_keys where tag = $1", master.tag())?;
        let fits = |root: &Key32| tag(&Vault::new(root)) == kept;
        if let Some(sealed) = sealed {
            return Ok(master.open(&sealed).filter(fits));
        }
        // The first versions took the master key itself for the root.
        let any: i64 = sql!(self, scalar, "select count(*) from master_keys")?;
        let root = Some(master.as_root()).filter(|root| any == 0 && fits(root));
        if let Some(root) = &root {
            let mut tx = self.begin().await?;
            keep(&mut tx, master, root).await?;
            tx.commit().await?;
        }
        Ok(root)
    }

    /// Puts a new master key in place of the one in the key file. Processes that are running go on, and find the new one
    /// when they start again. Whenever this is cut short, one of the two keys is in the key file and opens the database.
    ///
    /// # Errors
    /// The key file is not this database's, or cannot be replaced; then the old one stays in force.
    pub async fn replace_master_key(&self) -> Result<(), OpenError> {
        let path = self.key_file();
        // One at a time: two would take each other's key for a left-over.
        let lock = fs::File::open(path).map_err(|error| self.no_key(error))?;
        lock.try_lock().map_err(|error| self.no_key(error.into()))?;
        let old = MasterKey::read(path).map_err(|error| self.no_key(error))?;
        let kept: String = sql!(self, scalar, "select tag from installation where id = 1")?;
        let root = self.root(&old, &kept).await?.ok_or_else(|| OpenError::WrongKey(path.to_owned()))?;
        let beside = beside(path);
        // What an earlier try left is in nobody's use: the key file has another key.
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(self.no_key(error)),
            _ => {}
        }
        let new = MasterKey::make(&beside, self.chance()).map_err(|error| self.no_key(error))?;
        let mut tx = self.begin().await?;
        keep(&mut tx, &new, &root).await?;
        tx.commit().await?;
        move_over(&beside, path).map_err(|error| self.no_key(error))?;
        let mut tx = self.begin().await?;
        sql!(&mut tx, execute, "delete from master_keys where tag <> $1", new.tag())?;
        tx.commit().await?;
        Ok(())
    }
}

/// Seals the root for a master key.
async fn keep(tx: &mut super::Tx, master: &MasterKey, root: &Key32) -> Result<(), OpenError> {
    let (sealed, now) = (master.seal(root, tx.chance()), tx.now());
    sql!(
        tx,
        execute,
        "insert into master_keys (tag, root, created_at) values ($1, $2, $3) on conflict do nothing",
        master.tag(),
        sealed,
        now
    )?;
    Ok(())
}

/// Where a new key file waits for its turn.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

/// Moves a file over another in one step that lasts.
fn move_over(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    #[cfg(unix)]
    if let Some(folder) = to.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}
