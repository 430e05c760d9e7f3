//! Pages of rows, by keyset: stable under inserts, as cheap at the millionth row as at the first.
use serde::{Deserialize, Serialize};

/// Which page: everything older than `before`, or newer than `after`, or the newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paging<Id> {
    /// Only rows with a lower id.
    pub before: Option<Id>,
    /// Only rows with a higher id; they come lowest first and are turned round.
    pub after: Option<Id>,
    /// Rows a page holds: 1 to 100.
    pub size: u8,
}

impl<Id> Paging<Id> {
    /// The newest `size` rows.
    pub fn newest(size: u8) -> Self {
        Self { before: None, after: None, size: size.clamp(1, 100) }
    }

    /// Rows to ask the database for: one more than the page shows, to know whether another follows.
    pub fn fetch(&self) -> i64 {
        i64::from(self.size) + 1
    }

    /// The page made of the rows that the database gave.
    pub fn page<T>(&self, mut rows: Vec<T>) -> Page<T> {
        let more = rows.len() > usize::from(self.size);
        rows.truncate(usize::from(self.size));
        if self.after.is_some() {
            rows.reverse();
            Page { rows, older: true, newer: more }
        } else {
            Page { rows, older: more, newer: self.before.is_some() }
        }
    }
}

/// Rows in the order in which they are shown, and whether there are others on either side.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows, newest first.
    pub rows: Vec<T>,
    /// Older rows follow.
    pub older: bool,
    /// Newer rows precede.
    pub newer: bool,
}

impl<T> Page<T> {
    /// The same page of other rows.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(f).collect(), older: self.older, newer: self.newer }
    }

    /// The same page of what rows become, or the first failure.
    pub fn try_map<U, E>(self, f: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        let rows = self.rows.into_iter().map(f).collect::<Result<_, _>>()?;
        Ok(Page { rows, older: self.older, newer: self.newer })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_more_than_the_page_means_another_page() {
        let first = Paging::<i32>::newest(2).page(vec![9, 8, 7]);
        assert_eq!((first.rows, first.older, first.newer), (vec![9, 8], true, false));
        let back = Paging { before: None, after: Some(5), size: 2 }.page(vec![6, 7, 8]);
        assert_eq!((back.rows, back.older, back.newer), (vec![7, 6], true, true));
        let last = Paging { before: Some(3), after: None, size: 2 }.page(vec![2, 1]);
        assert_eq!((last.rows, last.older, last.newer), (vec![2, 1], false, true));
    }
}
