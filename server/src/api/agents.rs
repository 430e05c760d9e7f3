//! Agents: registered, seen, changed, suspended.
use super::{Answer, Call, Failure, Nothing, PageRequest, Table, json::present};
use domain::{
    access::Permission,
    agents::{
        self, Agent, AgentStatus, ChangeAgent, CreateAgent, Filter, ResumeAgent, SetLimit, SuspendAgent, Token,
        UpdateAgent,
    },
    error::{Code, Noun},
    ids::{AgentId, TokenId, UserId},
    keys::KeyStatus,
    limits::{Frequency, OnLimitExceeded},
    metadata::Metadata,
    money::Amount,
    name::{Line, Name, Passage},
    page::Page,
    secret::Revealed,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.list("/v1/agents", Permission::View, list).lists::<AgentView>("listAgents", "List agents");
    api.post("/v1/agents", Permission::CreateAgent, create)
        .answers::<Registered>("createAgent", "Create an agent")
        .made()
        .notes("The answer holds the agent's first token, which no other answer shows.")
        .misses(Noun::User);
    api.get("/v1/agents/{id}", Permission::View, show)
        .answers::<AgentView>("readAgent", "Read an agent")
        .at::<AgentId>("id", Noun::Agent);
    api.patch("/v1/agents/{id}", Permission::View, update)
        .answers::<AgentView>("updateAgent", "Change an agent")
        .at::<AgentId>("id", Noun::Agent)
        .notes("Each field needs its own permission: raising a limit, suspending, renaming.")
        .refuses(&[Code::AgentSuspended, Code::AgentNotSuspended, Code::StaleEdit]);
    api.post("/v1/agents/{id}/suspend", Permission::Freeze, suspend)
        .answers::<Suspended>("suspendAgent", "Suspend an agent and freeze its cards")
        .at::<AgentId>("id", Noun::Agent)
        .refuses(&[Code::AgentSuspended]);
    api.get("/v1/agents/{id}/policy", Permission::View, policy)
        .answers::<Policy>("readAgentPolicy", "Read what limits an agent")
        .at::<AgentId>("id", Noun::Agent);
    api.get("/v1/agents/{id}/tokens", Permission::CreateAgent, tokens)
        .lists::<TokenView>("listAgentTokens", "List the tokens of an agent")
        .at::<AgentId>("id", Noun::Agent);
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AgentView {
    #[schema(pattern = "^agent$")]
    object: &'static str,
    id: AgentId,
    external_id: Option<String>,
    user_id: UserId,
    name: String,
    description: String,
    status: AgentStatus,
    spending_limit: Option<Amount>,
    spending_limit_frequency: Option<Frequency>,
    on_limit_exceeded: Option<OnLimitExceeded>,
    current_spend: i64,
    max_cards: Option<i64>,
    card_count: i64,
    metadata: Option<Metadata>,
    created_at: Timestamp,
}

impl From<Agent> for AgentView {
    fn from(agent: Agent) -> Self {
        Self {
            object: "agent",
            id: agent.id,
            external_id: agent.external_id,
            user_id: agent.user_id,
            name: agent.name,
            description: agent.description,
            status: agent.status,
            spending_limit: agent.spending_limit,
            spending_limit_frequency: agent.spending_limit_frequency,
            on_limit_exceeded: agent.on_limit_exceeded,
            current_spend: agent.current_spend,
            max_cards: agent.max_cards,
            card_count: agent.card_count,
            metadata: agent.metadata,
            created_at: agent.created_at,
        }
    }
}

async fn read(call: &Call, id: &AgentId) -> Result<Agent, Failure> {
    Ok(agents::get(call.db(), call.grant(), id).await?)
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    status: Option<AgentStatus>,
    user_id: Option<UserId>,
}

async fn list(call: Call, page: PageRequest, wanted: Wanted) -> Answer {
    let filter = Filter { status: wanted.status, user_id: wanted.user_id };
    let page = agents::list(call.db(), call.grant(), &filter, &page.paging()?).await?;
    call.list(&page.map(AgentView::from), |agent| &agent.id)
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
    metadata: Option<Metadata>,
}

/// The agent just made, with its token: the only answer that shows it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreatedAgent)]
struct Registered {
    #[serde(flatten)]
    agent: AgentView,
    token_id: TokenId,
    token: Revealed,
}

async fn create(call: Call, new: NewAgent) -> Answer {
    let command = CreateAgent {
        user_id: new.user_id,
        external_id: new.external_id,
        name: new.name,
        description: new.description,
        limit: pair(new.spending_limit, new.spending_limit_frequency)?,
        on_limit_exceeded: new.on_limit_exceeded,
        max_cards: new.max_cards,
        metadata: new.metadata,
    };
    let made = call.commit(command).await?;
    let agent = read(&call, &made.id).await?.into();
    call.created(&Registered { agent, token_id: made.token_id, token: made.token.reveal() })
}

/// A limit is an amount and its window, or neither.
fn pair(limit: Option<Amount>, frequency: Option<Frequency>) -> Result<Option<(Amount, Frequency)>, Failure> {
    match (limit, frequency) {
        (Some(limit), Some(frequency)) => Ok(Some((limit, frequency))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(Failure::missing("spendingLimitFrequency")),
        (None, Some(_)) => Err(Failure::missing("spendingLimit")),
    }
}

async fn show(call: Call, _: Nothing) -> Answer {
    let agent = read(&call, &call.id("id", Noun::Agent)?).await?;
    call.ok(&AgentView::from(agent))
}

/// What is absent stays; `null` clears.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Edit {
    name: Option<Name>,
    #[serde(default, deserialize_with = "present")]
    description: Option<Option<Passage>>,
    status: Option<AgentStatus>,
    #[serde(default, deserialize_with = "present")]
    spending_limit: Option<Option<Amount>>,
    #[serde(default, deserialize_with = "present")]
    spending_limit_frequency: Option<Option<Frequency>>,
    #[serde(default, deserialize_with = "present")]
    on_limit_exceeded: Option<Option<OnLimitExceeded>>,
    #[serde(default, deserialize_with = "present")]
    metadata: Option<Option<Metadata>>,
}

/// The reason that the audit log gives for what is changed without one.
fn through_the_api() -> Line {
    Line::parse("Changed through the API").expect("a line")
}

async fn update(call: Call, edit: Edit) -> Answer {
    let agent = read(&call, &call.id("id", Noun::Agent)?).await?;
    let id = || agent.id.clone();
    let mut command = UpdateAgent::default();
    if edit.spending_limit.is_some() || edit.spending_limit_frequency.is_some() || edit.on_limit_exceeded.is_some() {
        let limit = edit.spending_limit.unwrap_or(agent.spending_limit);
        // Lifting the limit lifts its window.
        let kept = agent.spending_limit_frequency.filter(|_| limit.is_some());
        let limit = pair(limit, edit.spending_limit_frequency.unwrap_or(kept))?;
        let on_exceeded = edit.on_limit_exceeded.unwrap_or(agent.on_limit_exceeded);
        let version = Some(agent.version);
        command.limit = Some(SetLimit { id: id(), limit, on_exceeded, reason: through_the_api(), version });
    }
    if edit.name.is_some() || edit.description.is_some() || edit.metadata.is_some() {
        let Edit { name, description, metadata, .. } = edit;
        command.change = Some(ChangeAgent { id: id(), name, description, metadata, version: None });
    }
    match edit.status.filter(|status| *status != agent.status) {
        Some(AgentStatus::Suspended) => {
            command.suspend = Some(SuspendAgent { id: id(), reason: through_the_api() });
        }
        Some(AgentStatus::Active) => command.resume = Some(ResumeAgent { id: id() }),
        None => {}
    }
    let nothing = command.limit.is_none() && command.change.is_none();
    if nothing && command.suspend.is_none() && command.resume.is_none() {
        return call.ok(&AgentView::from(agent));
    }
    call.commit(command).await?;
    let after = read(&call, &agent.id).await?;
    call.ok(&AgentView::from(after))
}

#[derive(Deserialize, ToSchema)]
struct Why {
    reason: Option<Line>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SuspendedAgent)]
struct Suspended {
    #[serde(flatten)]
    agent: AgentView,
    previous_status: AgentStatus,
}

async fn suspend(call: Call, why: Why) -> Answer {
    let id: AgentId = call.id("id", Noun::Agent)?;
    let reason = why.reason.unwrap_or_else(through_the_api);
    call.commit(SuspendAgent { id: id.clone(), reason }).await?;
    let agent = read(&call, &id).await?.into();
    // Only an active agent can be suspended.
    call.ok(&Suspended { agent, previous_status: AgentStatus::Active })
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AgentPolicy)]
struct Policy {
    #[schema(pattern = "^agent_policy$")]
    object: &'static str,
    agent_id: AgentId,
    spending_limit: Option<Amount>,
    spending_limit_frequency: Option<Frequency>,
    current_spend: i64,
    remaining: Option<i64>,
    on_limit_exceeded: Option<OnLimitExceeded>,
}

async fn policy(call: Call, _: Nothing) -> Answer {
    let agent = read(&call, &call.id("id", Noun::Agent)?).await?;
    call.ok(&Policy {
        object: "agent_policy",
        remaining: agent.remaining(),
        agent_id: agent.id,
        spending_limit: agent.spending_limit,
        spending_limit_frequency: agent.spending_limit_frequency,
        current_spend: agent.current_spend,
        on_limit_exceeded: agent.on_limit_exceeded,
    })
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AgentToken)]
struct TokenView {
    #[schema(pattern = "^agent_token$")]
    object: &'static str,
    id: TokenId,
    agent_id: AgentId,
    name: String,
    token_prefix: String,
    is_active: bool,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

async fn tokens(call: Call, _: Nothing) -> Answer {
    let agent: AgentId = call.id("id", Noun::Agent)?;
    let view = |token: Token| TokenView {
        object: "agent_token",
        id: token.id,
        agent_id: agent.clone(),
        name: token.name,
        token_prefix: token.masked,
        is_active: token.status == KeyStatus::Active,
        created_at: token.created_at,
        expires_at: token.expires_at,
        last_used_at: token.last_used_at,
        revoked_at: token.revoked_at,
    };
    let rows = agents::tokens(call.db(), call.grant(), &agent).await?;
    call.list(&Page { rows: rows.into_iter().map(view).collect(), older: false, newer: false }, |token| &token.id)
}
