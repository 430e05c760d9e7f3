//! The tokens of agents: made, listed, rotated, revoked.
use super::super::{Answer, Call, Nothing, PageRequest, Table};
use domain::{
    access::Permission,
    agents::{self, CreateToken, RevokeToken, RotateToken, Token},
    error::{Code, Noun},
    ids::{AgentId, TokenId},
    keys::Overlap,
    name::Name,
    secret::Revealed,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) fn routes(api: &mut Table) {
    api.list("/v1/agents/{id}/tokens", Permission::CreateAgent, list)
        .lists::<TokenView>("listAgentTokens", "List the tokens of an agent")
        .at::<AgentId>("id", Noun::Agent);
    api.post("/v1/agents/{id}/tokens", Permission::CreateAgent, create)
        .answers::<Made>("createAgentToken", "Make another token of an agent")
        .made()
        .at::<AgentId>("id", Noun::Agent)
        .notes("The answer holds the token, which no other answer shows.")
        .refuses(&[Code::AgentClosed]);
    api.post("/v1/agents/{id}/tokens/{tokenId}/rotate", Permission::CreateAgent, rotate)
        .answers::<Rotated>("rotateAgentToken", "Replace a token of an agent by a new one")
        .made()
        .at::<AgentId>("id", Noun::Agent)
        .at::<TokenId>("tokenId", Noun::Token)
        .notes(
            "The new token has the name of the old one and a life as long. The answer holds it, which no other answer \
             does. Both open until the old one's `endsAt`.",
        )
        .refuses(&[Code::AgentClosed, Code::KeyState]);
    api.delete("/v1/agents/{id}/tokens/{tokenId}", Permission::CreateAgent, revoke)
        .answers::<TokenView>("revokeAgentToken", "Revoke a token of an agent")
        .at::<AgentId>("id", Noun::Agent)
        .at::<TokenId>("tokenId", Noun::Token)
        .refuses(&[Code::AlreadyRevoked]);
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
    /// The token that replaces it.
    successor_id: Option<TokenId>,
    /// When it ends beside that one; null where it was not rotated.
    ends_at: Option<Timestamp>,
}

impl From<Token> for TokenView {
    fn from(token: Token) -> Self {
        Self {
            object: "agent_token",
            id: token.id,
            agent_id: token.agent_id,
            name: token.name,
            token_prefix: token.masked,
            is_active: token.status.opens(),
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            revoked_at: token.revoked_at,
            successor_id: token.successor,
            ends_at: token.ends_at,
        }
    }
}

async fn list(call: Call, page: PageRequest, _: Nothing) -> Answer {
    let agent: AgentId = call.id("id", Noun::Agent)?;
    let page = agents::tokens(call.db(), call.grant(), &agent, &page.paging()?).await?;
    call.list(&page.map(TokenView::from), |token| &token.id)
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewToken {
    name: Option<Name>,
    expires_at: Option<Timestamp>,
}

/// The token just made: the only answer that shows it.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedAgentToken)]
struct Made {
    #[serde(flatten)]
    view: TokenView,
    token: Revealed,
}

async fn create(call: Call, new: NewToken) -> Answer {
    let agent_id: AgentId = call.id("id", Noun::Agent)?;
    let name = new.name.unwrap_or_else(|| Name::parse("Token").expect("a name"));
    let (id, token) = call.commit(CreateToken { agent_id, name, expires_at: new.expires_at }).await?;
    let view = agents::token(call.db(), call.grant(), &id).await?.into();
    call.created(&Made { view, token: token.reveal() })
}

#[derive(Deserialize, ToSchema)]
struct Rotation {
    /// For how long the old token opens beside the new one; `24h`, when absent.
    overlap: Option<Overlap>,
}

/// The token just made, in the only answer that shows it, and the one that it replaces.
#[derive(Serialize, ToSchema)]
#[schema(as = RotatedAgentToken)]
struct Rotated {
    #[serde(flatten)]
    view: TokenView,
    token: Revealed,
    predecessor: TokenView,
}

async fn rotate(call: Call, rotation: Rotation) -> Answer {
    let agent: AgentId = call.id("id", Noun::Agent)?;
    // An agent that is not there says so, whatever the token is.
    agents::get(call.db(), call.grant(), &agent).await?;
    let id: TokenId = call.id("tokenId", Noun::Token)?;
    let overlap = rotation.overlap.unwrap_or(Overlap::Day);
    let rotated = call.commit(RotateToken { id: id.clone(), agent_id: Some(agent), overlap }).await?;
    let view = agents::token(call.db(), call.grant(), &rotated.id).await?.into();
    let predecessor = agents::token(call.db(), call.grant(), &id).await?.into();
    call.created(&Rotated { view, token: rotated.secret.reveal(), predecessor })
}

async fn revoke(call: Call, _: Nothing) -> Answer {
    let agent: AgentId = call.id("id", Noun::Agent)?;
    // An agent that is not there says so, whatever the token is.
    agents::get(call.db(), call.grant(), &agent).await?;
    let id: TokenId = call.id("tokenId", Noun::Token)?;
    call.commit(RevokeToken { id: id.clone(), agent_id: Some(agent) }).await?;
    let token = agents::token(call.db(), call.grant(), &id).await?;
    call.ok(&TokenView::from(token))
}
