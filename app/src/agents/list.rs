//! The list of agents.
use super::parts;
use crate::{
    cx::cx,
    list::Filters,
    paths,
    problem::Problem,
    query::{kept, or_first, pager, paging, word},
    screen::{Loaded, Page as Screen},
    ui::{ButtonLink, Choice, Column, FilterBar, Icon, Look, Moment, NothingYet, Select, Table, grouped},
    views::Strip,
};
use domain::{
    access::Permission,
    agents::{self, Agent, AgentStatus, Filter},
    ids::{AgentId, UserId},
    page::{Page, Paging},
    views,
};
use leptos::prelude::*;
use serde::Deserialize;

/// One page of agents.
#[server]
pub async fn list_agents(filter: Filter, paging: Paging<AgentId>) -> Result<Page<Agent>, Problem> {
    let cx = cx();
    Ok(agents::list(cx.db(), cx.grant()?, &filter, &paging).await?)
}

#[derive(Default, Deserialize)]
struct Query {
    status: Option<String>,
    user: Option<String>,
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let views = Strip::of(&cx, views::Screen::Agents).await?;
    let query: Query = cx.query();
    let filter =
        Filter { status: word::<AgentStatus>(query.status.as_ref()), user_id: word::<UserId>(query.user.as_ref()) };
    let page = or_first(&cx, list_agents(filter.clone(), paging(&cx)?).await?)?;
    let (e, zone) = (cx.environment, cx.zone());
    let home = paths::agents(e);
    let user = filter.user_id.map(|id| page.rows.first().map_or(id.to_string(), |agent| agent.user_name.clone()));
    let filters = Filters::new(home.clone())
        .with(&cx, "status", "Status", filter.status.map(|s| s.to_string()))
        .with(&cx, "user", "User", user);
    let new = || cx.may(Permission::CreateAgent).then(|| ("Register agent".to_owned(), paths::new_agent(e)));
    let empty = filters.empty("agents", || {
        view! {
            <NothingYet
                title="No agents yet"
                text="An agent spends for one user, on cards of its own, under one limit over all of them."
                icon=Icon::Agent
                action=new()
            />
        }
        .into_any()
    });
    let rows = page
        .rows
        .iter()
        .map(|agent| {
            let activity = agent.last_activity_at.map(|at| view! { <Moment at=at.0 zone /> }.into_any());
            vec![
                view! { <a href=paths::agent(e, &agent.id)>{agent.name.clone()}</a> }.into_any(),
                agent.user_name.clone().into_any(),
                parts::status(agent.status),
                parts::meter(agent),
                grouped(agent.card_count.unsigned_abs()).into_any(),
                activity.unwrap_or_else(|| "None yet".into_any()),
            ]
        })
        .collect();
    let columns = vec![
        Column::new("Agent"),
        Column::new("Spends for"),
        Column::new("Status"),
        Column::new("Spend against limit"),
        Column::numeric("Open cards"),
        Column::new("Last activity"),
    ];
    let mut choices = vec![Choice::new("", "Any status")];
    choices.extend(AgentStatus::ALL.iter().map(|s| Choice::new(s.as_str(), parts::status_word(*s).1)));
    let chosen = filter.status.map(|s| s.to_string()).unwrap_or_default();
    let keep = kept(&cx, &["status"]);
    let pages = pager(&cx, "agents", &page, |agent| agent.id.to_string());
    let body = view! {
        <div class="stack">
            <FilterBar action=home keep><Select name="status" label="Status" choices value=chosen /></FilterBar>
            {views.show(&cx)}
            {filters.chips()}
            <Table caption="Agents" quiet=true columns rows empty />
            {pages}
        </div>
    };
    let actions = new().map(|(word, href)| view! { <ButtonLink href word look=Look::Primary icon=Icon::Plus /> });
    Ok(Screen::new("Agents", body).lead("Who spends, for whom, and how much of the limit is used.").actions(actions))
}
