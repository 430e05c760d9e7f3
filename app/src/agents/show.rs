//! One agent: its user with status and balance, its limit, its cards, its tokens.
use super::parts;
use crate::{
    audit::history,
    cx::cx,
    keys::parts::status_word,
    part::{could_not_load, part, trouble},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{
        Badge, ButtonLink, Code, Column, Fact, Facts, Moment, Money, NothingYet, Panel, Precision, Table, Tone, local,
    },
};
use domain::{
    access::Permission,
    agents::{self, Agent, AgentStatus, Token},
    ids::{AgentId, UserId},
    limits::OnLimitExceeded,
    users::{self, User},
};
use leptos::prelude::*;

/// The agent of this id.
#[server]
pub async fn get_agent(id: AgentId) -> Result<Agent, Problem> {
    let cx = cx();
    Ok(agents::get(cx.db(), cx.grant()?, &id).await?)
}

/// The user that an agent spends for.
#[server]
pub async fn get_user(id: UserId) -> Result<User, Problem> {
    let cx = cx();
    Ok(users::get(cx.db(), cx.grant()?, &id).await?)
}

/// The tokens of an agent.
#[server]
pub async fn list_tokens(agent: AgentId) -> Result<Vec<Token>, Problem> {
    let cx = cx();
    Ok(agents::tokens(cx.db(), cx.grant()?, &agent).await?)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let agent = get_agent(cx.id("id")?).await?;
    let user = part(get_user(agent.user_id.clone())).await?;
    let tokens = part(list_tokens(agent.id.clone())).await?;
    let history = history::of_object(&cx, agent.id.as_str()).await?;
    let (e, zone) = (cx.environment, cx.zone());
    let funding = match &user {
        Some(user) => funding(user),
        None => {
            let said = trouble(&cx, "The user");
            view! { <Panel title="Spends for">{said}</Panel> }.into_any()
        }
    };
    let tokens = match &tokens {
        Some(tokens) => token_table(zone, tokens),
        None => {
            let said = could_not_load(&cx, "tokens");
            view! { <Panel title="Tokens">{said}</Panel> }.into_any()
        }
    };
    let body = view! {
        <div class="stack">
            {(!agent.description.is_empty()).then(|| view! { <p class="lead">{agent.description.clone()}</p> })}
            <div class="grid">{limit(&cx, &agent)}{funding}</div>
            {tokens}
            {about(zone, &agent)}
            {history}
        </div>
    };
    let stop = match agent.status {
        AgentStatus::Active => cx
            .may(Permission::Freeze)
            .then(|| view! { <ButtonLink href=paths::suspend_agent(e, &agent.id) word="Suspend" /> }),
        AgentStatus::Suspended => cx
            .may(Permission::Unfreeze)
            .then(|| view! { <ButtonLink href=paths::resume_agent(e, &agent.id) word="Resume" /> }),
    };
    let links = view! {
        <ButtonLink href=paths::with_query(&paths::cards(e), [("agent", Some(&agent.id))]) word="Cards" />
        <ButtonLink href=paths::with_query(&paths::purchases(e), [("agent", Some(&agent.id))]) word="Purchases" />
        <ButtonLink href=paths::with_query(&paths::requests(e), [("agent", Some(&agent.id))]) word="Requests" />
        {stop}
    };
    Ok(Page::new(agent.name.clone(), body)
        .badge(parts::status(agent.status))
        .actions(links)
        .under("Agents", paths::agents(e)))
}

fn limit(cx: &crate::cx::Cx, agent: &Agent) -> AnyView {
    let (e, zone) = (cx.environment, cx.zone());
    let window = match (agent.window_start, agent.next_reset) {
        (Some(start), Some(reset)) => format!(
            "Counted since {}; starts again on {} ({}).",
            local(start.0, zone, Precision::Minute),
            local(reset.0, zone, Precision::Minute),
            zone.name()
        ),
        (Some(start), None) => format!("Rolling: counted since {}.", local(start.0, zone, Precision::Minute)),
        _ => String::new(),
    };
    let loose = matches!(agent.on_limit_exceeded, Some(OnLimitExceeded::Notify | OnLimitExceeded::None));
    let beyond = match agent.on_limit_exceeded {
        _ if agent.spending_limit.is_none() => "",
        None => "Beyond it purchases are declined.",
        Some(OnLimitExceeded::Suspend) => "Beyond it the purchase is declined and the agent suspended.",
        Some(_) => "Beyond it purchases still go through.",
    };
    let reason = agent.suspended_reason.clone().map(|why| view! { <p>"Suspended: "{why}</p> });
    let change = if cx.may(Permission::LowerLimit) {
        view! { <ButtonLink href=paths::agent_limit(e, &agent.id) word="Change limit" small=true /> }.into_any()
    } else {
        ().into_any()
    };
    let meter = parts::meter(agent);
    view! {
        <Panel title="Limit" actions=change>
            {meter}
            <p class="hint">{window}" "{beyond}" "{loose.then(|| view! { <Badge tone=Tone::Warn word="Not enforced" /> })}</p>
            {reason}
        </Panel>
    }
    .into_any()
}

fn funding(user: &User) -> AnyView {
    let (currency, exponent) = (user.currency.as_str(), user.currency.exponent());
    let money = |minor: i64| view! { <Money minor currency exponent /> };
    let facts = vec![
        Fact::new("User", format!("{} ({})", user.name(), user.email)),
        Fact::new("Application", parts::application(user.application_status)),
        Fact::new("Can still be spent", money(user.balance.spending_power)),
        Fact::new("Deposited", money(user.balance.credit_limit)),
        Fact::new("Held", money(user.balance.pending_charges)),
        Fact::new("Settled", money(user.balance.posted_charges)),
    ];
    view! { <Panel title="Spends for"><Facts facts /></Panel> }.into_any()
}

fn token_table(zone: chrono_tz::Tz, tokens: &[Token]) -> AnyView {
    let rows = tokens
        .iter()
        .map(|token| {
            let (tone, word) = status_word(token.status);
            let used = token.last_used_at.map(|at| view! { <Moment at=at.0 zone /> }.into_any());
            vec![
                token.name.clone().into_any(),
                view! { <Code text=token.masked.clone() /> }.into_any(),
                view! { <Badge tone word /> }.into_any(),
                used.unwrap_or_else(|| "Never".into_any()),
                view! { <Moment at=token.created_at.0 zone /> }.into_any(),
            ]
        })
        .collect();
    let columns = ["Token", "Text", "Status", "Last used", "Created"].into_iter().map(Column::new).collect();
    let empty = view! { <NothingYet title="No tokens" text="This agent has no token of its own." /> }.into_any();
    view! { <Panel title="Tokens"><Table caption="Tokens" quiet=true columns rows empty /></Panel> }.into_any()
}

fn about(zone: chrono_tz::Tz, agent: &Agent) -> AnyView {
    let most = agent.max_cards.map_or("no cap".to_owned(), |most| format!("at most {most}"));
    let facts = vec![
        Fact::new("Id", view! { <Code text=agent.id.to_string() copy="agent id" /> }),
        Fact::new("External id", agent.external_id.clone().unwrap_or_else(|| "none".into())),
        Fact::new("Open cards", format!("{} ({most})", agent.card_count)),
        Fact::new("Registered", view! { <Moment at=agent.created_at.0 zone precision=Precision::Minute /> }),
    ];
    view! { <Panel title="About"><Facts facts /></Panel> }.into_any()
}
