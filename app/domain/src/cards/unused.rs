//! Multi-use cards that nobody has used for a while, and closing them.
use super::{
    CardStatus, CardType,
    status::{self, turn},
};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Command, Db, Trail, Tx, select::Select, sql},
    error::{Code, Noun},
    ids::{AgentId, CardId, PurchaseId},
    money::Currency,
    name::Line,
    page::{Page, Paging},
    time::{DAY, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The most cards that one go closes.
pub const MOST_SWEPT: usize = 500;

/// For how many days a card was not used: 1 to 3,650, and 30 unless somebody says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64")]
pub struct Idle(i64);

impl Idle {
    /// The last moment of use that is long enough ago.
    fn until(self, now: Timestamp) -> Timestamp {
        now - self.0 * DAY
    }
}

impl Default for Idle {
    fn default() -> Self {
        Self(30)
    }
}

impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// No number of days that [`Idle`] can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to 3650")]
pub struct NotIdle;

impl TryFrom<i64> for Idle {
    type Error = NotIdle;
    fn try_from(days: i64) -> std::result::Result<Self, NotIdle> {
        if (1..=3_650).contains(&days) { Ok(Self(days)) } else { Err(NotIdle) }
    }
}

impl FromStr for Idle {
    type Err = NotIdle;
    fn from_str(text: &str) -> std::result::Result<Self, NotIdle> {
        text.trim().parse::<i64>().map_err(|_| NotIdle)?.try_into()
    }
}

/// A card as the sweep sees it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize, Deserialize)]
pub struct Unused {
    /// Its id.
    pub id: CardId,
    /// Its agent.
    pub agent_id: AgentId,
    /// That agent's name.
    pub agent_name: String,
    /// What it is for.
    pub purpose: String,
    /// Its state.
    pub status: CardStatus,
    /// The last four digits of its number.
    pub last4: String,
    /// The currency it pays in.
    pub currency: Currency,
    /// Authorized and settled so far, reversals given back.
    pub spent: i64,
    /// Raised by every edit.
    pub version: i64,
    /// When its last approved purchase was.
    pub last_used_at: Option<Timestamp>,
    /// The same, or else when it was issued.
    pub last_use: Timestamp,
}

/// Where a list of unused cards is turned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The last use of the card at the edge.
    pub at: Timestamp,
    /// That card.
    pub id: CardId,
}

impl Unused {
    /// Its place in the list.
    pub fn place(&self) -> Place {
        Place { at: self.last_use, id: self.id.clone() }
    }

    /// It as it stands now.
    pub fn seen(&self) -> Seen {
        Seen { id: self.id.clone(), version: self.version }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.0, self.id)
    }
}

impl FromStr for Place {
    type Err = ();
    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        let (at, id) = text.split_once('.').ok_or(())?;
        Ok(Self { at: Timestamp(at.parse().map_err(drop)?), id: id.parse().map_err(drop)? })
    }
}

/// A card as somebody saw it before deciding about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Which card.
    pub id: CardId,
    /// Its version then.
    pub version: i64,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.id, self.version)
    }
}

impl FromStr for Seen {
    type Err = ();
    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        let (id, version) = text.split_once('.').ok_or(())?;
        Ok(Self { id: id.parse().map_err(drop)?, version: version.parse().map_err(drop)? })
    }
}

/// What is authorized on a card and waits for settlement.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize, Deserialize)]
pub struct Held {
    /// The card.
    pub card_id: CardId,
    /// How many purchases.
    pub purchases: i64,
    /// What they hold together, in minor units of the card's currency.
    pub amount: i64,
}

fn select(grant: &Grant) -> Select {
    Select::new(
        "select id, agent_id, purpose, status, last4, spent, version, last_used_at,
                coalesce(last_used_at, created_at) as last_use,
                (select a.name from agents a where a.organisation_id = cards.organisation_id
                    and a.environment = cards.environment and a.id = cards.agent_id) as agent_name,
                (select u.currency from users u where u.organisation_id = cards.organisation_id
                    and u.environment = cards.environment and u.id = cards.user_id) as currency
         from cards where true",
    )
    .text(" and organisation_id =", grant.organisation())
    .text(" and environment =", grant.environment())
    .text_if(" and agent_id =", grant.only_agent())
}

/// The words of the index `cards_unused`, which both engines look for.
fn unused(select: Select, until: Timestamp) -> Select {
    select
        .raw(" and type = 'multi' and status <> 'closed'")
        .number_if(" and coalesce(last_used_at, created_at) <=", Some(until.0))
}

/// One page of the multi-use cards that are not closed and were not used for so long, the latest use first.
pub async fn unused_cards(db: &Db, grant: &Grant, idle: Idle, paging: &Paging<Place>) -> Result<Page<Unused>> {
    grant.require(Permission::View)?;
    let until = idle.until(db.now());
    // Row values would say it shorter, but over an expression SQLite walks the index from its end for them.
    let until = paging.before.as_ref().map_or(until, |place| until.min(place.at));
    let mut rows = unused(select(grant), until);
    if let Some(place) = &paging.before {
        rows = rows
            .number_if(" and (coalesce(last_used_at, created_at) <", Some(place.at.0))
            .text(" or id <", &place.id)
            .raw(")");
    }
    if let Some(place) = &paging.after {
        rows = rows
            .number_if(" and coalesce(last_used_at, created_at) >=", Some(place.at.0))
            .number_if(" and (coalesce(last_used_at, created_at) >", Some(place.at.0))
            .text(" or id >", &place.id)
            .raw(")");
    }
    let rows = match paging.after {
        None => rows.raw(" order by coalesce(last_used_at, created_at) desc, id desc"),
        Some(_) => rows.raw(" order by coalesce(last_used_at, created_at), id"),
    };
    Ok(paging.page(rows.number_if(" limit", Some(paging.fetch())).fetch(db).await?))
}

/// The first [`MOST_SWEPT`] of them that were not used for the longest, and one more where there are more.
pub async fn longest_unused(db: &Db, grant: &Grant, idle: Idle) -> Result<Vec<Unused>> {
    grant.require(Permission::View)?;
    unused(select(grant), idle.until(db.now()))
        .raw(" order by coalesce(last_used_at, created_at), id")
        .number_if(" limit", Some(MOST_SWEPT as i64 + 1))
        .fetch(db)
        .await
}

/// How many they are, counted to one more than [`MOST_SWEPT`].
pub async fn count_unused(db: &Db, grant: &Grant, idle: Idle) -> Result<usize> {
    grant.require(Permission::View)?;
    let counted = Select::new("select count(*) as n from (select id from cards where true")
        .text(" and organisation_id =", grant.organisation())
        .text(" and environment =", grant.environment())
        .text_if(" and agent_id =", grant.only_agent());
    let rows: Vec<(i64,)> = unused(counted, idle.until(db.now()))
        .number_if(" limit", Some(MOST_SWEPT as i64 + 1))
        .raw(") as open")
        .fetch(db)
        .await?;
    Ok(rows.first().map_or(0, |(n,)| usize::try_from(*n).unwrap_or_default()))
}

/// The multi-use ones of these cards, whatever has become of them, by last use; at most [`MOST_SWEPT`], each once.
pub async fn these(db: &Db, grant: &Grant, ids: &[CardId]) -> Result<Vec<Unused>> {
    grant.require(Permission::View)?;
    let Some((first, rest)) = ids.split_first() else { return Ok(vec![]) };
    let rest = rest.iter().take(MOST_SWEPT - 1);
    rest.fold(select(grant).raw(" and type = 'multi'").text(" and id in (", first), |rows, id| rows.text(",", id))
        .raw(") order by coalesce(last_used_at, created_at), id")
        .fetch(db)
        .await
}

/// Which of these cards are still what the sweep is for.
pub fn still_unused(db: &Db, idle: Idle, cards: Vec<Unused>) -> Vec<Unused> {
    let until = idle.until(db.now());
    cards.into_iter().filter(|card| card.status != CardStatus::Closed && card.last_use <= until).collect()
}

/// What is held on cards that were last used before so long, by card. What they hold is as old as their last use, and
/// few purchases wait that long.
pub async fn held_unused(db: &Db, grant: &Grant, idle: Idle) -> Result<Vec<Held>> {
    grant.require(Permission::View)?;
    Select::new(
        "select card_id, count(*) as purchases, cast(sum(amount) as bigint) as amount
         from purchases where status = 'pending'",
    )
    .text(" and organisation_id =", grant.organisation())
    .text(" and environment =", grant.environment())
    .text_if(" and agent_id =", grant.only_agent())
    .text(" and id <", PurchaseId::floor(idle.until(db.now()) + 1))
    .raw(" group by card_id")
    .fetch(db)
    .await
}

/// What is held on one card; none where nothing is.
pub async fn held_on(db: &Db, grant: &Grant, id: &CardId) -> Result<Option<Held>> {
    grant.require(Permission::View)?;
    // As with an agent's: its own index leads through all that it ever bought, and few purchases wait.
    Ok(sql!(
        db,
        fetch_optional,
        "select card_id, count(*) as purchases, cast(sum(amount) as bigint) as amount from purchases
         where organisation_id = $1 and environment = $2 and status = 'pending' and card_id || '' = $3
         group by card_id",
        grant.organisation(),
        grant.environment(),
        id
    )?)
}

/// Closes a multi-use card for good that was not used for so long and is as it was seen.
pub struct CloseUnused {
    /// Which card, and how it was.
    pub card: Seen,
    /// For how long nobody used it.
    pub idle: Idle,
    /// Why, for the audit log.
    pub reason: Option<Line>,
}

impl Command for CloseUnused {
    /// What it was before.
    type Output = CardStatus;

    fn permission(&self) -> Permission {
        Permission::Unfreeze
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(CardStatus, Trail)> {
        let id = &self.card.id;
        let card = status::lock(tx, grant, id).await?;
        let now: Option<(CardType, i64, Timestamp)> = sql!(
            tx,
            fetch_optional,
            "select type, version, coalesce(last_used_at, created_at) from cards
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            id
        )?;
        let (kind, version, last_use) = now.ok_or(Error::NotFound(Noun::Card))?;
        let kept = |why: &str| Err(Error::state(Code::StaleEdit, format!("{why} It stays open.")));
        if card.status != CardStatus::Closed {
            if kind != CardType::Multi {
                return kept("This is a single-use card, which closes by itself.");
            }
            if last_use > self.idle.until(tx.now()) {
                return kept("This card was used meanwhile.");
            }
            if version != self.card.version {
                return kept("This card was changed meanwhile: look at it again.");
            }
        }
        turn(tx, grant, id, &card, CardStatus::Closed, self.reason.as_ref()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_out_of_range_are_refused() {
        for (text, days) in [("1", Some(1)), (" 30 ", Some(30)), ("3650", Some(3_650))] {
            assert_eq!(text.parse().ok(), days.map(Idle), "{text}");
        }
        for text in ["", "0", "-1", "3651", "1.5", "ten", "99999999999999999999", "٣٠"] {
            assert_eq!(text.parse::<Idle>(), Err(NotIdle), "{text}");
        }
        assert_eq!(Idle::default().to_string(), "30");
    }
}
