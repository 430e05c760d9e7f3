//! Opening: pools, migrations, and the proof that key file and database belong together.
use super::{
    Db, Inner, Surroundings,
    executor::Pools,
    readers::Readers,
    sql, statistics,
    writer::{GROUP, Writer},
};
use crate::{
    access::{Breach, BreachError, Cost, Passwords},
    chance::{Chance, SystemChance},
    idempotency::Turns,
    limits,
    time::{Clock, Latest, SystemClock},
};
use sqlx::{
    Connection,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    path::PathBuf,
    str::FromStr,
    sync::{Arc, OnceLock},
    time::Duration,
};

/// The most reads at once on SQLite.
const READERS: usize = 8;
/// What each of them keeps in memory, in SQLite's words: 2,000 KiB, the upper levels of every tree with a million rows.
/// The pages below are the system's to keep, once for all readers.
const READER_CACHE: &str = "-2000";

/// What the writer keeps in memory, in SQLite's words: 16,000 KiB. A purchase has a place in some twenty trees.
const WRITER_CACHE: &str = "-16000";
/// At how many pages of the journal a commit moves what is left of it to the database file by itself: 32 MiB. Before that
/// it is moved beside the writer, see `checkpoint`.
const CHECKPOINT: &str = "8000";

/// How a database is opened.
pub struct Options {
    /// `sqlite:…` or `postgres://…`.
    pub url: String,
    /// The key file; default: the SQLite file's name with `.key`. Compulsory with PostgreSQL.
    pub key_file: Option<PathBuf>,
    /// Where the present comes from.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub chance: Arc<dyn Chance>,
    /// What an acknowledged change survives.
    pub durability: Durability,
    /// What one hash of a password costs.
    pub password_cost: Cost,
    /// A list of leaked passwords that nobody may set.
    pub breach_file: Option<PathBuf>,
    /// The most changes that share one commit on SQLite: 32, or 1 for the bench's other arm.
    pub group: usize,
    /// The most connections to PostgreSQL.
    pub connections: u32,
    /// The dashboard's address as letters name it; none: no mail is sent.
    pub mail: Option<String>,
}

/// What an acknowledged change survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Power loss: every commit is synced before it is acknowledged.
    #[default]
    Full,
    /// Nothing: for a database that is thrown away, as the demo's while it is filled.
    ThrowAway,
    /// Power loss, and on SQLite every commit takes so much longer, as on a slower disk: for benches.
    #[cfg(feature = "testing")]
    Slowed(Duration),
}

impl Options {
    /// The database at `url`, on the machine's clock and randomness.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            key_file: None,
            clock: Arc::new(SystemClock),
            chance: Arc::new(SystemChance),
            durability: Durability::Full,
            password_cost: Cost::FULL,
            breach_file: None,
            group: GROUP,
            connections: 20,
            mail: None,
        }
    }
}

/// Why a database did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is neither SQLite's nor PostgreSQL's.
    #[error("DATABASE_URL must start with sqlite: or postgres://")]
    Address,
    /// PostgreSQL without a key file.
    #[error("LEDGEROS_KEY_FILE must be set with PostgreSQL: the master key is never kept in the database")]
    KeyFileMissing,
    /// The key file could not be read or made.
    #[error("the key file {0}: {1}")]
    KeyFile(PathBuf, #[source] std::io::Error),
    /// The key file belongs to another database.
    #[error("the key file {0} is not the one that this database was made with")]
    WrongKey(PathBuf),
    /// The list of leaked passwords cannot be used.
    #[error(transparent)]
    Breach(#[from] BreachError),
    /// The schema could not be brought up to date.
    #[error("the migrations failed: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database did not answer.
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
    /// The windows of limits could not be laid anew.
    #[error("the windows of the limits, by new rules of time zones: {0}")]
    Windows(#[source] Box<crate::Error>),
    /// A PostgreSQL that acknowledges before it is durable.
    #[error("PostgreSQL runs with {0} = off: an acknowledged purchase could be lost")]
    NotDurable(&'static str),
}

/// A pool whose connections take `time` longer for each commit.
#[cfg(feature = "testing")]
fn slowed(pool: SqlitePoolOptions, time: Duration) -> SqlitePoolOptions {
    pool.after_connect(move |connection, _| {
        Box::pin(async move {
            connection.lock_handle().await?.set_commit_hook(move || {
                std::thread::sleep(time);
                true
            });
            Ok(())
        })
    })
}

/// Over a connection of its own: where there are many rows, a migration takes longer than a statement may while the server
/// runs, and whoever starts meanwhile waits for it.
async fn migrate_postgres(url: &str) -> Result<(), OpenError> {
    let connect = PgConnectOptions::from_str(url)?.options([
        ("lock_timeout", "0"),
        ("statement_timeout", "0"),
        ("TimeZone", "UTC"),
    ]);
    let pool = PgPoolOptions::new().max_connections(1).connect_with(connect).await?;
    postgres_migrations().run(&pool).await?;
    pool.close().await;
    Ok(())
}

/// What makes PostgreSQL's tables.
pub(crate) fn postgres_migrations() -> Migrator {
    sqlx::migrate!("../../migrations/postgres")
}

impl Db {
    /// Opens the database, migrates it, and checks that the key file is its own.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let Options { url, key_file, clock, chance, durability, password_cost, breach_file, group, connections, mail } =
            options;
        let breach = breach_file.map(|path| Breach::open(&path)).transpose()?;
        let (pools, key_file) = if url.starts_with("sqlite:") {
            let connect = SqliteConnectOptions::from_str(&url)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(match durability {
                    Durability::ThrowAway => SqliteSynchronous::Off,
                    _ => SqliteSynchronous::Full,
                })
                .busy_timeout(Duration::from_secs(5))
                .foreign_keys(true)
                .pragma("trusted_schema", "off")
                .pragma("mmap_size", "0")
                .pragma("cache_size", WRITER_CACHE)
                .pragma("wal_autocheckpoint", CHECKPOINT)
                .row_buffer_size(128);
            // What undoes a statement or a savepoint would go to a file each; nothing of it has to last.
            let connect = connect.pragma("temp_store", "memory");
            let connect = match durability {
                Durability::ThrowAway => connect.pragma("cache_size", "-32000"),
                _ => connect,
            };
            let key_file = key_file.unwrap_or_else(|| {
                let mut name = connect.get_filename().as_os_str().to_owned();
                name.push(".key");
                name.into()
            });
            // The writer connects first: it makes the file and turns the journal to WAL.
            // A database that is full or fails undoes a transaction by itself, which sqlx does not hear of: it would take the
            // connection to be within it for good, and nothing could be written any more.
            let pool = SqlitePoolOptions::new()
                .test_before_acquire(false)
                .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }));
            #[cfg(feature = "testing")]
            let pool = match durability {
                Durability::Slowed(time) => slowed(pool, time),
                _ => pool,
            };
            let writer = pool.max_connections(1).connect_with(connect.clone()).await?;
            let readers = Readers::new(connect.pragma("cache_size", READER_CACHE), READERS);
            (Pools::Sqlite { readers, writer }, key_file)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let key_file = key_file.ok_or(OpenError::KeyFileMissing)?;
            let connect = PgConnectOptions::from_str(&url)?.options([
                ("lock_timeout", "5s"),
                ("statement_timeout", "15s"),
                ("TimeZone", "UTC"),
            ]);
            let pool = PgPoolOptions::new()
                .max_connections(connections)
                .test_before_acquire(false)
                .connect_with(connect)
                .await?;
            (Pools::Postgres(pool), key_file)
        } else {
            return Err(OpenError::Address);
        };
        match &pools {
            Pools::Sqlite { writer, .. } => sqlx::migrate!("../../migrations/sqlite").run(writer).await?,
            Pools::Postgres(_) => migrate_postgres(&url).await?,
            Pools::Lent(_) => {}
        }
        let (passwords, vault) = (Passwords::new(password_cost, breach), OnceLock::new());
        let around = Arc::new(Surroundings {
            clock,
            chance,
            vault,
            key_file,
            passwords,
            mail,
            turns: Turns::default(),
            latest: Latest::default(),
            #[cfg(feature = "testing")]
            failing: Default::default(),
        });
        let writer = match &pools {
            Pools::Sqlite { readers, writer } => {
                let own = Pools::Sqlite { readers: readers.clone(), writer: writer.clone() };
                Some(Writer::start(own, around.clone(), group).map_err(sqlx::Error::Io)?)
            }
            Pools::Postgres(_) | Pools::Lent(_) => None,
        };
        let db = Self(Arc::new(Inner { pools, writer, around }));
        db.unlock().await?;
        if db.is_sqlite() {
            db.tell_planner().await?;
        }
        db.follow_zone_rules().await?;
        if durability != Durability::ThrowAway {
            db.check_durability().await?;
        }
        Ok(db)
    }

    async fn tell_planner(&self) -> Result<(), OpenError> {
        let mut tx = self.begin().await?;
        statistics::tell(&mut tx).await?;
        tx.commit().await?;
        // The writer has read the schema already, and with it the statistics of before.
        let mut tx = self.begin().await?;
        sql!(&mut tx, execute, "analyze sqlite_schema")?;
        Ok(tx.commit().await?)
    }

    /// Lays the calendar windows anew where this release knows other rules of time zones than the last one: their rows are
    /// found by the moment at which they begin.
    async fn follow_zone_rules(&self) -> Result<(), OpenError> {
        let known = chrono_tz::IANA_TZDB_VERSION;
        let text = "select zone_rules from installation where id = 1";
        let kept: Option<String> = sql!(self, scalar, text)?;
        if kept.as_deref() == Some(known) {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        limits::rebuild_all(&mut tx).await.map_err(|error| OpenError::Windows(error.into()))?;
        sql!(&mut tx, execute, "update installation set zone_rules = $1 where id = 1", known)?;
        Ok(tx.commit().await?)
    }

    async fn check_durability(&self) -> Result<(), OpenError> {
        if self.is_sqlite() {
            return Ok(());
        }
        let value: String = sql!(self, scalar, "select current_setting('synchronous_commit')")?;
        if value == "off" {
            return Err(OpenError::NotDurable("synchronous_commit"));
        }
        Ok(())
    }
}
