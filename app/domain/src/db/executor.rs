//! One query text, two databases: the pools, the transaction, and the macro that expands a statement for both.
use super::{
    Surroundings,
    batch::append,
    lend::{Lent, PostgresReader, SqliteReader},
    readers::Readers,
};
use crate::{chance::Chance, time::Timestamp, vault::Vault};
use futures::TryStreamExt;
use sqlx::{
    Arguments, AssertSqlSafe, Either, Encode, Executor as _, FromRow, PgConnection, PgPool, Postgres, Sqlite,
    SqliteConnection, SqlitePool, Transaction, Type,
    sqlite::{SqliteArguments, SqliteRow},
};
use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

/// The pools of the engine that the server was started with.
pub(crate) enum Pools {
    /// Many readers; one writer, because SQLite has one.
    Sqlite {
        readers: Readers,
        writer: SqlitePool,
    },
    Postgres(PgPool),
    /// A transaction under way that stands for its database.
    Lent(Arc<Lent>),
}

/// An open transaction, the moment it stands for, and the chance and keys it may use. Rolls back when dropped.
pub struct Tx {
    pub(super) inner: TxInner,
    pub(super) now: Timestamp,
    pub(super) around: Arc<Surroundings>,
}

pub(super) enum TxInner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
    /// It is lent, and comes back when the loan ends.
    Away,
}

/// The connection of a transaction, which stays with it whatever a statement ends in.
pub(crate) struct Own<'a, C>(&'a mut C);

impl<C> Own<'_, C> {
    pub(crate) fn settle<T>(&mut self, _: &sqlx::Result<T>) {}
}

impl<C> Deref for Own<'_, C> {
    type Target = C;
    fn deref(&self) -> &C {
        self.0
    }
}

impl<C> DerefMut for Own<'_, C> {
    fn deref_mut(&mut self) -> &mut C {
        self.0
    }
}

/// What one statement runs on: a reader or a pool, or the connection of a transaction.
pub(crate) enum Executor<S, P> {
    Sqlite(S),
    Postgres(P),
}

impl Pools {
    pub(crate) async fn begin(&self, around: Arc<Surroundings>) -> sqlx::Result<Tx> {
        let inner = match self {
            // A deferred transaction that upgrades to writing fails at once, whatever the timeout says.
            Pools::Sqlite { writer, .. } => TxInner::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => TxInner::Postgres(pool.begin().await?),
            Pools::Lent(_) => return Err(sqlx::Error::BeginFailed),
        };
        Ok(Tx { inner, now: around.clock.now(), around })
    }

    pub(crate) async fn close(&self) {
        match self {
            Pools::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
            Pools::Lent(_) => {}
        }
    }
}

impl super::Db {
    pub(crate) async fn executor(&self) -> sqlx::Result<Executor<SqliteReader<'_>, PostgresReader<'_>>> {
        Ok(match &self.0.pools {
            Pools::Sqlite { readers, .. } => Executor::Sqlite(SqliteReader::Own(readers.read().await?)),
            Pools::Postgres(pool) => Executor::Postgres(PostgresReader::Own(pool.acquire().await?)),
            Pools::Lent(lent) => lent.executor().await?,
        })
    }
}

impl Tx {
    /// The moment that the whole change stands for.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The randomness of the change.
    pub fn chance(&self) -> &dyn Chance {
        &*self.around.chance
    }

    /// The keys of this installation.
    pub(crate) fn vault(&self) -> &Vault {
        self.around.vault()
    }

    /// The dashboard's address as letters name it; none when this installation sends no mail.
    pub(crate) fn mail(&self) -> Option<&str> {
        self.around.mail.as_deref()
    }

    /// Begins the next change of a group: it stands for a moment of its own.
    pub(super) fn next_change(&mut self) {
        self.now = self.around.clock.now();
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.inner, TxInner::Sqlite(_))
    }

    pub(crate) async fn executor(
        &mut self,
    ) -> sqlx::Result<Executor<Own<'_, SqliteConnection>, Own<'_, PgConnection>>> {
        #[cfg(feature = "testing")]
        self.around.failing.pass()?;
        Ok(match &mut self.inner {
            TxInner::Sqlite(tx) => Executor::Sqlite(Own(tx)),
            TxInner::Postgres(tx) => Executor::Postgres(Own(tx)),
            TxInner::Away => return Err(sqlx::Error::BeginFailed),
        })
    }

    /// Undoes all of it.
    pub(super) async fn rollback(self) -> sqlx::Result<()> {
        match self.inner {
            TxInner::Sqlite(tx) => tx.rollback().await,
            TxInner::Postgres(tx) => tx.rollback().await,
            TxInner::Away => Err(sqlx::Error::BeginFailed),
        }
    }

    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        match self.inner {
            TxInner::Sqlite(tx) => tx.commit().await,
            TxInner::Postgres(tx) => tx.commit().await,
            TxInner::Away => Err(sqlx::Error::BeginFailed),
        }
    }
}

/// One statement on a `Db` or a `Tx`: `sql!(db, fetch_all, "select … where id = $1", id)`.
///
/// Expands to the same sqlx call for SQLite and PostgreSQL. `fetch_*` decode rows with `FromRow`, `scalar`
/// reads one column of one row, `scalars` one column of all rows, `execute` gives the number of rows touched.
///
/// `execute_all` runs several statements one after the other, `sql!(tx, execute_all, ["update …", "insert …"], id)`, and
/// gives the rows that they touched together; each takes the same arguments, of which it need not use all. On SQLite,
/// where a statement costs less than the way to its thread, they are one trip. `optional_after` does the same and then
/// reads: `sql!(tx, optional_after, sqlite ["update …"], postgres ["update …"], "select …", id)`. `fetch_both` reads twice,
/// `sql!(tx, fetch_both, ["select …", id], ["select …", id])`, each with arguments of its own, and gives the rows of each.
macro_rules! sql {
    ($db:expr, execute_all, [$($text:literal),+ $(,)?], $arg:expr $(, $more:expr)* $(,)?) => {
        $crate::db::sql!(@all $db, [$($text),+], $arg $(, $more)*)
    };
    (
        $db:expr, optional_after, sqlite [$($own:expr),+ $(,)?], postgres [$($text:expr),+ $(,)?], $last:expr,
        $arg:expr $(, $more:expr)* $(,)?
    ) => {
        $crate::db::sql!(@after $db, [$($own),+], [$($text),+], $last, $arg $(, $more)*)
    };
    ($db:expr, fetch_both, [$first:expr $(, $a:expr)* $(,)?], [$second:expr $(, $b:expr)* $(,)?]) => {
        $crate::db::sql!(@both $db, [$first $(, $a)*], [$second $(, $b)*])
    };
    ($db:expr, execute, $text:expr $(, $arg:expr)* $(,)?) => {
        $crate::db::sql!(@each $db, |c| sqlx::query($text)$(.bind($arg))*.execute(c).await.map(|done| done.rows_affected()))
    };
    ($db:expr, scalar, $text:expr $(, $arg:expr)* $(,)?) => {
        $crate::db::sql!(@each $db, |c| sqlx::query_scalar($text)$(.bind($arg))*.fetch_one(c).await)
    };
    ($db:expr, scalar_optional, $text:expr $(, $arg:expr)* $(,)?) => {
        $crate::db::sql!(@each $db, |c| sqlx::query_scalar($text)$(.bind($arg))*.fetch_optional(c).await)
    };
    ($db:expr, scalars, $text:expr $(, $arg:expr)* $(,)?) => {
        $crate::db::sql!(@each $db, |c| sqlx::query_scalar($text)$(.bind($arg))*.fetch_all(c).await)
    };
    ($db:expr, $fetch:ident, $text:expr $(, $arg:expr)* $(,)?) => {
        $crate::db::sql!(@each $db, |c| sqlx::query_as($text)$(.bind($arg))*.$fetch(c).await)
    };
    (@after $db:expr, [$($own:expr),+], [$($text:expr),+], $last:expr, $($arg:expr),+) => {
        match $db.executor().await {
            Ok($crate::db::executor::Executor::Sqlite(mut reader)) => {
                let query = sqlx::query_as(concat!($($own, ";",)+ $last));
                let result = $crate::db::executor::bound!(query, $($arg),+).fetch_optional(&mut *reader).await;
                reader.settle(&result);
                result
            }
            Ok($crate::db::executor::Executor::Postgres(mut reader)) => {
                async {
                    for text in [$($text),+] {
                        let query = sqlx::query(text);
                        $crate::db::executor::bound!(query, $($arg),+).execute(&mut *reader).await?;
                    }
                    let query = sqlx::query_as($last);
                    $crate::db::executor::bound!(query, $($arg),+).fetch_optional(&mut *reader).await
                }
                .await
            }
            Err(error) => Err(error),
        }
    };
    (@both $db:expr, [$first:expr $(, $a:expr)*], [$second:expr $(, $b:expr)*]) => {
        match $db.executor().await {
            Ok($crate::db::executor::Executor::Sqlite(mut reader)) => {
                async {
                    let mut both = $crate::db::executor::Both::default();
                    both.add($first)$(.and_then(|()| both.bind($a)))*?;
                    both.add($second)$(.and_then(|()| both.bind($b)))*?;
                    let result = both.fetch(&mut reader).await;
                    reader.settle(&result);
                    result
                }
                .await
            }
            Ok($crate::db::executor::Executor::Postgres(mut reader)) => {
                async {
                    let first = sqlx::query_as($first)$(.bind($a))*.fetch_all(&mut *reader).await?;
                    let second = sqlx::query_as($second)$(.bind($b))*.fetch_all(&mut *reader).await?;
                    Ok::<_, sqlx::Error>((first, second))
                }
                .await
            }
            Err(error) => Err(error),
        }
    };
    (@all $db:expr, [$($text:literal),+], $($arg:expr),+) => {
        match $db.executor().await {
            Ok($crate::db::executor::Executor::Sqlite(mut reader)) => {
                let query = sqlx::query(concat!($($text, ";"),+));
                let result = $crate::db::executor::bound!(query, $($arg),+).execute(&mut *reader).await;
                reader.settle(&result);
                result.map(|done| done.rows_affected())
            }
            Ok($crate::db::executor::Executor::Postgres(mut reader)) => {
                async {
                    let mut rows = 0;
                    for text in [$($text),+] {
                        let query = sqlx::query(text);
                        rows += $crate::db::executor::bound!(query, $($arg),+).execute(&mut *reader).await?.rows_affected();
                    }
                    Ok::<u64, sqlx::Error>(rows)
                }
                .await
            }
            Err(error) => Err(error),
        }
    };
    (@each $db:expr, |$c:ident| $call:expr) => {
        match $db.executor().await {
            Ok($crate::db::executor::Executor::Sqlite(mut reader)) => {
                let $c = &mut *reader;
                let result = $call;
                reader.settle(&result);
                result
            }
            Ok($crate::db::executor::Executor::Postgres(mut reader)) => {
                let $c = &mut *reader;
                $call
            }
            Err(error) => Err(error),
        }
    };
}
pub(crate) use sql;

macro_rules! bound {
    ($query:expr $(, $arg:expr)+) => { $query$(.bind($arg))+ };
}
pub(crate) use bound;

/// Two statements that are one query on SQLite.
#[derive(Default)]
pub(crate) struct Both {
    text: String,
    args: SqliteArguments,
}

impl Both {
    /// Adds a statement, whose text is ours.
    pub fn add(&mut self, statement: &'static str) -> sqlx::Result<()> {
        append(&mut self.text, statement, self.args.len());
        Ok(())
    }

    /// Binds the next parameter of the statement that was added last.
    pub fn bind<'q, T: Encode<'q, Sqlite> + Type<Sqlite>>(&mut self, value: T) -> sqlx::Result<()> {
        self.args.add(value).map_err(sqlx::Error::Encode)
    }

    /// The rows of the first and of the second.
    pub async fn fetch<A, B>(self, connection: &mut SqliteConnection) -> sqlx::Result<(Vec<A>, Vec<B>)>
    where
        A: for<'r> FromRow<'r, SqliteRow>,
        B: for<'r> FromRow<'r, SqliteRow>,
    {
        let (mut first, mut second, mut is_first) = (Vec::new(), Vec::new(), true);
        let mut steps = connection.fetch_many(sqlx::query_with(AssertSqlSafe(self.text), self.args));
        while let Some(step) = steps.try_next().await? {
            match step {
                Either::Left(_) => is_first = false,
                Either::Right(row) if is_first => first.push(A::from_row(&row)?),
                Either::Right(row) => second.push(B::from_row(&row)?),
            }
        }
        Ok((first, second))
    }
}
