//! The overview: how the environment stands now, and the way to what wants attention.
use crate::{
    agents::{list_agents, parts as agent},
    cx::{Cx, cx},
    keys::parts as key,
    monitoring::{load_rates, panel::reading},
    part::{could_not_load, part, trouble},
    paths,
    problem::Problem,
    purchases::parts as purchase,
    screen::{Loaded, Page as Screen, Routes},
    ui::{ButtonLink, Column, Icon, Look, Moment, NothingYet, Panel, Precision, Stat, Stats, Table},
};
use domain::{
    access::Permission,
    agents::{self, Nearest},
    keys,
    monitoring::{Range, Rates},
    page::Paging,
    purchases::{self, Brief, Lately},
};
use leptos::prelude::*;

pub(crate) fn routes() -> Routes {
    Routes::default().page("/", Permission::View, page)
}

/// What the page shows; none where it could not be read.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The rates of the last day.
    pub rates: Option<Rates>,
    /// Whether there is an agent or a purchase.
    pub begun: bool,
    /// The agents nearest their limits.
    pub nearest: Option<Vec<Nearest>>,
    /// The newest purchases and declines.
    pub lately: Option<Lately>,
    /// Keys that are older than the target for rotation.
    pub old_keys: Option<u64>,
}

impl Overview {
    /// Rows of each short list.
    pub const ROWS: u8 = 6;
    /// Agents nearest their limits.
    pub const NEAREST: u8 = 5;
}

/// The page.
pub async fn page() -> Loaded {
    let (rates, nearest, lately, old_keys) = futures::try_join!(
        part(load_rates(Range::Day)),
        part(load_nearest()),
        part(load_lately()),
        part(count_old_keys()),
    )?;
    let unlimited = nearest.as_ref().is_some_and(Vec::is_empty);
    let nothing = unlimited && lately.as_ref().is_some_and(|lately| lately.all.is_empty());
    let begun = !nothing
        || part(list_agents(agents::Filter::default(), Paging::newest(1)))
            .await?
            .is_none_or(|page| !page.rows.is_empty());
    Ok(view(&cx(), Overview { begun, rates, nearest, lately, old_keys }))
}

/// The agents nearest their limits.
#[server]
pub async fn load_nearest() -> Result<Vec<Nearest>, Problem> {
    let cx = cx();
    let zone = cx.visitor.as_ref().ok_or(Problem::SignIn)?.organisation_zone;
    Ok(agents::nearest(cx.db(), cx.grant()?, zone, Overview::NEAREST).await?)
}

/// The newest purchases and declines.
#[server]
pub async fn load_lately() -> Result<Lately, Problem> {
    let cx = cx();
    Ok(purchases::lately(cx.db(), cx.grant()?, Overview::ROWS).await?)
}

/// How many keys should be rotated.
#[server]
pub async fn count_old_keys() -> Result<u64, Problem> {
    let cx = cx();
    let old = keys::Filter { concern: Some(keys::Concern::Old), ..keys::Filter::default() };
    Ok(keys::count(cx.db(), cx.grant()?, &old).await?)
}

/// The page of what was loaded.
pub(crate) fn view(cx: &Cx, shown: Overview) -> Screen {
    let Overview { begun, rates, nearest, lately, old_keys } = shown;
    let e = cx.environment;
    if !begun {
        return Screen::new("Overview", begin(cx));
    }
    let rates = stats(cx, rates, old_keys);
    let (latest, declined) = lately.map(|lately| (lately.all, lately.declined)).unzip();
    let (near, latest, declined) =
        (nearest_panel(cx, nearest), table(cx, "Latest purchases", latest), table(cx, "Latest declines", declined));
    let link = |href: String, word: &'static str| view! { <ButtonLink href word small=true /> }.into_any();
    let all_purchases = link(paths::purchases(e), "All purchases");
    let all_declined = link(paths::with_query(&paths::purchases(e), [("status", Some("declined"))]), "All declines");
    let body = view! {
        <div class="stack">
            {rates}
            {near}
            <Panel title="Latest purchases" actions=all_purchases>{latest}</Panel>
            <Panel title="Latest declines" actions=all_declined>{declined}</Panel>
        </div>
    };
    let screen = Screen::new("Overview", body);
    if !cx.may(Permission::Freeze) || cx.stop.is_some() {
        return screen;
    }
    screen.actions(view! { <ButtonLink href=paths::stop_spending(e) word="Stop all spending" /> })
}

/// The three rates, each leading to its panel.
fn stats(cx: &Cx, rates: Option<Rates>, old_keys: Option<u64>) -> AnyView {
    let Some(rates) = rates else { return trouble(cx, "The rates of the last 24 hours") };
    let monitoring = paths::monitoring(cx.environment);
    let (as_of, zone) = (rates.as_of.0, cx.zone());
    let old = paths::with_query(&paths::keys(cx.environment), [("concern", Some(keys::Concern::Old))]);
    let old_keys = old_keys.map(|old_keys| {
        view! { <Stat label="Keys older than 90 days" href=old reading=key::counted(old_keys) /> }
    });
    view! {
        <Stats>
            <Stat label="Decline rate, 24 h" href=monitoring.clone() reading=reading(rates.declines, false) />
            <Stat label="Intent match rate, 24 h" href=monitoring.clone() reading=reading(rates.matches, true) />
            <Stat label="Webhook failure rate, 24 h" href=monitoring reading=reading(rates.webhooks, false) />
            {old_keys}
        </Stats>
        <p class="hint">"As of "<Moment at=as_of zone precision=Precision::Second />"."</p>
    }
    .into_any()
}

/// The agents that used most of a limit, the nearest first.
fn nearest_panel(cx: &Cx, agents: Option<Vec<Nearest>>) -> AnyView {
    let rows = agents.map_or_else(|| could_not_load(cx, "agents"), |agents| nearest_rows(cx, &agents));
    let all = view! { <ButtonLink href=paths::agents(cx.environment) word="All agents" small=true /> }.into_any();
    view! { <Panel title="Nearest their limits" actions=all>{rows}</Panel> }.into_any()
}

fn nearest_rows(cx: &Cx, agents: &[Nearest]) -> AnyView {
    let rows = agents
        .iter()
        .map(|nearest| {
            let href = paths::agent(cx.environment, &nearest.id);
            let limit = Some(nearest.spending_limit);
            vec![
                view! { <a href=href>{nearest.name.clone()}</a> }.into_any(),
                agent::status(nearest.status),
                agent::spend(nearest.spent, limit, nearest.currency, nearest.spending_limit_frequency),
            ]
        })
        .collect();
    let columns = vec![Column::new("Agent"), Column::new("Status"), Column::new("Spend against limit")];
    let empty = view! { <NothingYet title="No limits yet" text="No agent has a limit." icon=Icon::Agent /> }.into_any();
    view! { <Table caption="Agents nearest their limits" quiet=true columns rows empty /> }.into_any()
}

fn table(cx: &Cx, caption: &'static str, purchases: Option<Vec<Brief>>) -> AnyView {
    let Some(purchases) = purchases else { return could_not_load(cx, "purchases") };
    let rows = purchases
        .iter()
        .map(|p| {
            let agent = paths::agent(cx.environment, &p.agent_id);
            vec![
                purchase::link(cx.environment, &p.id, &p.merchant_name),
                purchase::money(p.amount, p.currency),
                purchase::outcome(p.status, p.declined_reason),
                view! { <a href=agent>{p.agent_name.clone()}</a> }.into_any(),
                view! { <Moment at=p.authorized_at.0 zone=cx.zone() /> }.into_any(),
            ]
        })
        .collect();
    let columns = vec![
        Column::new("Merchant"),
        Column::numeric("Amount"),
        Column::new("Status"),
        Column::new("Agent"),
        Column::new("When"),
    ];
    let empty =
        view! { <NothingYet title="None yet" text="They appear here as they are decided." icon=Icon::Purchase /> };
    view! { <Table caption=caption quiet=true columns rows empty=empty.into_any() /> }.into_any()
}

/// What to do in an environment where nothing has happened.
fn begin(cx: &Cx) -> AnyView {
    let e = cx.environment;
    let key = cx
        .may(Permission::CreateKey)
        .then(|| view! { <ButtonLink href=paths::new_key(e) word="Create key" look=Look::Primary icon=Icon::Key /> });
    view! {
        <Panel title="Begin here">
            <ol class="steps">
                <li>"Create an API key. Your backend sends it as the header "<code>"Api-Key"</code>"."</li>
                <li>"Create a user with "<code>"POST /v1/applications/user/initiate"</code>": the person or company that pays."</li>
                <li>"Register an agent for that user, with a purpose and a limit."</li>
                <li>"Issue a card with "<code>"POST /v1/agents/{id}/cards"</code>" and let the agent declare what it will buy."</li>
            </ol>
            <div class="actions">{key}</div>
        </Panel>
    }
    .into_any()
}
