//! Lists of keys: filtered, sorted, by keyset; and the counters of what is not safe about them.
use super::{
    Key, KeyStatus, Scope,
    life::{self, IDLE_MS, ROTATE_AFTER_DAYS, SCOPES_MS},
    store::{Row, keys_where},
};
use crate::{
    Result,
    access::{Grant, Permission},
    db::{Db, select::Select, sql},
    ids::KeyId,
    page::{Page, Paging},
    text::words,
    time::{DAY, Timestamp},
};
use serde::{Deserialize, Serialize};

/// The most that a counter counts exactly: more is a list to read, not a number to act on, and must not cost more.
pub const MOST_COUNTED: u64 = 99;

words! {
    /// What is not safe about a key that opens.
    Concern {
        /// It never ends.
        NoExpiry = "no_expiry",
        /// It was not used for 90 days.
        Idle = "idle",
        /// It opens from every address.
        NoAddresses = "no_addresses",
        /// It is older than the target for rotation.
        Old = "old",
        /// It was sent in the open.
        Exposed = "exposed",
        /// It is older than 30 days and may do something that it did not do in that time.
        Unused = "unused_scope",
    }
}

/// Which keys.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Filter {
    /// Only with this status.
    pub status: Option<KeyStatus>,
    /// Only made by the person or key of this id.
    pub creator: Option<String>,
    /// Only those that open and have this against them.
    pub concern: Option<Concern>,
}

words! {
    /// By what keys are sorted.
    Sort {
        /// By the moment of their creation.
        Created = "created",
        /// By name.
        Name = "name",
        /// By last use; those never used come as the oldest.
        Used = "used",
        /// By end; those without come as the latest.
        Expires = "expires",
    }
}

/// How a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// By what.
    pub by: Sort,
    /// The smallest, oldest or first first.
    pub ascending: bool,
}

impl Default for Order {
    /// The newest first.
    fn default() -> Self {
        Self { by: Sort::Created, ascending: false }
    }
}

/// How many keys there are of a filter; one more than [`MOST_COUNTED`] stands for any number above it.
pub async fn count(db: &Db, grant: &Grant, filter: &Filter) -> Result<u64> {
    grant.require(Permission::View)?;
    let counted = Select::new(
        "select count(*) from (select 1 as one from api_keys k
         left join key_uses u on u.organisation_id = k.organisation_id and u.environment = k.environment
                             and u.key_id = k.id
         left join key_uses n on n.organisation_id = k.organisation_id and n.environment = k.environment
                             and n.key_id = k.successor_id
         where true",
    );
    let most = MOST_COUNTED.cast_signed() + 1;
    let rows: Vec<(i64,)> =
        filtered(counted, grant, filter, db.now()).number_if(" limit", Some(most)).raw(") counted").fetch(db).await?;
    Ok(rows.first().map_or(0, |(n,)| n.unsigned_abs()))
}

/// Who made keys of this environment, by id and name.
pub async fn creators(db: &Db, grant: &Grant) -> Result<Vec<(String, String)>> {
    grant.require(Permission::View)?;
    Ok(sql!(
        db,
        fetch_all,
        // From one to the next by the index, however many keys each has made.
        "with recursive makers(id) as (
             select min(created_by_id) from api_keys where organisation_id = $1 and environment = $2
             union all
             select (select min(k.created_by_id) from api_keys k
                     where k.organisation_id = $1 and k.environment = $2 and k.created_by_id > makers.id)
             from makers where makers.id is not null
         )
         select makers.id, (select k.created_by from api_keys k
                            where k.organisation_id = $1 and k.environment = $2 and k.created_by_id = makers.id
                            order by k.id desc limit 1)
         from makers where makers.id is not null order by 2, 1 limit 200",
        grant.organisation(),
        grant.environment()
    )?)
}

/// What a key may do and did not do in the last 30 days; nothing while it is younger.
pub async fn unused(db: &Db, grant: &Grant, key: &Key) -> Result<Vec<Scope>> {
    grant.require(Permission::View)?;
    let since = db.now() - SCOPES_MS;
    if key.created_at > since {
        return Ok(Vec::new());
    }
    let used: Vec<String> = sql!(
        db,
        scalars,
        "select scope from key_scopes
         where organisation_id = $1 and environment = $2 and key_id = $3 and last_at > $4",
        grant.organisation(),
        grant.environment(),
        &key.id,
        since
    )?;
    Ok(key.scopes.all().filter(|scope| !used.contains(&scope.to_string())).collect())
}

/// One page of the keys of the environment, in this order.
pub async fn list(db: &Db, grant: &Grant, filter: &Filter, order: Order, paging: &Paging<KeyId>) -> Result<Page<Key>> {
    grant.require(Permission::View)?;
    let now = db.now();
    let select = filtered(Select::new(keys_where!("true")), grant, filter, now);
    // Where the page begins is a row; what it is sorted by is read with it.
    let backwards = paging.after.is_some();
    let descends = order.ascending == backwards;
    let from = paging.after.as_ref().or(paging.before.as_ref());
    let (clause, sorted) = match (order.by, descends) {
        (Sort::Created, true) => (" and (k.id) < (select k.id", " order by k.id desc"),
        (Sort::Created, false) => (" and (k.id) > (select k.id", " order by k.id"),
        (Sort::Name, true) => (" and (k.name, k.id) < (select k.name, k.id", " order by k.name desc, k.id desc"),
        (Sort::Name, false) => (" and (k.name, k.id) > (select k.name, k.id", " order by k.name, k.id"),
        (Sort::Used, true) => (
            " and (coalesce(u.used_at, 0), k.id) < (select coalesce(u.used_at, 0), k.id",
            " order by coalesce(u.used_at, 0) desc, k.id desc",
        ),
        (Sort::Used, false) => (
            " and (coalesce(u.used_at, 0), k.id) > (select coalesce(u.used_at, 0), k.id",
            " order by coalesce(u.used_at, 0), k.id",
        ),
        (Sort::Expires, true) => (
            " and (coalesce(k.expires_at, 9223372036854775807), k.id) <
                  (select coalesce(k.expires_at, 9223372036854775807), k.id",
            " order by coalesce(k.expires_at, 9223372036854775807) desc, k.id desc",
        ),
        (Sort::Expires, false) => (
            " and (coalesce(k.expires_at, 9223372036854775807), k.id) >
                  (select coalesce(k.expires_at, 9223372036854775807), k.id",
            " order by coalesce(k.expires_at, 9223372036854775807), k.id",
        ),
    };
    let select = match from {
        Some(id) => select
            .raw(clause)
            // $1 and $2 are organisation and environment, by which every statement here begins.
            .raw(
                " from api_keys k left join key_uses u on u.organisation_id = k.organisation_id
                       and u.environment = k.environment and u.key_id = k.id
                  where k.organisation_id = $1 and k.environment = $2",
            )
            .text(" and k.id =", id)
            .raw(")"),
        None => select,
    };
    let rows: Vec<Row> = select.raw(sorted).number_if(" limit", Some(paging.fetch())).fetch(db).await?;
    Ok(paging.page(rows).map(|row| row.key(grant.environment(), now)))
}

/// Keys of the grant's environment that the filter lets through.
fn filtered(select: Select, grant: &Grant, filter: &Filter, now: Timestamp) -> Select {
    let select = select
        .text(" and k.organisation_id =", grant.organisation())
        .text(" and k.environment =", grant.environment())
        .text_if(" and k.created_by_id =", filter.creator.as_ref());
    let select = match filter.status {
        Some(status) => of_status(select, status, now),
        None => select,
    };
    match filter.concern {
        Some(concern) => of_concern(opens(select, now), concern, now),
        None => select,
    }
}

/// The same as [`KeyStatus::opens`].
fn opens(select: Select, now: Timestamp) -> Select {
    let select = select.raw(" and k.revoked_at is null and k.disabled_at is null");
    unexpired(unreplaced(select, now), now)
}

fn unexpired(select: Select, now: Timestamp) -> Select {
    select.number_if(" and (k.expires_at is null or k.expires_at >", Some(now.0)).raw(")")
}

fn unreplaced(select: Select, now: Timestamp) -> Select {
    select
        .raw(" and (k.successor_id is null or coalesce(k.ends_at, n.first_used_at + k.overlap_ms) is null")
        .number_if(" or coalesce(k.ends_at, n.first_used_at + k.overlap_ms) >", Some(now.0))
        .raw(")")
}

/// The same as [`KeyStatus::at`].
fn of_status(select: Select, status: KeyStatus, now: Timestamp) -> Select {
    match status {
        KeyStatus::Revoked => select.raw(" and k.revoked_at is not null"),
        KeyStatus::Replaced => select
            .raw(" and k.revoked_at is null and k.successor_id is not null")
            .number_if(" and coalesce(k.ends_at, n.first_used_at + k.overlap_ms) <=", Some(now.0)),
        KeyStatus::Expired => {
            unreplaced(select.raw(" and k.revoked_at is null"), now).number_if(" and k.expires_at <=", Some(now.0))
        }
        KeyStatus::Disabled => {
            let select = select.raw(" and k.revoked_at is null and k.disabled_at is not null");
            unexpired(unreplaced(select, now), now)
        }
        KeyStatus::Retiring => opens(select, now).raw(" and k.successor_id is not null"),
        KeyStatus::Active => opens(select, now).raw(" and k.successor_id is null"),
    }
}

fn of_concern(select: Select, concern: Concern, now: Timestamp) -> Select {
    match concern {
        Concern::NoExpiry => select.raw(" and k.expires_at is null"),
        Concern::NoAddresses => select.raw(" and k.addresses = ''"),
        // Rather than "is not null", which walks no index.
        Concern::Exposed => select.raw(" and k.exposed_at > 0"),
        // As many words as it has spaces and one; every resource, where it has none.
        Concern::Unused => select
            .number_if(" and k.created_at <=", Some(now.0 - SCOPES_MS))
            .raw(
                " and case k.scopes when 'full' then 8 else length(k.scopes) - length(replace(k.scopes, ' ', '')) + 1 end
                   > (select count(*) from key_scopes s
                      where s.organisation_id = k.organisation_id and s.environment = k.environment
                        and s.key_id = k.id
                        and case k.scopes when 'full' then s.scope like '%:write'
                            else ' ' || k.scopes || ' ' like '% ' || s.scope || ' %' end",
            )
            .number_if(" and s.last_at >", Some(now.0 - SCOPES_MS))
            .raw(")"),
        Concern::Old => select.number_if(" and k.created_at <=", Some(now.0 - ROTATE_AFTER_DAYS * DAY)),
        // Never used: it is idle since it was made.
        // The second condition follows from the first, and has an index.
        Concern::Idle => select
            .number_if(" and coalesce(u.used_at, k.created_at) <=", Some(now.0 - IDLE_MS))
            .number_if(" and k.created_at <=", Some(now.0 - IDLE_MS)),
    }
}

impl Concern {
    /// Whether a key has this against it, as far as the key alone can tell: what it made use of is [`unused`]'s to say.
    pub fn is_about(self, key: &Key, now: Timestamp) -> bool {
        key.status.opens()
            && match self {
                Self::NoExpiry => key.expires_at.is_none(),
                Self::Idle => now.since(key.last_used_at.unwrap_or(key.created_at)) >= IDLE_MS,
                Self::NoAddresses => key.addresses.is_empty(),
                Self::Old => life::age_days(now, key.created_at) >= ROTATE_AFTER_DAYS,
                Self::Exposed => key.exposed.is_some(),
                Self::Unused => false,
            }
    }
}
