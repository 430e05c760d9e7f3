//! One agent: its user with status and balance, its limit, its cards, its tokens.
use super::{
    alerts::{self, list_limit_alerts},
    parts,
    suspend::others_can,
    tokens::{self, NEWEST, list_tokens},
};
use crate::{
    audit::history,
    cx::{Cx, cx},
    part::{part, trouble},
    paths,
    policies::{
        name_of,
        standing::{self, get_agent_standing},
        words,
    },
    problem::Problem,
    purchases::parts::money,
    screen::{Loaded, Page},
    ui::{Badge, ButtonLink, Code, Fact, Facts, Moment, Money, Panel, Precision, Tone, local},
};
use domain::{
    access::Permission,
    agents::{self, Agent, AgentStatus},
    ids::{AgentId, PolicyId, UserId},
    limits::{Frequency, OnLimitExceeded, standing::Standing},
    page::Paging,
    time::Timestamp,
    users::{self, User},
};
use leptos::prelude::*;

/// The agent of this id.
#[server]
pub async fn get_agent(id: AgentId) -> Result<Agent, Problem> {
    let cx = cx();
    Ok(agents::get(cx.db(), cx.grant()?, &id).await?)
}

/// The agent of the address, for a page about what only an agent that is not deregistered can do.
pub(crate) async fn lasting(cx: &Cx) -> Result<Agent, Problem> {
    let agent = get_agent(cx.id("id")?).await?;
    match agent.status {
        AgentStatus::Closed => Err(Problem::Elsewhere(paths::agent(cx.environment, &agent.id))),
        AgentStatus::Active | AgentStatus::Suspended => Ok(agent),
    }
}

/// The user that an agent spends for.
#[server]
pub async fn get_user(id: UserId) -> Result<User, Problem> {
    let cx = cx();
    Ok(users::get(cx.db(), cx.grant()?, &id).await?)
}

/// What of the agent's spend since this moment is held.
#[server]
pub async fn get_held_of_agent(id: AgentId, since: Option<Timestamp>) -> Result<i64, Problem> {
    let cx = cx();
    Ok(agents::held(cx.db(), cx.grant()?, &id, since).await?)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let agent = get_agent(cx.id("id")?).await?;
    let user = part(get_user(agent.user_id.clone())).await?;
    let tokens = part(list_tokens(agent.id.clone(), Paging::newest(NEWEST))).await?;
    let standing = part(get_agent_standing(agent.id.clone())).await?;
    let policy = match &agent.default_policy_id {
        Some(id) => Some((id.clone(), name_of(id).await?)),
        None => None,
    };
    let held = match agent.spending_limit_frequency {
        None | Some(Frequency::PerTransaction) => None,
        Some(_) => part(get_held_of_agent(agent.id.clone(), agent.window_start)).await?,
    };
    let alerts = part(list_limit_alerts(agent.id.clone())).await?;
    let history = history::of_object(&cx, agent.id.as_str()).await?;
    let e = cx.environment;
    let funding = match &user {
        Some(user) => funding(&cx, user),
        None => {
            let said = trouble(&cx, "The user");
            view! { <Panel title="Spends for">{said}</Panel> }.into_any()
        }
    };
    let tokens = tokens::panel(&cx, &agent, tokens.as_ref());
    let body = view! {
        <div class="stack">
            {(!agent.description.is_empty()).then(|| view! { <p class="lead">{agent.description.clone()}</p> })}
            {broad(&agent)}
            {others_can(&cx, agent.status).map(|told| view! { <p>{told}</p> })}
            <div class="grid">{limit(&cx, &agent, held)}{funding}</div>
            {alerts::panel(&cx, alerts.as_deref().unwrap_or_default())}
            {rules(&cx, &agent, standing.as_deref(), policy)}
            {tokens}
            {about(&cx, &agent)}
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
        AgentStatus::Closed => None,
    };
    let end = (agent.status != AgentStatus::Closed && cx.may(Permission::Unfreeze))
        .then(|| view! { <ButtonLink href=paths::close_agent(e, &agent.id) word="Deregister" /> });
    let issue = (agent.status == AgentStatus::Active && cx.may(Permission::IssueCard)).then(|| {
        let href = paths::with_query(&paths::new_card(e), [("agent", Some(&agent.id))]);
        view! { <ButtonLink href word="Issue card" /> }
    });
    let links = view! {
        <ButtonLink href=paths::with_query(&paths::cards(e), [("agent", Some(&agent.id))]) word="Cards" />
        {issue}
        <ButtonLink href=paths::with_query(&paths::purchases(e), [("agent", Some(&agent.id))]) word="Purchases" />
        <ButtonLink href=paths::with_query(&paths::requests(e), [("agent", Some(&agent.id))]) word="Requests" />
        <ButtonLink href=paths::agent_risk(e, &agent.id) word="Risk" />
        {stop}
        {end}
    };
    Ok(Page::new(agent.name.clone(), body)
        .badge(parts::status(agent.status))
        .actions(links)
        .under("Agents", paths::agents(e)))
}

/// That its purpose would fit any agent, where it does.
fn broad(agent: &Agent) -> Option<AnyView> {
    let broad = agents::broad(&agent.description).filter(|_| agent.status != AgentStatus::Closed)?;
    let plain = if agent.description.is_empty() { "Nothing says what it may buy.".to_owned() } else { broad.plain() };
    Some(view! { <p class="hint"><Badge tone=Tone::Warn word="Broad purpose" />" "{plain}</p> }.into_any())
}

/// The window of the limit, and what of it is spent, held and left. None is held where that could not be read.
fn window(cx: &Cx, agent: &Agent, held: Option<i64>) -> Option<AnyView> {
    let (frequency, left) = agent.spending_limit_frequency.zip(agent.remaining())?;
    let zone = cx.zone();
    let when = |at: Timestamp| format!("{} ({})", local(at.0, zone, Precision::Minute), zone.name());
    let mut facts = vec![Fact::new("Window", parts::window(frequency))];
    if frequency != Frequency::PerTransaction {
        let again = match (agent.next_reset, frequency) {
            (Some(reset), _) => when(reset),
            (None, Frequency::Per24HourPeriod) => "never: each purchase leaves it after 24 hours".to_owned(),
            (None, _) => "never".to_owned(),
        };
        let held = held.map_or_else(|| trouble(cx, "What is held"), |held| money(held, agent.currency));
        facts.extend([
            Fact::new("Counted since", agent.window_start.map_or_else(|| "the first purchase".to_owned(), when)),
            Fact::new("Starts again", again),
            Fact::new("Spent", money(agent.current_spend, agent.currency)),
            Fact::new("Of that held, not settled", held),
            Fact::new("Left", money(left, agent.currency)),
        ]);
    }
    Some(view! { <Facts facts /> }.into_any())
}

fn limit(cx: &Cx, agent: &Agent, held: Option<i64>) -> AnyView {
    let (e, window) = (cx.environment, window(cx, agent, held));
    let loose = matches!(agent.on_limit_exceeded, Some(OnLimitExceeded::Notify | OnLimitExceeded::None));
    let beyond = match agent.on_limit_exceeded {
        _ if agent.spending_limit.is_none() => "",
        None => "Beyond it purchases are declined.",
        Some(OnLimitExceeded::Suspend) => "Beyond it the purchase is declined and the agent suspended.",
        Some(_) => "Beyond it purchases still go through.",
    };
    let closed = agent.status == AgentStatus::Closed;
    let state = if closed { "Deregistered: " } else { "Suspended: " };
    let reason = parts::because(agent).map(|why| view! { <p>{state}{why}</p> });
    let change = if cx.may(Permission::LowerLimit) && !closed {
        view! { <ButtonLink href=paths::agent_limit(e, &agent.id) word="Change limit" small=true /> }.into_any()
    } else {
        ().into_any()
    };
    let meter = parts::meter(agent);
    view! {
        <Panel title="Limit" actions=change>
            {meter}
            {window}
            <p class="hint">{beyond}" "{loose.then(|| view! { <Badge tone=Tone::Warn word="Not enforced" /> })}</p>
            {reason}
        </Panel>
    }
    .into_any()
}

/// What stands for all its cards, and the policy that its new ones get.
fn rules(cx: &Cx, agent: &Agent, standing: Option<&[Standing]>, policy: Option<(PolicyId, String)>) -> AnyView {
    let e = cx.environment;
    let lasts = agent.status != AgentStatus::Closed;
    let table = match standing {
        Some(all) => standing::of_agent(cx, all, agent.currency),
        None => trouble(cx, "The rules"),
    };
    let policy = match policy {
        Some((id, name)) => {
            view! { "New cards inherit the policy "<a href=paths::policy(e, &id)>{name}</a>"." }.into_any()
        }
        None => "New cards inherit no policy, unless they name one.".into_any(),
    };
    let limit = agent.default_card_limit.zip(agent.default_card_limit_frequency).map(|(limit, window)| {
        let money = words::money(limit.minor(), agent.currency);
        format!(" A new card that does not say itself may spend {money} {}.", parts::span(window))
    });
    let change = (lasts && cx.may(Permission::LowerLimit))
        .then(|| view! { <ButtonLink href=paths::agent_rules(e, &agent.id) word="Change rules" small=true /> });
    let choose = (lasts && cx.may(Permission::CreateAgent))
        .then(|| view! { <ButtonLink href=paths::agent_policy(e, &agent.id) word="Policy of new cards" small=true /> });
    let actions = view! { {change}{choose} }.into_any();
    view! { <Panel title="Rules for all its cards" actions>{table}<p>{policy}{limit}</p></Panel> }.into_any()
}

fn funding(cx: &Cx, user: &User) -> AnyView {
    let (currency, exponent) = (user.currency.as_str(), user.currency.exponent());
    let money = |minor: i64| view! { <Money minor currency exponent /> };
    let facts = vec![
        Fact::new(
            "User",
            view! { <a href=paths::user(cx.environment, &user.id)>{user.name()}</a>{format!(" ({})", user.email)} },
        ),
        Fact::new("Application", parts::application(user.application_status)),
        Fact::new("Can still be spent", money(user.balance.spending_power)),
        Fact::new("Deposited", money(user.balance.credit_limit)),
        Fact::new("Held", money(user.balance.pending_charges)),
        Fact::new("Settled", money(user.balance.posted_charges)),
    ];
    view! { <Panel title="Spends for"><Facts facts /></Panel> }.into_any()
}

fn about(cx: &Cx, agent: &Agent) -> AnyView {
    let zone = cx.zone();
    let most = agent.max_cards.map_or("no cap".to_owned(), |most| format!("at most {most}"));
    let mut facts = vec![
        Fact::new("Id", view! { <Code text=agent.id.to_string() copy="agent id" /> }),
        Fact::new("External id", agent.external_id.clone().unwrap_or_else(|| "none".into())),
        Fact::new("Open cards", format!("{} ({most})", agent.card_count)),
        Fact::new("Registered", view! { <Moment at=agent.created_at.0 zone precision=Precision::Minute /> }),
    ];
    let ended = agent.closed_at.map(|at| view! { <Moment at=at.0 zone precision=Precision::Minute /> });
    facts.extend(ended.map(|at| Fact::new("Deregistered", at)));
    let edit = (agent.status != AgentStatus::Closed && cx.may(Permission::CreateAgent))
        .then(|| view! { <ButtonLink href=paths::edit_agent(cx.environment, &agent.id) word="Edit" small=true /> });
    let actions = view! { {edit} }.into_any();
    view! { <Panel title="About" actions><Facts facts /></Panel> }.into_any()
}
