//! What an agent and what a card spent, and how often, by minute, hour and day (UTC).
//!
//! A window that rolls is at most its whole days, 23 hours, 59 minutes and, to the millisecond, the purchases of the
//! minute at its edge: it costs the same whatever was bought before and however long it is.
use crate::{
    Result,
    access::Grant,
    db::{Db, Tx, sql},
    ids::{AgentId, CardId, PurchaseId},
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

/// What was bought from each of up to five moments on, in one statement; a moment that is not asked for gives nothing.
macro_rules! since {
    ($db:expr, $grant:expr, $table:literal, $of:literal, $id:expr, $starts:expr) => {{
        let starts: [Option<Timestamp>; ASKED] = $starts;
        let mut past = [Past::default(); ASKED];
        if starts.iter().any(Option::is_some) {
            // After everything, and between two edges that hold nothing.
            let start = |n: usize| starts[n].unwrap_or(NEVER);
            let edge = |n: usize| PurchaseId::floor(start(n));
            let whole = |n: usize| PurchaseId::floor(start(n).ceil(MINUTE));
            let rows: Vec<(i64, i64, i64, Timestamp)> = sql!(
                $db,
                fetch_all,
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
                ),
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
            )?;
            for (n, spent, purchases, first) in rows {
                if let Some(past) = usize::try_from(n).ok().and_then(|n| past.get_mut(n)) {
                    *past = Past { spent, purchases, first: Some(first) };
                }
            }
        }
        past
    }};
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
            Ok(since!(db, grant, "agent_buckets", "agent_id", agent, starts))
        }

        /// What was bought with the card from each moment on.
        pub(crate) async fn $card(
            db: $db,
            grant: &Grant,
            card: &CardId,
            starts: [Option<Timestamp>; ASKED],
        ) -> Result<[Past; ASKED]> {
            Ok(since!(db, grant, "card_buckets", "card_id", card, starts))
        }
    };
}
reads!(by_agent, by_card, &mut Tx);
reads!(seen_by_agent, seen_by_card, &Db);
