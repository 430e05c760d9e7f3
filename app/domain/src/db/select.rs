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
    either: Option<[String; 2]>,
}

#[derive(Clone)]
enum Arg {
    Text(String),
    Number(i64),
}

impl Select {
    /// Starts from `select … from … where <something>`.
    pub fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), args: Vec::new(), either: None }
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

    /// Rows for which one of two clauses holds that exclude each other, the first with an argument. Each of them walks
    /// its index, where `or` would walk neither: what follows must be [`Self::first`] or a page.
    pub fn either(mut self, clause: &'static str, value: impl Display, other: &'static str) -> Self {
        self.args.push(Arg::Text(value.to_string()));
        self.either = Some([format!("{clause} ${}", self.args.len()), other.to_owned()]);
        self
    }

    /// The first `most` rows by id.
    pub fn first(mut self, most: i64, descending: bool) -> Self {
        self.args.push(Arg::Number(most));
        let limit = format!(" limit ${}", self.args.len());
        self.merged(descending, &limit, &limit)
    }

    /// The row by id after which at least `most` rows were passed, of each clause of [`Self::either`] alone.
    pub fn after(mut self, most: i64, descending: bool) -> Self {
        self.args.push(Arg::Number(most));
        let limit = format!(" limit 1 offset ${}", self.args.len());
        self.merged(descending, &limit, " limit 1")
    }

    fn merged(mut self, descending: bool, inner: &str, outer: &str) -> Self {
        let order = if descending { " order by id desc" } else { " order by id" };
        let text = self.text;
        self.text = match self.either.take() {
            None => format!("{text}{order}{inner}"),
            Some([one, other]) => format!(
                "select * from (select * from ({text}{one}{order}{inner}) as one
                 union all select * from ({text}{other}{order}{inner}) as other) as merged{order}{outer}"
            ),
        };
        self
    }

    /// Those on the page's side of its edge.
    pub fn beside<Id: Display>(self, paging: &Paging<Id>) -> Self {
        self.text_if(" and id <", paging.before.as_ref()).text_if(" and id >", paging.after.as_ref())
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
            Executor::Postgres(mut reader) => run!(&mut *reader)?,
        })
    }

    /// One page by keyset on `id`, the newest first.
    pub async fn page<T, Id: Display>(self, db: &Db, paging: &Paging<Id>) -> Result<Page<T>>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let rows = self.beside(paging).first(paging.fetch(), paging.after.is_none()).fetch(db).await?;
        Ok(paging.page(rows))
    }
}
