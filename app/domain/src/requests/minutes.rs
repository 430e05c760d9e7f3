//! How near the callers of an environment are to its rates: the log's last hour by minute.
use crate::{
    Result,
    access::{Grant, Permission},
    db::{Db, sql},
    ids::RequestId,
    time::{HOUR, MINUTE},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most calls that are looked at: calls of the sandbox and those that are refused have no rate.
const MOST: i64 = 50_000;

/// What one key called of one route in one minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Minute {
    /// The method.
    pub method: String,
    /// The template of the route.
    pub route: String,
    /// The API key's or agent token's id.
    pub key_id: String,
    /// Which minute: 0 is the last one, up to now.
    pub ago: i64,
    /// How many calls were let through.
    pub calls: i64,
    /// How many more were refused for being too many.
    pub refused: i64,
}

/// What was drawn from one rate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Calls in the last minute.
    pub now: i64,
    /// Calls in the busiest minute.
    pub peak: i64,
    /// Calls that were refused for being too many.
    pub refused: i64,
    /// The key or token with most calls, and how many.
    pub top: Option<(String, i64)>,
}

/// The calls of the last hour; of more than [`MOST`] the last so many.
pub async fn minutes(db: &Db, grant: &Grant) -> Result<Vec<Minute>> {
    grant.require(Permission::View)?;
    let now = db.now();
    Ok(sql!(
        db,
        fetch_all,
        "select method, route, key_id, ($3 - at) / $4 as ago,
                cast(sum(case when status = 429 then 0 else 1 end) as bigint) as calls,
                cast(sum(case when status = 429 then 1 else 0 end) as bigint) as refused
         from (select method, route, key_id, at, status from requests
               where organisation_id = $1 and environment = $2 and id >= $5 and at <= $3 order by id desc limit $6) last
         group by 1, 2, 3, 4",
        grant.organisation(),
        grant.environment(),
        now,
        MINUTE,
        RequestId::floor(now - HOUR + 1),
        MOST
    )?)
}

impl Drawn {
    /// What these minutes drew from the rate that `of` says a method and route to draw on.
    pub fn of(minutes: &[Minute], of: impl Fn(&str, &str) -> bool) -> Self {
        let mut drawn = Self::default();
        let (mut by_minute, mut by_key) = (BTreeMap::<i64, i64>::new(), BTreeMap::<&str, i64>::new());
        for minute in minutes.iter().filter(|minute| of(&minute.method, &minute.route)) {
            *by_minute.entry(minute.ago).or_default() += minute.calls;
            *by_key.entry(&minute.key_id).or_default() += minute.calls;
            drawn.refused += minute.refused;
        }
        drawn.now = by_minute.get(&0).copied().unwrap_or_default();
        drawn.peak = by_minute.into_values().max().unwrap_or_default();
        drawn.top = by_key.into_iter().max_by_key(|(_, calls)| *calls).map(|(key, calls)| (key.to_owned(), calls));
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rate_is_drawn_on_by_its_own_routes() {
        let minute = |method: &str, key_id: &str, ago, calls, refused| Minute {
            method: method.into(),
            route: "/v1/cards".into(),
            key_id: key_id.into(),
            ago,
            calls,
            refused,
        };
        let minutes = [minute("GET", "a", 0, 3, 0), minute("GET", "b", 7, 9, 2), minute("GET", "a", 7, 4, 1)];
        let more = [minutes.to_vec(), vec![minute("POST", "a", 0, 50, 50)]].concat();
        let reads = Drawn::of(&more, |method, route| (method, route) == ("GET", "/v1/cards"));
        assert_eq!(reads, Drawn { now: 3, peak: 13, refused: 3, top: Some(("b".into(), 9)) });
        assert_eq!(Drawn::of(&minutes, |_, _| false), Drawn::default());
    }
}
