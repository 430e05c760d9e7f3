//! Changes that nobody has to look at in between, as many as there are, in one trip to the database's thread.
use super::Tx;
use sqlx::{AssertSqlSafe, postgres::PgArguments, sqlite::SqliteArguments};
use std::fmt::Write;

/// Statements that run in the order in which they were added. On SQLite, where the way to its thread costs more than
/// most statements, they are one; on PostgreSQL each is its own.
pub(crate) enum Batch {
    Sqlite { text: String, args: SqliteArguments },
    Postgres(Vec<(&'static str, PgArguments)>),
}

impl Batch {
    /// An empty one for this transaction's engine.
    pub fn new(tx: &Tx) -> Self {
        if tx.is_sqlite() {
            Self::Sqlite { text: String::new(), args: SqliteArguments::default() }
        } else {
            Self::Postgres(Vec::new())
        }
    }

    /// Runs all of them, or up to the first that fails.
    pub async fn run(self, tx: &mut Tx) -> sqlx::Result<()> {
        use super::executor::Executor;
        match (self, tx.executor().await?) {
            (Self::Sqlite { text, .. }, _) if text.is_empty() => {}
            (Self::Sqlite { text, args }, Executor::Sqlite(mut connection)) => {
                sqlx::query_with(AssertSqlSafe(text), args).execute(&mut *connection).await?;
            }
            (Self::Postgres(all), Executor::Postgres(mut connection)) => {
                for (text, args) in all {
                    sqlx::query_with(text, args).execute(&mut *connection).await?;
                }
            }
            (Self::Sqlite { .. } | Self::Postgres(_), _) => return Err(sqlx::Error::BeginFailed),
        }
        Ok(())
    }
}

/// Appends `statement` with its parameters counted on from `bound`.
pub(crate) fn append(text: &mut String, statement: &str, bound: usize) {
    let mut parts = statement.split('$');
    text.extend(parts.next());
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number: usize = part[..digits].parse().unwrap_or_default();
        // Writing into a text cannot fail.
        let _ = write!(text, "${}{}", number + bound, &part[digits..]);
    }
    text.push(';');
}

/// Adds a statement to a batch: `batch!(batch, "insert into … values ($1)", id)`. Its text is ours, its arguments are
/// bound; it gives an error where one of these cannot be encoded.
macro_rules! batch {
    ($batch:expr, $text:literal $(, $arg:expr)* $(,)?) => {{
        use sqlx::Arguments;
        match &mut $batch {
            $crate::db::batch::Batch::Sqlite { text, args } => {
                $crate::db::batch::append(text, $text, args.len());
                Ok(()) $(.and_then(|()| args.add($arg)))*
            }
            $crate::db::batch::Batch::Postgres(all) => {
                let mut args = sqlx::postgres::PgArguments::default();
                let added = Ok(()) $(.and_then(|()| args.add($arg)))*;
                all.push(($text, args));
                added
            }
        }
        .map_err(sqlx::Error::Encode)
    }};
}
pub(crate) use batch;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_count_their_parameters_on() {
        let mut text = String::new();
        append(&mut text, "insert into a values ($1, $2, $1, $12)", 0);
        append(&mut text, "update b set c = c + $10 where d = $1", 12);
        append(&mut text, "delete from e", 22);
        assert_eq!(
            text,
            "insert into a values ($1, $2, $1, $12);update b set c = c + $22 where d = $13;delete from e;"
        );
    }
}
