//! The tokens of an agent: on its page the newest, here all of them; made, rotated and revoked beside.
pub(super) mod new;
pub(super) mod revoke;
pub(super) mod rotate;

use super::show::get_agent;
use crate::{
    cx::{Cx, cx},
    keys::parts::status_word,
    list::optional_moment,
    part::could_not_load,
    paths,
    problem::Problem,
    query::{or_first, pager, paging},
    screen::{Loaded, Page as Screen},
    ui::{Badge, ButtonLink, Code, Column, Icon, Look, Moment, NothingYet, Panel, Table},
};
use domain::{
    access::Permission,
    agents::{self, Agent, AgentStatus, Token},
    ids::{AgentId, TokenId},
    keys::KeyStatus,
    page::{Page, Paging},
};
use leptos::prelude::*;

/// How many of its newest tokens an agent's page shows.
pub(super) const NEWEST: u8 = 10;

/// One page of an agent's tokens.
#[server]
pub async fn list_tokens(agent: AgentId, paging: Paging<TokenId>) -> Result<Page<Token>, Problem> {
    let cx = cx();
    Ok(agents::tokens(cx.db(), cx.grant()?, &agent, &paging).await?)
}

fn table(cx: &Cx, tokens: &[Token]) -> AnyView {
    let (e, zone, may) = (cx.environment, cx.zone(), cx.may(Permission::RevokeKey));
    let may_rotate = cx.may(Permission::CreateKey);
    let rows = tokens
        .iter()
        .map(|token| {
            let (tone, word) = status_word(token.status);
            let rotate = (may_rotate && token.status == KeyStatus::Active).then(|| {
                let href = paths::rotate_token(e, &token.id);
                view! { <ButtonLink href word="Rotate" look=Look::Plain small=true /> }
            });
            let revoke = (may && token.revoked_at.is_none()).then(|| {
                let href = paths::revoke_token(e, &token.id);
                view! { <ButtonLink href word="Revoke" look=Look::Plain small=true /> }
            });
            vec![
                token.name.clone().into_any(),
                view! { <Code text=token.masked.clone() /> }.into_any(),
                view! { <Badge tone word /> }.into_any(),
                optional_moment(token.end(), zone, "Never"),
                optional_moment(token.last_used_at, zone, "Never"),
                view! { <Moment at=token.created_at.0 zone /> }.into_any(),
                view! { {rotate}{revoke} }.into_any(),
            ]
        })
        .collect();
    let mut columns: Vec<Column> =
        ["Token", "Text", "Status", "Ends", "Last used", "Created"].into_iter().map(Column::new).collect();
    columns.push(Column::actions("Act"));
    let empty = view! { <NothingYet title="No tokens" text="This agent has no token of its own." icon=Icon::Key /> };
    view! { <Table caption="Tokens" quiet=true columns rows empty=empty.into_any() /> }.into_any()
}

fn new_link(cx: &Cx, agent: &Agent) -> Option<AnyView> {
    let href = paths::new_token(cx.environment, &agent.id);
    let may = cx.may(Permission::CreateKey) && agent.status != AgentStatus::Closed;
    may.then(|| view! { <ButtonLink href word="New token" small=true icon=Icon::Plus /> }.into_any())
}

/// The newest tokens on the agent's own page; none where they could not be read.
pub(super) fn panel(cx: &Cx, agent: &Agent, tokens: Option<&Page<Token>>) -> AnyView {
    let (body, more) = match tokens {
        Some(page) => (table(cx, &page.rows), page.older),
        None => (could_not_load(cx, "tokens"), false),
    };
    let all = more.then(|| view! { <a href=paths::agent_tokens(cx.environment, &agent.id)>"All tokens"</a> });
    let actions = view! { {all}{new_link(cx, agent)} }.into_any();
    view! { <Panel title="Tokens" actions>{body}</Panel> }.into_any()
}

/// The page of all tokens.
pub async fn page() -> Loaded {
    let cx = cx();
    let agent = get_agent(cx.id("id")?).await?;
    let page = or_first(&cx, list_tokens(agent.id.clone(), paging(&cx)?).await?)?;
    let pages = pager(&cx, "tokens", &page, |token| token.id.to_string());
    let body = view! { <div class="stack">{table(&cx, &page.rows)}{pages}</div> };
    let e = cx.environment;
    Ok(Screen::new(format!("Tokens of {}", agent.name), body)
        .lead("Each reaches this agent only: its cards, its intents, its limit, its purchases.")
        .actions(new_link(&cx, &agent))
        .under("Agents", paths::agents(e))
        .under(agent.name, paths::agent(e, &agent.id)))
}
