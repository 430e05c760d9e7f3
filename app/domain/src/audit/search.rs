//! Searching the audit log for words.
//!
//! There is no index of words: it would be written with every authorization, and read a few times a week. A search
//! reads the log from the newest record that its filters leave, some [`REACH`] records at a time, and says how far it
//! came. That costs the same at any length of the log, needs nothing written, and finds any part of any text.
use super::{
    Filter, Record,
    store::{list, select, select_ids},
};
use crate::{
    Result,
    access::Grant,
    db::Db,
    ids::AuditId,
    page::{Page, Paging},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// How many records one search reads, of this environment and as many of what concerns both.
pub const REACH: i64 = 50_000;

/// What a search found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Found {
    /// The records, newest first.
    pub page: Page<Record>,
    /// How far it came, where the page is not full and older records were not read.
    pub reach: Option<Reach>,
}

/// How far a search came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The oldest record that it read: the search goes on before it.
    pub id: AuditId,
    /// When that was.
    pub at: Timestamp,
}

/// One page of the records that pass the filter and hold `words` anywhere in their texts, whatever the case of ASCII
/// letters. Without words it is a page of the list.
pub async fn search(
    db: &Db,
    grant: &Grant,
    filter: &Filter,
    words: Option<&str>,
    paging: &Paging<AuditId>,
) -> Result<Found> {
    search_within(db, grant, filter, words, paging, REACH).await
}

/// The same with another reach than [`REACH`]. Outside this file it is for tests.
pub async fn search_within(
    db: &Db,
    grant: &Grant,
    filter: &Filter,
    words: Option<&str>,
    paging: &Paging<AuditId>,
    reach: i64,
) -> Result<Found> {
    let words = words.map(str::trim).filter(|words| !words.is_empty());
    let Some(words) = words else {
        return Ok(Found { page: list(db, grant, filter, paging).await?, reach: None });
    };
    let newer = paging.after.is_some();
    // Where the search ends: both environments' records and this one's are walked side by side.
    let end = select_ids(grant, filter)?.beside(paging).after(reach, !newer);
    let end: Option<AuditId> = end.fetch::<(AuditId,)>(db).await?.pop().map(|(id,)| id);
    let clause = if newer { " and id <=" } else { " and id >=" };
    let page = paging.page(
        select(grant, filter)?
            .beside(paging)
            .text_if(clause, end.as_ref())
            .text(
                " and lower(actor_name || ' ' || action || ' ' || subject_noun || ' ' || subject_id || ' ' || subject_name
                     || ' ' || coalesce(reason, '') || ' ' || coalesce(before, '') || ' ' || coalesce(after, '')
                     || ' ' || coalesce(client, '')) like",
                pattern(words),
            )
            .raw(" escape '!'")
            .first(paging.fetch(), !newer)
            .fetch(db)
            .await?,
    );
    if newer && !page.newer {
        // The newest page begins with the newest record, however few were left on the way there.
        let newest = Paging { before: None, after: None, size: paging.size };
        return Box::pin(search_within(db, grant, filter, Some(words), &newest, reach)).await;
    }
    let reach = match end {
        Some(id) if !page.older => {
            let at = super::get(db, grant, &id).await?.at;
            Some(Reach { id, at })
        }
        _ => None,
    };
    Ok(Found { page, reach })
}

/// The words as they stand, anywhere.
fn pattern(words: &str) -> String {
    let mut pattern = String::from("%");
    for c in words.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn what_is_typed_is_no_pattern() {
        assert_eq!(pattern("50%_Off!"), "%50!%!_off!!%");
    }
}
