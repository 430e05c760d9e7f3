//! Ending an agent for good, in steps that may be repeated: its cards, what is authorized on them, its tokens, itself.
use super::{AgentStatus, store};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    cards::{CLOSED_WITH_AGENT, CardStatus},
    db::{Command, Db, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::{AgentId, CardId, PurchaseId, TokenId, UserId},
    money::Currency,
    name::Line,
    webhooks::EventType,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Cards and purchases that are named where an agent cannot be ended yet; and the cards that one go closes.
pub const MOST_SHOWN: i64 = 100;

/// A card that keeps its agent from being ended.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize, Deserialize)]
pub struct OpenCard {
    /// Its id.
    pub id: CardId,
    /// Its last four digits.
    pub last4: String,
    /// What it is for.
    pub purpose: String,
    /// Its state: anything but closed.
    pub status: CardStatus,
}

/// A purchase that is authorized and not settled: it keeps its agent from being ended.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize, Deserialize)]
pub struct Hold {
    /// Its id.
    pub id: PurchaseId,
    /// What is held, in minor units.
    pub amount: i64,
    /// Of which currency.
    pub currency: Currency,
    /// Where.
    pub merchant_name: String,
}

/// What is still open of an agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Open {
    /// Its open cards, the oldest [`MOST_SHOWN`].
    pub cards: Vec<OpenCard>,
    /// How many there are.
    pub card_count: i64,
    /// Its purchases that wait for settlement, the oldest [`MOST_SHOWN`].
    pub holds: Vec<Hold>,
    /// How many there are.
    pub hold_count: i64,
    /// Its tokens that are not revoked.
    pub token_count: i64,
}

macro_rules! counted {
    ($db:expr, $text:expr, $grant:expr, $id:expr) => {
        sql!($db, scalar, $text, $grant.organisation(), $grant.environment(), $id)
    };
}

// The agent's own index leads through every purchase it ever made; few purchases of a whole organisation wait. The text
// joined to the id keeps both engines from the first.
macro_rules! holds {
    ($what:literal, $rest:literal) => {
        concat!(
            "select ",
            $what,
            " from purchases where organisation_id = $1 and environment = $2 and status = 'pending'
              and agent_id || '' = $3",
            $rest
        )
    };
}

macro_rules! open_cards {
    ($what:literal, $rest:literal) => {
        concat!(
            "select ",
            $what,
            " from cards where organisation_id = $1 and environment = $2 and agent_id = $3 and status <> 'closed'",
            $rest
        )
    };
}

/// What is still open of an agent that somebody wants to end.
pub async fn open(db: &Db, grant: &Grant, id: &AgentId) -> Result<Open> {
    grant.require(Permission::View)?;
    store::exists(db, grant, id).await?;
    let (organisation, environment) = (grant.organisation(), grant.environment());
    Ok(Open {
        cards: sql!(
            db,
            fetch_all,
            open_cards!("id, last4, purpose, status", " order by id limit $4"),
            organisation,
            environment,
            id,
            MOST_SHOWN
        )?,
        card_count: counted!(db, open_cards!("count(*)", ""), grant, id)?,
        holds: sql!(
            db,
            fetch_all,
            holds!("id, amount, currency, merchant_name", " order by id limit $4"),
            organisation,
            environment,
            id,
            MOST_SHOWN
        )?,
        hold_count: counted!(db, holds!("count(*)", ""), grant, id)?,
        token_count: counted!(
            db,
            "select count(*) from agent_tokens
             where organisation_id = $1 and environment = $2 and agent_id = $3 and revoked_at is null",
            grant,
            id
        )?,
    })
}

/// Closes the open cards of an agent that is to be deregistered for good, at most [`MOST_SHOWN`] at once, the oldest first.
pub struct CloseCards {
    /// Whose.
    pub id: AgentId,
    /// Why.
    pub reason: Line,
}

impl Command for CloseCards {
    /// The cards that were closed.
    type Output = Vec<CardId>;

    fn permission(&self) -> Permission {
        Permission::Unfreeze
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Vec<CardId>, Trail)> {
        let agent = store::lock(tx, grant, &self.id).await?;
        let mut cards: Vec<(CardId, UserId, String, CardStatus)> = sql!(
            tx,
            fetch_all,
            "update cards set version = version
             where organisation_id = $1 and environment = $2 and agent_id = $3 and status <> 'closed'
             returning id, user_id, purpose, status",
            grant.organisation(),
            grant.environment(),
            &self.id
        )?;
        if cards.is_empty() {
            return Err(Error::state(Code::CardAlreadyClosed, "This agent has no open card."));
        }
        cards.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        cards.truncate(MOST_SHOWN as usize);
        let now = tx.now();
        let ids: Vec<CardId> = cards.iter().map(|(id, ..)| id.clone()).collect();
        let mut trail = Trail::new(Action::AgentChanged, Subject::new(Noun::Agent, &self.id, agent.name))
            .after(json!({ "closedCards": ids }))
            .reason(self.reason.as_str());
        for (id, user_id, purpose, before) in cards {
            sql!(
                tx,
                execute,
                "update cards set status = 'closed', status_reason = $4, closed_at = $5, version = version + 1
                 where organisation_id = $1 and environment = $2 and id = $3",
                grant.organisation(),
                grant.environment(),
                &id,
                CLOSED_WITH_AGENT,
                now
            )?;
            trail = trail
                .also(Action::CardClosed, Subject::new(Noun::Card, &id, purpose))
                .before(json!({ "status": before }))
                .after(json!({ "status": CardStatus::Closed }))
                .reason(self.reason.as_str())
                .event(
                    EventType::CardClosed,
                    json!({
                        "cardId": id,
                        "agentId": self.id,
                        "userId": user_id,
                        "status": CardStatus::Closed,
                        "previousStatus": before,
                        "reason": CLOSED_WITH_AGENT,
                    }),
                );
        }
        Ok((ids, trail))
    }
}

/// Deregisters an agent for good: ends its tokens, then itself. Its history stays. Not while a card of it is open or a
/// purchase waits for settlement.
pub struct CloseAgent {
    /// Which agent.
    pub id: AgentId,
    /// Why.
    pub reason: Line,
}

/// An agent that was just deregistered.
#[derive(Debug)]
pub struct Closed {
    /// What it was before.
    pub before: AgentStatus,
    /// The tokens that were ended with it.
    pub tokens: Vec<TokenId>,
}

impl Command for CloseAgent {
    type Output = Closed;

    fn permission(&self) -> Permission {
        Permission::Unfreeze
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Closed, Trail)> {
        // Whoever issues a card or approves a purchase locks the agent first.
        let agent = store::lock(tx, grant, &self.id).await?;
        let cards: i64 = counted!(tx, open_cards!("count(*)", ""), grant, &self.id)?;
        if cards > 0 {
            return Err(Error::state(Code::OpenCards, format!("{} Close them first.", said(cards, "card", "open"))));
        }
        let holds: i64 = counted!(tx, holds!("count(*)", ""), grant, &self.id)?;
        if holds > 0 {
            let why = "Wait for settlement, or reverse them.";
            let said = said(holds, "purchase", "authorized and not settled");
            return Err(Error::state(Code::OpenHolds, format!("{said} {why}")));
        }
        let now = tx.now();
        let mut tokens: Vec<(TokenId, String)> = sql!(
            tx,
            fetch_all,
            "update agent_tokens set revoked_at = $4
             where organisation_id = $1 and environment = $2 and agent_id = $3 and revoked_at is null
             returning id, name",
            grant.organisation(),
            grant.environment(),
            &self.id,
            now
        )?;
        tokens.sort();
        sql!(
            tx,
            execute,
            "update agents set status = 'suspended', suspended_reason = $4, closed_at = $5, version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            self.reason.as_str(),
            now
        )?;
        let ids: Vec<TokenId> = tokens.iter().map(|(id, _)| id.clone()).collect();
        let mut trail = Trail::new(Action::AgentClosed, Subject::new(Noun::Agent, &self.id, &agent.name))
            .before(json!({ "status": agent.status }))
            .after(json!({ "status": AgentStatus::Closed, "endedTokens": ids }))
            .reason(self.reason.as_str())
            .event(
                EventType::AgentClosed,
                json!({
                    "agentId": self.id,
                    "userId": agent.user_id,
                    "status": AgentStatus::Closed,
                    "previousStatus": agent.status,
                    "reason": self.reason.as_str(),
                }),
            );
        for (id, name) in tokens {
            trail = trail
                .also(Action::TokenRevoked, Subject::new(Noun::Agent, &self.id, &agent.name))
                .after(json!({ "tokenId": id, "tokenName": name, "revokedAt": now }))
                .reason("its agent was deregistered");
        }
        Ok((Closed { before: agent.status, tokens: ids }, trail))
    }
}

/// "2 cards of this agent are open."
fn said(n: i64, what: &str, how: &str) -> String {
    if n == 1 { format!("1 {what} of this agent is {how}.") } else { format!("{n} {what}s of this agent are {how}.") }
}
