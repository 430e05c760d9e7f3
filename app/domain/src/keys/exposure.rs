//! What a key that got into wrong hands may have done: calls, sources, cards whose details were read, and the
//! spend that followed; and freezing every one of those cards.
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    cards::{CardStatus, FreezeCard},
    db::{Command, Db, Trail, Tx, sql},
    error::Code,
    ids::{AgentId, AuditId, CardId, KeyId, PurchaseId},
    money::Currency,
    name::Line,
    requests::{self, Counts, Source},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::store;

/// The most cards that a report shows.
pub const CARDS: i64 = 200;

/// What happened with a key since a moment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Exposure {
    /// From when on.
    pub since: Timestamp,
    /// Its calls; the first quarter-hour counts whole.
    pub calls: Counts,
    /// The addresses that it called from in that time, those of the latest calls first.
    pub sources: Vec<Source>,
    /// The cards whose details were read with it, in the order of the first read; at most [`CARDS`].
    pub cards: Vec<TouchedCard>,
    /// There are more cards.
    pub more: bool,
}

/// A card whose details were read, and what was spent with it from then on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TouchedCard {
    /// The card.
    pub id: CardId,
    /// What it is for.
    pub purpose: String,
    /// The last digits of its number.
    pub last4: String,
    /// Its status now.
    pub status: CardStatus,
    /// Its agent.
    pub agent_id: AgentId,
    /// The agent's name.
    pub agent_name: String,
    /// The first read in that time.
    pub read_at: Timestamp,
    /// Reads in that time.
    pub reads: i64,
    /// Purchases approved from the first read on.
    pub purchases: i64,
    /// What they stand at, minor units.
    pub spent: i64,
    /// In this currency.
    pub currency: Currency,
}

impl Exposure {
    /// Whether an address called first in that time: it may not be one of yours.
    pub fn is_new(&self, source: &Source) -> bool {
        source.first_at >= self.since
    }

    /// What was spent for each agent: id, name, currency, purchases, amount; in the order of their first cards.
    pub fn agents(&self) -> Vec<(AgentId, String, Currency, i64, i64)> {
        let mut all: Vec<(AgentId, String, Currency, i64, i64)> = Vec::new();
        for card in &self.cards {
            match all.iter_mut().find(|(id, _, currency, ..)| *id == card.agent_id && *currency == card.currency) {
                Some((_, _, _, purchases, spent)) => {
                    *purchases += card.purchases;
                    *spent = spent.saturating_add(card.spent);
                }
                None => {
                    let name = card.agent_name.clone();
                    all.push((card.agent_id.clone(), name, card.currency, card.purchases, card.spent));
                }
            }
        }
        all
    }

    /// Cards that can still be charged.
    pub fn active(&self) -> usize {
        self.cards.iter().filter(|card| card.status == CardStatus::Active).count()
    }
}

#[derive(sqlx::FromRow)]
struct CardRow {
    id: CardId,
    purpose: String,
    last4: String,
    status: CardStatus,
    agent_id: AgentId,
    agent_name: String,
    currency: Currency,
}

/// The report on a key since a moment.
pub async fn exposure(db: &Db, grant: &Grant, key: &KeyId, since: Timestamp) -> Result<Exposure> {
    grant.require(Permission::View)?;
    store::get(db, grant, key).await?;
    let calls = requests::calls_since(db, grant, key.as_str(), since).await?;
    let mut sources = requests::sources(db, grant, key.as_str()).await?;
    sources.retain(|source| source.last_at >= since);
    let mut reads: Vec<(CardId, Timestamp, i64)> = sql!(
        db,
        fetch_all,
        "select subject_id, min(at), count(*) from audit
         where organisation_id = $1 and environment = $2 and actor_id = $3 and action = $4 and id >= $5
         group by subject_id order by 2, 1 limit $6",
        grant.organisation(),
        grant.environment(),
        key,
        Action::CredentialsRead,
        AuditId::floor(since),
        CARDS + 1
    )?;
    let most = usize::try_from(CARDS).map_err(Error::broken)?;
    let more = reads.len() > most;
    reads.truncate(most);
    let mut cards = Vec::with_capacity(reads.len());
    for (id, read_at, reads) in reads {
        let row: Option<CardRow> = sql!(
            db,
            fetch_optional,
            "select c.id, c.purpose, c.last4, c.status, c.agent_id, a.name as agent_name, u.currency
             from cards c
             join agents a on a.organisation_id = c.organisation_id and a.environment = c.environment
                          and a.id = c.agent_id
             join users u on u.organisation_id = c.organisation_id and u.environment = c.environment
                         and u.id = c.user_id
             where c.organisation_id = $1 and c.environment = $2 and c.id = $3",
            grant.organisation(),
            grant.environment(),
            &id
        )?;
        let Some(row) = row else { continue };
        let (purchases, spent): (i64, i64) = sql!(
            db,
            fetch_one,
            "select count(*), cast(coalesce(sum(amount), 0) as bigint) from purchases
             where organisation_id = $1 and environment = $2 and card_id = $3 and id >= $4 and status <> 'declined'",
            grant.organisation(),
            grant.environment(),
            &id,
            PurchaseId::floor(read_at)
        )?;
        cards.push(TouchedCard {
            id: row.id,
            purpose: row.purpose,
            last4: row.last4,
            status: row.status,
            agent_id: row.agent_id,
            agent_name: row.agent_name,
            currency: row.currency,
            read_at,
            reads,
            purchases,
            spent,
        });
    }
    Ok(Exposure { since, calls, sources, cards, more })
}

/// Freezes every active card whose details were read with a key since a moment, all of them or none.
pub struct FreezeTouched {
    /// The key.
    pub id: KeyId,
    /// From when on.
    pub since: Timestamp,
}

impl Command for FreezeTouched {
    /// How many cards were frozen.
    type Output = usize;

    fn permission(&self) -> Permission {
        Permission::Freeze
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(usize, Trail)> {
        let key = store::in_change(tx, grant, &self.id).await?;
        let cards: Vec<CardId> = sql!(
            tx,
            scalars,
            "select id from cards where organisation_id = $1 and environment = $2 and status = 'active' and id in (
                 select subject_id from audit
                 where organisation_id = $1 and environment = $2 and actor_id = $3 and action = $4 and id >= $5)
             order by id",
            grant.organisation(),
            grant.environment(),
            &self.id,
            Action::CredentialsRead,
            AuditId::floor(self.since)
        )?;
        let reason = Line::parse(&format!("Its details were read with the key {}.", key.name)).ok();
        let mut whole: Option<Trail> = None;
        let frozen = cards.len();
        for id in cards {
            let (_, trail) = FreezeCard { id, reason: reason.clone() }.run(grant, tx).await?;
            whole = Some(match whole {
                Some(whole) => whole.and(trail),
                None => trail,
            });
        }
        let none = || Error::state(Code::CardNotActive, "No card whose details were read in that time is active.");
        whole.map(|trail| (frozen, trail)).ok_or_else(none)
    }
}
