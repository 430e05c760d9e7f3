//! A list's query: fixed clauses, chosen by the filters that are set.
//!
//! Only the filters in use become part of the statement, so that both engines can walk the index that fits;
//! a clause is always text of ours, and what a user typed is always an argument.
use super::{Db, executor::Executor};
use crate::{
    Result,
    page::{Page, Paging},
};
use sqlx::{AssertSqlSafe, FromRow, postgres::PgRow, sqlite::SqliteRow};
use std::fmt::Display;

pub(crate) struct Select {
    text: String,
    args: Vec<Arg>,
}

#[derive(Clone)]
enum Arg {
    Text(String),
    Number(i64),
}

impl Select {
    /// Starts from `select … from … where <something>`.
    pub fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), args: Vec::new() }
    }

    fn push(mut self, clause: &'static str, arg: Arg) -> Self {
        self.args.push(arg);
        self.text.push_str(clause);
        self.text.push_str(&format!(" ${}", self.args.len()));
        self
    }

    /// Adds ` and <column> =`-like text with a text argument: `.text(" and status =", status)`.
    pub fn text(self, clause: &'static str, value: impl Display) -> Self {
        self.push(clause, Arg::Text(value.to_string()))
    }

    /// The same, only when there is a value.
    pub fn text_if(self, clause: &'static str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.text(clause, value),
            None => self,
        }
    }

    /// Adds a clause with a number, only when there is one.
    pub fn number_if(self, clause: &'static str, value: Option<i64>) -> Self {
        match value {
            Some(value) => self.push(clause, Arg::Number(value)),
            None => self,
        }
    }

    /// Adds text without an argument.
    pub fn raw(mut self, clause: &'static str) -> Self {
        self.text.push_str(clause);
        self
    }

    /// The rows in the order of the statement.
    pub async fn fetch<T>(self, db: &Db) -> Result<Vec<T>>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        macro_rules! run {
            ($pool:expr) => {{
                let mut query = sqlx::query_as::<_, T>(AssertSqlSafe(self.text));
                for arg in self.args {
                    query = match arg {
                        Arg::Text(text) => query.bind(text),
                        Arg::Number(number) => query.bind(number),
                    };
                }
                query.fetch_all($pool).await
            }};
        }
        Ok(match db.executor().await? {
            Executor::Sqlite(mut reader) => {
                let rows = run!(&mut *reader);
                reader.settle(&rows);
                rows?
            }
            Executor::Postgres(pool) => run!(pool)?,
        })
    }

    /// One page by keyset on `id`, the newest first.
    pub async fn page<T, Id: Display>(self, db: &Db, paging: &Paging<Id>) -> Result<Page<T>>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let rows = self
            .text_if(" and id <", paging.before.as_ref())
            .text_if(" and id >", paging.after.as_ref())
            .raw(if paging.after.is_some() { " order by id limit" } else { " order by id desc limit" })
            .push("", Arg::Number(paging.fetch()))
            .fetch(db)
            .await?;
        Ok(paging.page(rows))
    }
}
