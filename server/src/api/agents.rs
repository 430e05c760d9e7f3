//! Agents: seen and changed; what else becomes of them is beside.
mod life;
mod register;
mod tokens;

use super::{
    Answer, Call, Failure, Nothing, PageRequest, Table,
    json::present,
    terms::{Grouped, body_with_terms},
};
use domain::{
    access::Permission,
    agents::{self, Agent, AgentStatus, ChangeAgent, Filter, ResumeAgent, SetLimit, SuspendAgent, UpdateAgent},
    error::{Code, Noun},
    ids::{AgentId, PolicyId, UserId},
    limits::{
        Frequency, OnLimitExceeded,
        levels::{self, SetAgentRules},
        standing::{self, Standing},
        terms::Terms,
    },
    metadata::Metadata,
    money::Amount,
    name::{Line, Name, Passage},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.list("/v1/agents", Permission::View, list).lists::<AgentView>("listAgents", "List agents");
    register::routes(api);
    api.get("/v1/agents/{id}", Permission::View, show)
        .answers::<AgentView>("readAgent", "Read an agent")
        .at::<AgentId>("id", Noun::Agent);
    api.patch("/v1/agents/{id}", Permission::View, update)
        .answers::<AgentView>("updateAgent", "Change an agent")
        .at::<AgentId>("id", Noun::Agent)
        .notes("Each field needs its own permission: raising a limit, suspending, renaming.")
        .refuses(&[Code::AgentClosed, Code::AgentSuspended, Code::AgentNotSuspended, Code::StaleEdit]);
    life::routes(api);
    api.get("/v1/agents/{id}/policy", Permission::View, policy)
        .answers::<Policy>("readAgentPolicy", "Read what limits an agent")
        .at::<AgentId>("id", Noun::Agent);
    api.patch("/v1/agents/{id}/policy", Permission::LowerLimit, set_policy)
        .answers::<Policy>("updateAgentPolicy", "Change what an agent sets for all its cards")
        .at::<AgentId>("id", Noun::Agent)
        .notes("Loosening needs the permission to raise a limit.")
        .refuses(&[Code::AgentClosed, Code::StaleEdit]);
    tokens::routes(api);
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
    /// What a new card may spend unless it says itself.
    default_card_limit: Option<Amount>,
    default_card_limit_frequency: Option<Frequency>,
    default_policy_id: Option<PolicyId>,
    metadata: Option<Metadata>,
    created_at: Timestamp,
    closed_at: Option<Timestamp>,
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
            default_card_limit: agent.default_card_limit,
            default_card_limit_frequency: agent.default_card_limit_frequency,
            default_policy_id: agent.default_policy_id,
            metadata: agent.metadata,
            created_at: agent.created_at,
            closed_at: agent.closed_at,
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

/// A limit is an amount and its window, or neither. Its name is that of the amount.
fn pair(
    name: &str,
    limit: Option<Amount>,
    frequency: Option<Frequency>,
) -> Result<Option<(Amount, Frequency)>, Failure> {
    match (limit, frequency) {
        (Some(limit), Some(frequency)) => Ok(Some((limit, frequency))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(Failure::missing(format!("{name}Frequency"))),
        (None, Some(_)) => Err(Failure::missing(name)),
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
    default_policy_id: Option<Option<PolicyId>>,
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
        let limit = pair("spendingLimit", limit, edit.spending_limit_frequency.unwrap_or(kept))?;
        let on_exceeded = edit.on_limit_exceeded.unwrap_or(agent.on_limit_exceeded);
        let version = Some(agent.version);
        command.limit = Some(SetLimit { id: id(), limit, on_exceeded, reason: through_the_api(), version });
    }
    let described = edit.name.is_some() || edit.description.is_some() || edit.metadata.is_some();
    if described || edit.default_policy_id.is_some() {
        let Edit { name, description, default_policy_id, metadata, .. } = edit;
        command.change = Some(ChangeAgent { id: id(), name, description, metadata, default_policy_id, version: None });
    }
    match edit.status.filter(|status| *status != agent.status) {
        Some(AgentStatus::Suspended) => {
            command.suspend = Some(SuspendAgent { id: id(), reason: through_the_api() });
        }
        Some(AgentStatus::Active) => command.resume = Some(ResumeAgent { id: id() }),
        Some(AgentStatus::Closed) => {
            let why = "must be active or suspended; DELETE deregisters the agent";
            return Err(Failure::value("status", why));
        }
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
    /// What the agent itself sets for all its cards.
    #[serde(flatten)]
    set: Grouped,
    /// What organisation and agent set together: each rule with the level that counts.
    rules: Vec<Standing>,
    version: i64,
}

async fn standing(call: &Call, id: &AgentId) -> Result<Policy, Failure> {
    let agent = read(call, id).await?;
    let own = levels::agent(call.db(), call.grant(), id).await?;
    let case = levels::agent_case(call.db(), call.grant(), id).await?;
    Ok(Policy {
        object: "agent_policy",
        remaining: agent.remaining(),
        agent_id: agent.id,
        spending_limit: agent.spending_limit,
        spending_limit_frequency: agent.spending_limit_frequency,
        current_spend: agent.current_spend,
        on_limit_exceeded: agent.on_limit_exceeded,
        set: Terms::of(&own.rules).into(),
        rules: standing::of_agent(&case),
        version: own.version,
    })
}

async fn policy(call: Call, _: Nothing) -> Answer {
    call.ok(&standing(&call, &call.id("id", Noun::Agent)?).await?)
}

body_with_terms! {
    struct RulesChange {
        version: Option<i64>,
    }
}

async fn set_policy(call: Call, mut change: RulesChange) -> Answer {
    let id: AgentId = call.id("id", Noun::Agent)?;
    let set = change.change()?;
    call.commit(SetAgentRules { id: id.clone(), set, reason: None, version: change.version }).await?;
    call.ok(&standing(&call, &id).await?)
}
