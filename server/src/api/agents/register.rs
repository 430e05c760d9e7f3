//! Registering an agent: plainly, or by the caller's own id as often as wanted.
use super::{
    super::{Answer, Call, Failure, Table},
    AgentView, pair, read,
};
use domain::{
    Error,
    access::Permission,
    agents::{self, Agent, AgentStatus, CreateAgent, Created},
    error::{Code, Noun},
    ids::{PolicyId, TokenId, UserId},
    limits::{Frequency, OnLimitExceeded},
    metadata::Metadata,
    money::Amount,
    name::{Line, Name, Passage},
    secret::Revealed,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.post("/v1/agents", Permission::CreateAgent, create)
        .answers::<Registered>("createAgent", "Create an agent")
        .made()
        .notes("The answer holds the agent's first token, which no other answer shows.")
        .misses(Noun::User);
    api.post("/v1/agents/register", Permission::CreateAgent, register)
        .answers::<Registered>("registerAgent", "Create an agent unless there is one of this externalId")
        .made_once()
        .notes("Only the answer that made the agent, 201, holds its first token.")
        .misses(Noun::User)
        .refuses(&[Code::AgentClosed]);
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewAgent {
    user_id: UserId,
    external_id: Option<Line>,
    name: Name,
    description: Option<Passage>,
    spending_limit: Option<Amount>,
    spending_limit_frequency: Option<Frequency>,
    on_limit_exceeded: Option<OnLimitExceeded>,
    #[schema(minimum = 1, maximum = 1000)]
    max_cards: Option<i64>,
    /// What a new card may spend unless it says itself: it is copied to the limit of the card for that window.
    default_card_limit: Option<Amount>,
    /// `perTransaction`, `per24HourPeriod`, `perMonth` or `allTime`: a card has no limit for a week or a year.
    default_card_limit_frequency: Option<Frequency>,
    default_policy_id: Option<PolicyId>,
    metadata: Option<Metadata>,
}

impl NewAgent {
    fn command(self) -> Result<CreateAgent, Failure> {
        Ok(CreateAgent {
            user_id: self.user_id,
            external_id: self.external_id,
            name: self.name,
            description: self.description,
            limit: pair("spendingLimit", self.spending_limit, self.spending_limit_frequency)?,
            on_limit_exceeded: self.on_limit_exceeded,
            max_cards: self.max_cards,
            default_card_limit: pair("defaultCardLimit", self.default_card_limit, self.default_card_limit_frequency)?,
            default_policy_id: self.default_policy_id,
            metadata: self.metadata,
        })
    }
}

/// The agent, with its token if it was made by this call: the only answer that shows it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RegisteredAgent)]
struct Registered {
    #[serde(flatten)]
    agent: AgentView,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    created: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    token_id: Option<TokenId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    token: Option<Revealed>,
}

async fn made(call: &Call, made: Created, created: Option<bool>) -> Answer {
    let agent = read(call, &made.id).await?.into();
    call.created(&Registered { agent, created, token_id: Some(made.token_id), token: Some(made.token.reveal()) })
}

async fn create(call: Call, new: NewAgent) -> Answer {
    let created = call.commit(new.command()?).await?;
    made(&call, created, None).await
}

fn existing(call: &Call, agent: Agent) -> Answer {
    if agent.status == AgentStatus::Closed {
        let why = "The agent with this externalId is deregistered, which is final; register another under another id.";
        return Err(Error::state(Code::AgentClosed, why).into());
    }
    call.is_about(&agent.id);
    call.ok(&Registered { agent: agent.into(), created: Some(false), token_id: None, token: None })
}

/// The agent with this `externalId`: 201 with its token where this call made it, else 200 without.
async fn register(call: Call, new: NewAgent) -> Answer {
    let Some(external_id) = new.external_id.clone() else { return Err(Failure::missing("externalId")) };
    let command = new.command()?;
    let find = || agents::by_external_id(call.db(), call.grant(), &external_id);
    if let Some(agent) = find().await? {
        return existing(&call, agent);
    }
    match call.db().commit(call.grant(), command).await {
        Ok(created) => made(&call, created, Some(true)).await,
        // Another call with the same id was quicker.
        Err(Error::Refused(refused)) if refused.0.iter().any(|(field, _)| field == "externalId") => match find().await?
        {
            Some(agent) => existing(&call, agent),
            None => Err(Error::Refused(refused).into()),
        },
        Err(error) => Err(error.into()),
    }
}
