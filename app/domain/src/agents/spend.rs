//! What agents have spent in their running windows, for pages: columns of their own list, however many they are.
use super::AgentStatus;
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Db, select::Select},
    ids::{AgentId, PurchaseId},
    limits::{Frequency, store::row_start},
    money::{Amount, Currency},
    time::{MINUTE, Timestamp},
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

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
fn rolling(select: Select, now: Timestamp) -> Select {
    // The rolling window begins at the same moment in every zone.
    let start = row_start(Frequency::Per24HourPeriod, now, Tz::UTC);
    let edge = start.floor(MINUTE);
    select
        .raw(
            "case coalesce(a.spending_limit_frequency, 'allTime')
             when 'perTransaction' then 0
             when 'per24HourPeriod' then cast(
                 (select coalesce(sum(m.spent), 0) from spend_minutes m
                  where m.organisation_id = a.organisation_id and m.environment = a.environment
                    and m.agent_id = a.id",
        )
        .number_if(" and m.minute >", Some(edge.0))
        // An id carries the moment of its purchase: a range of ids is a range of time. What was given back is gone
        // from the amount.
        .raw(
            ") + (select coalesce(sum(p.amount), 0) from purchases p
                  where p.organisation_id = a.organisation_id and p.environment = a.environment
                    and p.agent_id = a.id and p.status <> 'declined'",
        )
        .text(" and p.id >=", PurchaseId::floor(start))
        .text(" and p.id <", PurchaseId::floor(edge + MINUTE))
        .raw(") as bigint)")
}

/// An agent beside its limit, for a short list.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize, Deserialize)]
pub struct Nearest {
    /// Which.
    pub id: AgentId,
    /// Its name.
    pub name: String,
    /// Whether it may spend.
    pub status: AgentStatus,
    /// The currency of both amounts.
    pub currency: Currency,
    /// The limit, in minor units.
    pub spending_limit: Amount,
    /// The window of the limit.
    pub spending_limit_frequency: Frequency,
    /// What the running window holds, in minor units.
    pub spent: i64,
}

/// The `most` agents that used most of their limit, of all that have one over a window. The organisation's calendar
/// runs in `zone`. It costs a look-up for each agent with a limit, and for one over
/// 24 hours the sum of the minutes in which it bought.
pub async fn nearest(db: &Db, grant: &Grant, zone: Tz, most: u8) -> Result<Vec<Nearest>> {
    grant.require(Permission::View)?;
    let now = db.now();
    let begins = |frequency| Some(row_start(frequency, now, zone).0);
    let select = Select::new(
        "select id, name, status, currency, spending_limit, spending_limit_frequency, spent from (
             select a.id, a.name, a.status, u.currency, a.spending_limit, a.spending_limit_frequency, ",
    );
    rolling(select, now)
        .raw(
            " else coalesce((select w.spent from spend_windows w
                   where w.organisation_id = a.organisation_id and w.environment = a.environment
                     and w.agent_id = a.id and w.frequency = a.spending_limit_frequency
                     and w.starts_at = case a.spending_limit_frequency",
        )
        .number_if(" when 'perWeek' then", begins(Frequency::PerWeek))
        .number_if(" when 'perMonth' then", begins(Frequency::PerMonth))
        .number_if(" when 'perYear' then", begins(Frequency::PerYear))
        .number_if(" else", begins(Frequency::AllTime))
        .raw(
            " end), 0) end as spent
             from agents a
             join users u on u.organisation_id = a.organisation_id and u.environment = a.environment
                         and u.id = a.user_id
             where a.spending_limit > 0 and a.spending_limit_frequency <> 'perTransaction'",
        )
        .text(" and a.organisation_id =", grant.organisation())
        .text(" and a.environment =", grant.environment())
        .text_if(" and a.id =", grant.only_agent())
        .raw(") as agents order by cast(spent as double precision) / spending_limit desc, id desc")
        .number_if(" limit", Some(most.into()))
        .fetch(db)
        .await
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
