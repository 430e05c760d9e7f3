//! The agents that are about to reach their limits.
use super::{AgentStatus, spend};
use crate::{
    Result,
    access::{Grant, Permission},
    db::{Db, select::Select},
    ids::AgentId,
    limits::{Frequency, store::row_start},
    money::{Amount, Currency},
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

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
/// runs in `zone`. It costs a look-up for each agent with a limit, and for one over 24 hours the sum of the
/// hours in which it bought.
pub async fn nearest(db: &Db, grant: &Grant, zone: Tz, most: u8) -> Result<Vec<Nearest>> {
    grant.require(Permission::View)?;
    let now = db.now();
    let begins = |frequency| Some(row_start(frequency, now, zone).0);
    let select = Select::new(
        "select id, name, status, currency, spending_limit, spending_limit_frequency, spent from (
             select a.id, a.name, a.status, u.currency, a.spending_limit, a.spending_limit_frequency, ",
    );
    spend::rolling(select, now)
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
             where a.closed_at is null and a.spending_limit > 0 and a.spending_limit_frequency <> 'perTransaction'",
        )
        .text(" and a.organisation_id =", grant.organisation())
        .text(" and a.environment =", grant.environment())
        .text_if(" and a.id =", grant.only_agent())
        .raw(") as agents order by cast(spent as double precision) / spending_limit desc, id desc")
        .number_if(" limit", Some(most.into()))
        .fetch(db)
        .await
}
