//! What agents have spent in their running windows, for pages: a column of their own list, however many they are.
use crate::{
    db::select::Select,
    ids::PurchaseId,
    limits::{Frequency, store::row_start},
    time::{MINUTE, Timestamp},
};
use chrono_tz::Tz;

/// Adds the column `current_spend` of the agent `a`: what the window of its limit holds at `now`. Without a limit it is
/// everything the agent ever spent; a limit on each purchase alone has none.
pub(super) fn column(select: Select, now: Timestamp, zone: Tz) -> Select {
    let begins = |frequency| Some(row_start(frequency, now, zone).0);
    let start = row_start(Frequency::Per24HourPeriod, now, zone);
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
        .raw(
            ") as bigint)
             else (select coalesce(max(w.spent), 0) from spend_windows w
                   where w.organisation_id = a.organisation_id and w.environment = a.environment
                     and w.agent_id = a.id and w.frequency = coalesce(a.spending_limit_frequency, 'allTime')
                     and w.starts_at = case a.spending_limit_frequency",
        )
        .number_if(" when 'perWeek' then", begins(Frequency::PerWeek))
        .number_if(" when 'perMonth' then", begins(Frequency::PerMonth))
        .number_if(" when 'perYear' then", begins(Frequency::PerYear))
        .number_if(" else", begins(Frequency::AllTime))
        .raw(" end) end as current_spend")
}
