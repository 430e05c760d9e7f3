//! A fresh database per test, on whichever engine the run is for. A release build has none of this.
//!
//! SQLite by default; PostgreSQL when `LEDGEROS_TEST_POSTGRES` names a database in which others may be made.
mod document;

pub use document::documented;

use crate::{
    access::{self, Cost, Grant, Role},
    chance::SystemChance,
    db::{Db, Options},
    environment::Environment,
    ids::OrganisationId,
    name::{Email, Name},
    time::{SetClock, Timestamp},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection, migrate::MigrateError};
use std::{collections::BTreeMap, sync::Arc};

/// The moment at which every test begins: Wednesday, 15 January 2025, 12:00 UTC.
pub const START: Timestamp = Timestamp(1_736_942_400_000);

/// A migrated database with one organisation in it, and the clock that it runs on.
pub struct Fresh {
    /// The database.
    pub db: Db,
    /// Its clock, standing at [`START`] until it is moved.
    pub clock: Arc<SetClock>,
    /// An organisation in UTC, without people.
    pub organisation: OrganisationId,
    /// The address, for opening it again.
    pub url: String,
    /// Keeps the files while the test runs.
    pub dir: tempfile::TempDir,
    drop_on: Option<(String, String)>,
}

impl Fresh {
    /// Makes it; panics when that fails, as a test should.
    pub async fn new() -> Self {
        let mut fresh = Self::empty().await;
        fresh.organisation = organisation(&fresh.db, "Acme").await;
        fresh
    }

    /// The same as on a server's first day: its organisation is not there.
    pub async fn empty() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (url, drop_on) = match std::env::var("LEDGEROS_TEST_POSTGRES") {
            Ok(admin) => {
                let name = format!("test_{}", hex::encode(chance().bytes::<8>()));
                let url = copy_of_template(&admin, &name).await.expect("a database for the test");
                (url, Some((admin, name)))
            }
            Err(_) => (format!("sqlite:{}", dir.path().join("test.db").display()), None),
        };
        let clock = Arc::new(SetClock::at(START));
        let mut options = Options::new(&url);
        options.clock = clock.clone();
        options.password_cost = Cost::FLOOR;
        // Each prepares every statement anew; and whoever needed a second one while holding a first would stop here.
        options.connections = 3;
        options.key_file = Some(dir.path().join("test.key"));
        let db = Db::open(options).await.expect("the test database opens");
        let organisation = OrganisationId::floor(START);
        Self { db, clock, organisation, url, dir, drop_on }
    }

    /// The grant of a person with this role.
    pub fn person(&self, environment: Environment, role: Role) -> Grant {
        access::testing::person(&self.db, &self.organisation, environment, role)
    }

    /// Every row of every table as text, beside the house.
    pub async fn everything(&self) -> BTreeMap<String, Vec<String>> {
        self.rows_without(|_, _| false).await
    }

    /// The same without `sessions.seen_at`, which any request may move, and without what every call or every record adds
    /// to: the request log, and the number of the last record.
    pub async fn dump(&self) -> BTreeMap<String, Vec<String>> {
        self.rows_without(|table, column| {
            (table, column) == ("sessions", "seen_at")
                || ["requests", "key_calls", "key_sources", "key_scopes", "audit_heads"].contains(&table)
        })
        .await
    }

    async fn rows_without(&self, left_out: fn(&str, &str) -> bool) -> BTreeMap<String, Vec<String>> {
        let mut tables = BTreeMap::<String, Vec<String>>::new();
        for (table, column) in self.columns().await {
            if !left_out(&table, &column) {
                tables.entry(table).or_default().push(column);
            }
        }
        let query = |(table, columns): (&String, &Vec<String>)| {
            let (cast, null) = if self.is_sqlite() { ("quote(\"", "\")") } else { ("quote_nullable(\"", "\"::text)") };
            let text: Vec<String> = columns.iter().map(|c| format!("'{c}=' || {cast}{c}{null}")).collect();
            format!("select {} from {table} order by 1", text.join(" || ' ' || "))
        };
        let rows = self.rows_of(tables.iter().map(query).collect()).await;
        tables.into_keys().zip(rows).collect()
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        let rows = self.rows(format!("select cast(count(*) as text) from {table}")).await;
        rows[0].parse().expect("a number")
    }

    /// Takes a table away, so that whatever reads it fails, until [`Self::show`].
    pub async fn hide(&self, table: &str) {
        self.execute(format!("alter table {table} rename to hidden_{table}")).await;
    }

    /// Puts a table back that [`Self::hide`] took away.
    pub async fn show(&self, table: &str) {
        self.execute(format!("alter table hidden_{table} rename to {table}")).await;
    }

    async fn execute(&self, statement: String) {
        let done = if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(&self.url).await.expect("the test database answers");
            sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.map(drop)
        } else {
            let mut connection = PgConnection::connect(&self.url).await.expect("the test database answers");
            sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.map(drop)
        };
        done.expect("a statement that is in order");
    }

    fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    async fn columns(&self) -> Vec<(String, String)> {
        let query = if self.is_sqlite() {
            "select m.name || ' ' || c.name from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table'
             order by 1"
        } else {
            "select table_name || ' ' || column_name from information_schema.columns where table_schema = 'public'
             order by 1"
        };
        let rows = self.rows(query.to_owned()).await;
        rows.iter().filter_map(|row| row.split_once(' ')).map(|(t, c)| (t.to_owned(), c.to_owned())).collect()
    }

    async fn rows(&self, query: String) -> Vec<String> {
        self.rows_of(vec![query]).await.remove(0)
    }

    /// The rows of each query, over one connection.
    async fn rows_of(&self, queries: Vec<String>) -> Vec<Vec<String>> {
        let mut all = Vec::with_capacity(queries.len());
        if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(&self.url).await.expect("the test database answers");
            for query in queries {
                let rows = sqlx::query_scalar(AssertSqlSafe(query)).fetch_all(&mut connection).await;
                all.push(rows.expect("rows of text"));
            }
        } else {
            let mut connection = PgConnection::connect(&self.url).await.expect("the test database answers");
            for query in queries {
                let rows = sqlx::query_scalar(AssertSqlSafe(query)).fetch_all(&mut connection).await;
                all.push(rows.expect("rows of text"));
            }
        }
        all
    }

    /// The grant of an API key.
    pub fn key(&self, environment: Environment) -> Grant {
        access::testing::key(&self.db, &self.organisation, environment)
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let Some((admin, name)) = self.drop_on.take() else { return };
        // In a thread of its own: the test's runtime is on its way out.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&admin).await.map_err(std::io::Error::other)?;
                sqlx::query(AssertSqlSafe(format!("drop database {name} with (force)")))
                    .execute(&mut connection)
                    .await
                    .map_err(std::io::Error::other)
            })
        });
        drop(dropped.join());
    }
}

/// Makes the database `name` on the PostgreSQL of `admin` as a copy of a migrated one, which is quicker than migrating
/// each; its address. The migrated one is made by the first test that asks, under a lock, and named after its
/// migrations.
async fn copy_of_template(admin: &str, name: &str) -> Result<String, MigrateError> {
    let at = |name: &str| {
        let mut url = url::Url::parse(admin).expect("LEDGEROS_TEST_POSTGRES is an address");
        url.set_path(name);
        url.to_string()
    };
    let migrations = crate::db::postgres_migrations();
    let mut sum = crc32fast::Hasher::new();
    migrations.iter().for_each(|migration| sum.update(&migration.checksum));
    let template = format!("template_{:08x}", sum.finalize());

    let mut connection = PgConnection::connect(admin).await?;
    sqlx::query("select pg_advisory_lock(1)").execute(&mut connection).await?;
    let made: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(&template)
        .fetch_one(&mut connection)
        .await?;
    if !made {
        let unfinished = format!("{template}_unfinished");
        let statements = [format!("drop database if exists {unfinished}"), format!("create database {unfinished}")];
        for statement in statements {
            sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
        }
        let mut migrated = PgConnection::connect(&at(&unfinished)).await?;
        migrations.run(&mut migrated).await?;
        migrated.close().await?;
        let statement = format!("alter database {unfinished} rename to {template}");
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
    sqlx::query("select pg_advisory_unlock(1)").execute(&mut connection).await?;
    // Copied as files: by way of its log, the server writes each page twice. Before version 15 there was no other way.
    let version: String = sqlx::query_scalar("show server_version_num").fetch_one(&mut connection).await?;
    let strategy =
        if version.parse::<u32>().is_ok_and(|version| version >= 150_000) { "strategy file_copy" } else { "" };
    let statement = format!("create database {name} template {template} {strategy}");
    sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
    connection.close().await?;
    Ok(at(name))
}

fn chance() -> &'static dyn crate::chance::Chance {
    &SystemChance
}

/// A further organisation, in UTC, without people.
pub async fn organisation(db: &Db, name: &str) -> OrganisationId {
    let name = Name::parse(name).expect("a name").into();
    access::testing::organisation(db, name).await
}

/// An address for tests.
pub fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}
