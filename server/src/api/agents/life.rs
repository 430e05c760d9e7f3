//! What an agent goes through: suspended, resumed, deregistered.
use super::{
    super::{Answer, Call, Failure, Nothing, Table},
    AgentView, read, through_the_api,
};
use domain::{
    Error,
    access::Permission,
    agents::{self, AgentStatus, CloseAgent, ResumeAgent, SuspendAgent},
    error::{Code, Noun},
    ids::{AgentId, TokenId},
    name::Line,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.post("/v1/agents/{id}/suspend", Permission::Freeze, suspend)
        .answers::<Turned>("suspendAgent", "Suspend an agent and freeze its cards")
        .at::<AgentId>("id", Noun::Agent)
        .refuses(&[Code::AgentClosed, Code::AgentSuspended]);
    api.post("/v1/agents/{id}/resume", Permission::Unfreeze, resume)
        .answers::<Turned>("resumeAgent", "Resume an agent and unfreeze the cards that its suspension froze")
        .at::<AgentId>("id", Noun::Agent)
        .refuses(&[Code::AgentClosed, Code::AgentNotSuspended]);
    api.delete("/v1/agents/{id}", Permission::Unfreeze, deregister)
        .answers::<Turned>("deregisterAgent", "Take an agent out of service for good and end its tokens")
        .at::<AgentId>("id", Noun::Agent)
        .notes("Its cards must be closed and its purchases settled before. Asked again it says the same.")
        .refuses(&[Code::OpenCards, Code::OpenHolds]);
}

#[derive(Deserialize, ToSchema)]
struct Why {
    reason: Option<Line>,
}

/// The agent after the step, with its state before it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TurnedAgent)]
struct Turned {
    #[serde(flatten)]
    agent: AgentView,
    previous_status: AgentStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ended_tokens: Option<Vec<TokenId>>,
}

async fn turned(call: &Call, id: &AgentId, previous_status: AgentStatus, ended: Option<Vec<TokenId>>) -> Answer {
    let agent = read(call, id).await?.into();
    call.ok(&Turned { agent, previous_status, ended_tokens: ended })
}

async fn suspend(call: Call, why: Why) -> Answer {
    let id: AgentId = call.id("id", Noun::Agent)?;
    let reason = why.reason.unwrap_or_else(through_the_api);
    call.commit(SuspendAgent { id: id.clone(), reason }).await?;
    // Only an active agent can be suspended.
    turned(&call, &id, AgentStatus::Active, None).await
}

async fn resume(call: Call, _: Nothing) -> Answer {
    let id: AgentId = call.id("id", Noun::Agent)?;
    call.commit(ResumeAgent { id: id.clone() }).await?;
    // Only a suspended agent can be resumed.
    turned(&call, &id, AgentStatus::Suspended, None).await
}

/// Ends the agent for good. Asked again it says the same, so that whoever takes an agent out of service can begin anew
/// after any fault.
async fn deregister(call: Call, _: Nothing) -> Answer {
    let id: AgentId = call.id("id", Noun::Agent)?;
    let closed = call.db().commit(call.grant(), CloseAgent { id: id.clone(), reason: through_the_api() }).await;
    match closed {
        Ok(closed) => turned(&call, &id, closed.before, Some(closed.tokens)).await,
        Err(Error::State { code: Code::AgentClosed, .. }) => {
            turned(&call, &id, AgentStatus::Closed, Some(Vec::new())).await
        }
        Err(error @ Error::State { code: Code::OpenCards | Code::OpenHolds, .. }) => {
            let open = agents::open(call.db(), call.grant(), &id).await?;
            let cards = open.cards.iter().map(
                |card| json!({ "id": card.id, "status": card.status, "last4": card.last4, "purpose": card.purpose }),
            );
            let holds = open.holds.iter().map(|hold| {
                json!({
                    "id": hold.id, "amount": hold.amount, "currency": hold.currency, "merchantName": hold.merchant_name,
                })
            });
            let failure = Failure::from(error).with("openCards", cards.collect());
            Err(failure.with("openTransactions", holds.collect()))
        }
        Err(error) => Err(error.into()),
    }
}
