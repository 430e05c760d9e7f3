//! Making and changing agents.
use super::{AgentStatus, store, tokens};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Noun, fresh},
    ids::{AgentId, PolicyId, TokenId, UserId},
    limits::{Frequency, OnLimitExceeded, policies, terms::Terms, wider::widens},
    metadata::Metadata,
    money::Amount,
    name::{Line, Name, Passage},
    secret::Plain,
    webhooks::EventType,
};
use serde_json::json;

/// The highest `max_cards`.
pub const MOST_CARDS: i64 = 1000;

/// The windows that a card has a limit for.
pub const CARD_WINDOWS: [Frequency; 4] =
    [Frequency::PerTransaction, Frequency::Per24HourPeriod, Frequency::PerMonth, Frequency::AllTime];

/// A new agent of a user, with its first token.
pub struct CreateAgent {
    /// The user it spends for, whatever that user's application says.
    pub user_id: UserId,
    /// The caller's own id for it, unique in the environment.
    pub external_id: Option<Line>,
    /// Its name.
    pub name: Name,
    /// What it is for.
    pub description: Option<Passage>,
    /// The most it may spend, and over which window.
    pub limit: Option<(Amount, Frequency)>,
    /// What happens when a purchase would pass the limit.
    pub on_limit_exceeded: Option<OnLimitExceeded>,
    /// The most cards that may be open at once: 1 to [`MOST_CARDS`].
    pub max_cards: Option<i64>,
    /// What a new card may spend unless it says itself, and over which window: one of [`CARD_WINDOWS`].
    pub default_card_limit: Option<(Amount, Frequency)>,
    /// The policy that its new cards inherit.
    pub default_policy_id: Option<PolicyId>,
    /// The caller's own data.
    pub metadata: Option<Metadata>,
}

/// An agent that was just made: the only moment at which its token's text exists.
pub struct Created {
    /// Its id.
    pub id: AgentId,
    /// The id of its first token.
    pub token_id: TokenId,
    /// The text of that token.
    pub token: Plain,
}

impl Command for CreateAgent {
    type Output = Created;

    fn permission(&self) -> Permission {
        Permission::CreateAgent
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Created, Trail)> {
        if self.max_cards.is_some_and(|most| !(1..=MOST_CARDS).contains(&most)) {
            return Err(Error::field("maxCards", format!("must be from 1 to {MOST_CARDS}")));
        }
        if self.default_card_limit.is_some_and(|(_, window)| !CARD_WINDOWS.contains(&window)) {
            let windows = CARD_WINDOWS.map(Frequency::as_str).join(", ");
            let why = format!("must be one of: {windows}; a card has no limit for another window");
            return Err(Error::field("defaultCardLimitFrequency", why));
        }
        let user: i64 = sql!(
            tx,
            scalar,
            "select count(*) from users where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.user_id
        )?;
        if user == 0 {
            return Err(Error::NotFound(Noun::User));
        }
        takes_policy(tx, grant, self.default_policy_id.as_ref()).await?;
        let (card_limit, card_frequency) = self.default_card_limit.unzip();
        let now = tx.now();
        let id = AgentId::new(now, tx.chance());
        let rows = sql!(
            tx,
            execute,
            "insert into agents
                 (organisation_id, environment, id, user_id, external_id, name, description, status, spending_limit,
                  spending_limit_frequency, on_limit_exceeded, max_cards, metadata, created_at, default_policy_id,
                  default_card_limit, default_card_limit_frequency)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
             on conflict do nothing",
            grant.organisation(),
            grant.environment(),
            &id,
            &self.user_id,
            self.external_id.as_ref().map(Line::as_str),
            self.name.as_str(),
            self.description.as_ref().map_or("", Passage::as_str),
            AgentStatus::Active,
            self.limit.map(|(amount, _)| amount),
            self.limit.map(|(_, frequency)| frequency),
            self.on_limit_exceeded,
            self.max_cards,
            &self.metadata,
            now,
            &self.default_policy_id,
            card_limit,
            card_frequency
        )?;
        if rows == 0 {
            return Err(Error::field("externalId", "is used by another agent of this environment; choose another"));
        }
        let (token_id, token) = tokens::insert(tx, grant, &id, "First token", None).await?;
        let (limit, frequency) = self.limit.unzip();
        let trail = Trail::new(Action::AgentCreated, Subject::new(Noun::Agent, &id, self.name.as_str()))
            .after(json!({
                "userId": self.user_id,
                "spendingLimit": limit,
                "spendingLimitFrequency": frequency,
                "onLimitExceeded": self.on_limit_exceeded,
                "maxCards": self.max_cards,
                "defaultCardLimit": card_limit,
                "defaultCardLimitFrequency": card_frequency,
                "defaultPolicyId": self.default_policy_id,
                "tokenId": token_id,
            }))
            .event(
                EventType::AgentCreated,
                json!({
                    "agentId": id,
                    "userId": self.user_id,
                    "name": self.name.as_str(),
                    "status": AgentStatus::Active,
                    "spendingLimit": limit,
                    "spendingLimitFrequency": frequency,
                }),
            );
        Ok((Created { id, token_id, token }, trail))
    }
}

/// Changes what an agent is called and described as; what is absent stays.
pub struct ChangeAgent {
    /// Which agent.
    pub id: AgentId,
    /// Its name.
    pub name: Option<Name>,
    /// Its description; `Some(None)` empties it.
    pub description: Option<Option<Passage>>,
    /// The caller's own data; `Some(None)` removes it.
    pub metadata: Option<Option<Metadata>>,
    /// The policy that its new cards inherit; `Some(None)`: none.
    pub default_policy_id: Option<Option<PolicyId>>,
    /// The version that the caller saw; absent: any.
    pub version: Option<i64>,
}

impl Command for ChangeAgent {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::CreateAgent
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let agent = store::lock(tx, grant, &self.id).await?;
        fresh(self.version, agent.version, "this agent")?;
        let name = self.name.as_ref().map_or(agent.name.as_str(), Name::as_str);
        let description = match &self.description {
            Some(text) => text.as_ref().map_or("", Passage::as_str),
            None => &agent.description,
        };
        let metadata = self.metadata.as_ref().unwrap_or(&agent.metadata);
        let policy = self.default_policy_id.as_ref().unwrap_or(&agent.default_policy_id);
        if *policy != agent.default_policy_id {
            takes_policy(tx, grant, policy.as_ref()).await?;
            let before = terms_of(tx, grant, agent.default_policy_id.as_ref()).await?;
            if widens(&before, &terms_of(tx, grant, policy.as_ref()).await?) {
                grant.demand(Permission::RaiseLimit, tx.now())?;
            }
        }
        sql!(
            tx,
            execute,
            "update agents set name = $4, description = $5, metadata = $6, default_policy_id = $7, version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            name,
            description,
            metadata,
            policy
        )?;
        let told = |name: &str, description: &str, metadata, policy| json!({ "name": name, "description": description, "metadata": metadata, "defaultPolicyId": policy });
        let trail = Trail::new(Action::AgentChanged, Subject::new(Noun::Agent, &self.id, name))
            .before(told(&agent.name, &agent.description, &agent.metadata, &agent.default_policy_id))
            .after(told(name, description, metadata, policy));
        Ok(((), trail))
    }
}

/// What a policy sets; nothing where there is none.
async fn terms_of(tx: &mut Tx, grant: &Grant, policy: Option<&PolicyId>) -> Result<Terms> {
    match policy {
        Some(policy) => Ok(policies::read(tx, grant, policy).await?.terms),
        None => Ok(Terms::default()),
    }
}

/// Refuses a default policy that is none of this environment.
async fn takes_policy(tx: &mut Tx, grant: &Grant, policy: Option<&PolicyId>) -> Result<()> {
    let Some(policy) = policy else { return Ok(()) };
    let there: i64 = sql!(
        tx,
        scalar,
        "select count(*) from policies where organisation_id = $1 and environment = $2 and id = $3",
        grant.organisation(),
        grant.environment(),
        policy
    )?;
    if there == 1 { Ok(()) } else { Err(Error::field("defaultPolicyId", "must be a policy of this environment")) }
}
