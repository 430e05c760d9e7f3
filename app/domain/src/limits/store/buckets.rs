//! What an agent and what a card spent, and how often, by minute, hour and day (UTC).
//!
//! A window that rolls is at most its whole days, 23 hours, 59 minutes and, to the millisecond, the purchases of the
//! minute at its edge: it costs the same whatever was bought before and however long it is.
use crate::{
    Result,
    access::Grant,
    db::{Db, Tx, sql},
    ids::{AgentId, CardId, PurchaseId},
    money::Amount,
    time::{DAY, HOUR, MINUTE, Timestamp},
};

/// The length of each bucket, in milliseconds; the tables are checked to hold no others.
pub(crate) const SPANS: [i64; 3] = [MINUTE, HOUR, DAY];
/// The most windows that are asked for at once.
const ASKED: usize = 5;

/// Approved purchases, reversed ones included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Past {
    /// What was authorized and settled, less what was reversed, in minor units.
    pub spent: i64,
    /// How many there were.
    pub purchases: i64,
    /// The first bucket of them; where a window does not begin with a minute, perhaps a purchase instead.
    pub first: Option<Timestamp>,
}

/// The statement that sums what was bought from each of up to five moments on.
macro_rules! sums {
    ($table:literal, $of:literal) => {
        // Cross joins, because SQLite takes their order as it stands: the bucket's key is known by then.
        concat!(
            "with asked (n, start, edge, whole) as
                 (values (0, $4, $9, $14), (1, $5, $10, $15), (2, $6, $11, $16), (3, $7, $12, $17),
                         (4, $8, $13, $18)),
             spans (span, wider) as (values (60000, 3600000), (3600000, 86400000), (86400000, null))
             select cast(n as bigint), cast(sum(spent) as bigint), cast(sum(purchases) as bigint), min(at)
             from (
                 select a.n, b.spent, b.purchases, b.starts_at as at from asked a cross join spans s cross join ",
            $table,
            " b where b.organisation_id = $1 and b.environment = $2 and b.",
            $of,
            " = $3 and b.span = s.span and b.starts_at >= (a.start + s.span - 1) / s.span * s.span
                   and b.starts_at < coalesce((a.start + s.wider - 1) / s.wider * s.wider, 9223372036854775807)
                 union all
                 select a.n, p.amount, 1, p.authorized_at from asked a cross join purchases p
                 where p.organisation_id = $1 and p.environment = $2 and p.",
            $of,
            " = $3 and p.id >= a.edge and p.id < a.whole and p.status <> 'declined') as counted
             group by n"
        )
    };
}

/// Runs it, alone or with another statement and the arguments of that. A moment that is not asked for gives nothing.
macro_rules! since {
    ($db:expr, $text:expr, $grant:expr, $id:expr, $starts:expr $(, and $other:tt)?) => {{
        let starts: [Option<Timestamp>; ASKED] = $starts;
        // After everything, and between two edges that hold nothing.
        let start = |n: usize| starts[n].unwrap_or(NEVER);
        let edge = |n: usize| PurchaseId::floor(start(n));
        let whole = |n: usize| PurchaseId::floor(start(n).ceil(MINUTE));
        since!(
            @run $db,
            [
                $text,
                $grant.organisation(),
                $grant.environment(),
                $id,
                start(0),
                start(1),
                start(2),
                start(3),
                start(4),
                edge(0),
                edge(1),
                edge(2),
                edge(3),
                edge(4),
                whole(0),
                whole(1),
                whole(2),
                whole(3),
                whole(4)
            ]
            $(, $other)?
        )
    }};
    (@run $db:expr, [$($one:expr),+]) => { sql!($db, fetch_all, $($one),+) };
    (@run $db:expr, [$($one:expr),+], [$($other:expr),+ $(,)?]) => { sql!($db, fetch_both, [$($one),+], [$($other),+]) };
}

/// The number of a moment, what was spent since, how often, and when first.
type Sum = (i64, i64, i64, Timestamp);

fn past(sums: Vec<Sum>) -> [Past; ASKED] {
    let mut all = [Past::default(); ASKED];
    for (n, spent, purchases, first) in sums {
        if let Some(past) = usize::try_from(n).ok().and_then(|n| all.get_mut(n)) {
            *past = Past { spent, purchases, first: Some(first) };
        }
    }
    all
}

/// A whole day, so that no bucket and no edge lies behind it: in the year 4707.
const NEVER: Timestamp = Timestamp(1_000_000 * DAY);

macro_rules! reads {
    ($agent:ident, $card:ident, $db:ty) => {
        /// What the agent bought from each moment on.
        pub(crate) async fn $agent(
            db: $db,
            grant: &Grant,
            agent: &AgentId,
            starts: [Option<Timestamp>; ASKED],
        ) -> Result<[Past; ASKED]> {
            if starts == [None; ASKED] {
                return Ok([Past::default(); ASKED]);
            }
            Ok(past(since!(db, sums!("agent_buckets", "agent_id"), grant, agent, starts)?))
        }

        /// What was bought with the card from each moment on.
        pub(crate) async fn $card(
            db: $db,
            grant: &Grant,
            card: &CardId,
            starts: [Option<Timestamp>; ASKED],
        ) -> Result<[Past; ASKED]> {
            if starts == [None; ASKED] {
                return Ok([Past::default(); ASKED]);
            }
            Ok(past(since!(db, sums!("card_buckets", "card_id"), grant, card, starts)?))
        }
    };
}
reads!(by_agent, by_card, &mut Tx);
reads!(past_of_agent, past_of_card, &Db);

/// Which earlier purchases of an agent are like one of its own.
pub(crate) struct Like<'a> {
    /// The purchase itself, which is not like itself.
    pub purchase: &'a PurchaseId,
    /// Its amount.
    pub amount: Amount,
    /// From when on they are looked for.
    pub since: Timestamp,
    /// Among how many of the latest they are looked for.
    pub most: i64,
}

/// Purchases at one merchant that are like another: the id and the moment of the latest, the merchant, and how many.
pub(crate) type Alike = (PurchaseId, Timestamp, String, i64);

/// What the agent bought from each moment on, and its latest purchases that are like one, by merchant: over the same amount,
/// and not given back.
pub(crate) async fn by_agent_and_alike(
    tx: &mut Tx,
    grant: &Grant,
    agent: &AgentId,
    starts: [Option<Timestamp>; ASKED],
    like: &Like<'_>,
) -> Result<([Past; ASKED], Vec<Alike>)> {
    let (sums, alike): (Vec<Sum>, Vec<Alike>) = since!(
        tx,
        sums!("agent_buckets", "agent_id"),
        grant,
        agent,
        starts,
        and [
            "select max(id), max(authorized_at), merchant_name, cast(count(*) as bigint)
             from (select id, authorized_at, merchant_name from purchases
                   where organisation_id = $1 and environment = $2 and agent_id = $3 and authorized_amount = $4
                     and id >= $5 and id <> $6 and status in ('pending', 'completed')
                   order by id desc limit $7) as latest
             group by merchant_name order by 1 desc",
            grant.organisation(),
            grant.environment(),
            agent,
            like.amount,
            PurchaseId::floor(like.since),
            like.purchase,
            like.most
        ]
    )?;
    Ok((past(sums), alike))
}
