//! What agents have spent in their running windows, for pages: columns of their own list, however many they are.
use crate::{
    Error, Result,
    db::select::Select,
    ids::PurchaseId,
    limits::{Frequency, store::row_start},
    time::{HOUR, MINUTE, Timestamp},
};
use chrono_tz::Tz;

/// Adds the columns of [`Spent`] for the agent `a`. Without a limit it is everything the agent ever spent; a limit on
/// each purchase alone has none.
pub(super) fn columns(select: Select, now: Timestamp) -> Select {
    rolling(select, now).raw(
        " else coalesce((select w.spent from spend_windows w
                   where w.organisation_id = a.organisation_id and w.environment = a.environment
                     and w.agent_id = a.id and w.frequency = coalesce(a.spending_limit_frequency, 'allTime')
                   order by w.starts_at desc limit 1), 0) end as spent,
             (select max(w.starts_at) from spend_windows w
              where w.organisation_id = a.organisation_id and w.environment = a.environment
                and w.agent_id = a.id and w.frequency = coalesce(a.spending_limit_frequency, 'allTime')
             ) as spent_since,
             (select o.time_zone from organisations o where o.id = a.organisation_id) as time_zone",
    )
}

/// Begins `case … ` with the limits whose spend is in no calendar's window: on each purchase, and over the last 24 hours.
pub(super) fn rolling(select: Select, now: Timestamp) -> Select {
    // The rolling window begins at the same moment in every zone.
    let start = row_start(Frequency::Per24HourPeriod, now, Tz::UTC);
    let (minute, hour) = (start.ceil(MINUTE), start.ceil(HOUR));
    select
        .raw(
            "case coalesce(a.spending_limit_frequency, 'allTime')
             when 'perTransaction' then 0
             when 'per24HourPeriod' then cast(
                 (select coalesce(sum(b.spent), 0) from agent_buckets b
                  where b.organisation_id = a.organisation_id and b.environment = a.environment
                    and b.agent_id = a.id",
        )
        .number_if(" and b.span =", Some(HOUR))
        .number_if(" and b.starts_at >=", Some(hour.0))
        .raw(
            ") + (select coalesce(sum(b.spent), 0) from agent_buckets b
                  where b.organisation_id = a.organisation_id and b.environment = a.environment
                    and b.agent_id = a.id",
        )
        .number_if(" and b.span =", Some(MINUTE))
        .number_if(" and b.starts_at >=", Some(minute.0))
        .number_if(" and b.starts_at <", Some(hour.0))
        // An id carries the moment of its purchase: a range of ids is a range of time. What was given back is gone
        // from the amount.
        .raw(
            ") + (select coalesce(sum(p.amount), 0) from purchases p
                  where p.organisation_id = a.organisation_id and p.environment = a.environment
                    and p.agent_id = a.id and p.status <> 'declined'",
        )
        .text(" and p.id >=", PurchaseId::floor(start))
        .text(" and p.id <", PurchaseId::floor(minute))
        .raw(") as bigint)")
}

/// What [`columns`] reads: of a calendar's windows the newest, which may be over.
#[derive(sqlx::FromRow)]
pub(super) struct Spent {
    spent: i64,
    spent_since: Option<Timestamp>,
    time_zone: String,
}

impl Spent {
    /// The zone in which the organisation's weeks, months and years begin.
    pub fn zone(&self) -> Result<Tz> {
        let zone = &self.time_zone;
        zone.parse().map_err(|_| Error::broken(format!("the organisation's time zone {zone} is unknown")))
    }

    /// What the window of a limit with this frequency holds at `now`.
    pub fn in_window(&self, frequency: Option<Frequency>, now: Timestamp, zone: Tz) -> i64 {
        let begins = row_start(frequency.unwrap_or(Frequency::AllTime), now, zone);
        if self.spent_since.is_some_and(|since| since < begins) { 0 } else { self.spent }
    }
}
