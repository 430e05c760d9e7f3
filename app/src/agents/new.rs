//! Registering an agent for a user: the form, and the one page that shows its first token.
use super::{
    doubt::{self, Doubts},
    parts,
};
use crate::{
    cx::{Cx, cx},
    form::{PageForm, entry, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page as Screen},
    ui::{Button, ButtonLink, Choice, Field, Look, NothingYet, Panel, Secret, Select, TextArea, amount},
};
use domain::{
    access::settings,
    agents::{self, CreateAgent, templates::Template},
    environment::Environment,
    ids::{AgentId, UserId},
    limits::Frequency,
    money::{Amount, Currency},
    name::{Name, Passage},
    page::{Page, Paging},
    secret::Revealed,
    users::{self, User},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// An agent just registered.
#[derive(Serialize, Deserialize)]
pub struct Registered {
    id: AgentId,
    token: Revealed,
}

/// Users that an agent may be registered for: the newest hundred.
#[server]
pub async fn list_users() -> Result<Page<User>, Problem> {
    let cx = cx();
    Ok(users::list(cx.db(), cx.grant()?, &users::Filter::default(), &Paging::newest(100)).await?)
}

/// Makes the agent and gives its token, this once.
#[server]
pub async fn register_agent(
    user: String,
    name: String,
    description: String,
    limit: String,
    frequency: String,
    on_exceeded: String,
    meant: Option<String>,
) -> Result<Registered, Problem> {
    let cx = cx();
    let grant = cx.grant()?;
    let mut refusal = Refusal::default();
    let user_id = refusal.take("user", user.parse::<UserId>().map_err(|_| "must be chosen"));
    let currency = match &user_id {
        Some(id) => match users::get(cx.db(), grant, id).await {
            Ok(user) => Some(user.currency),
            Err(domain::Error::NotFound(_)) => refusal.take("user", Err("must be one of the choices")),
            Err(other) => return Err(other.into()),
        },
        None => None,
    };
    let name = refusal.take("name", Name::parse(&name));
    let description = match description.trim() {
        "" => refusal.take("description", Err("must say what the agent is for: a narrow purpose is the first limit")),
        text => refusal.take("description", Passage::parse(text)),
    };
    let limit = refusal.take("limit", entry::amount(&limit, currency.unwrap_or(Currency::USD)));
    let frequency = refusal.take("frequency", frequency.parse::<Frequency>());
    let on_limit_exceeded = refusal.take("on_exceeded", parts::parse_consequence(&on_exceeded));
    let (((user_id, name), limit), on_limit_exceeded) =
        refusal.or(user_id.zip(name).zip(limit.zip(frequency)).zip(on_limit_exceeded))?;
    if meant.is_none() {
        doubts(&cx, description.as_ref(), limit.0, currency.unwrap_or(Currency::USD)).await?;
    }
    let command = CreateAgent {
        user_id,
        external_id: None,
        name,
        description,
        limit: Some(limit),
        on_limit_exceeded,
        max_cards: None,
        default_card_limit: None,
        default_policy_id: None,
        metadata: None,
    };
    let created: agents::Created = cx.db().commit(grant, command).await?;
    cx.then(paths::agent(cx.environment, &created.id));
    Ok(Registered { id: created.id, token: created.token.reveal() })
}

const ANYWAY: &str = "Register anyway";

/// Asks once about a purpose that any agent would have, and about a live limit that would take two people to raise to.
async fn doubts(cx: &Cx, description: Option<&Passage>, limit: Amount, currency: Currency) -> Result<(), Problem> {
    let threshold = settings::get(cx.db(), cx.grant()?).await?.approval_threshold;
    let high = (cx.environment == Environment::Live && limit.minor() > threshold).then(|| {
        let most = amount(threshold, currency.exponent());
        format!("The limit is above {most} {currency}: to raise one so far takes a second person.")
    });
    let description = description.map_or("", Passage::as_str);
    Doubts::default().purpose(description).about("limit", high).settle(ANYWAY)
}

#[derive(Default, Deserialize)]
struct Query {
    template: Option<Template>,
}

/// Those to begin with, each a link to this page with its entries filled in.
fn templates(cx: &Cx, chosen: Option<Template>) -> AnyView {
    let new = paths::new_agent(cx.environment);
    let items = Template::ALL
        .iter()
        .map(|template| {
            let href = paths::with_query(&new, [("template", Some(template))]);
            let current = (chosen == Some(*template)).then_some("true");
            view! {
                <li>
                    <a href=href aria-current=current>{template.title()}</a>
                    <p class="hint">{template.purpose()}</p>
                </li>
            }
        })
        .collect_view();
    let nothing = chosen.map(|_| view! { <a href=new.clone()>"Begin with nothing"</a> }.into_any()).into_any();
    view! {
        <Panel title="Begin with" actions=nothing>
            <ul class="starters">{items}</ul>
        </Panel>
    }
    .into_any()
}

/// The page: blank, from a template, refused, or showing the token.
pub async fn page() -> Loaded {
    let cx = cx();
    let form = use_form();
    let e = cx.environment;
    if let Some(registered) = form.output::<Registered>() {
        let body = view! {
            <Secret
                label="Agent token"
                value=registered.token.text().to_owned()
                note="It reaches this agent only: its cards, its intents, its purchases. Give it to the agent in place of an API key."
            />
            <div class="actions">
                <ButtonLink href=paths::agent(e, &registered.id) word="Done: I have stored it" look=Look::Primary />
            </div>
        };
        return Ok(Screen::new("Agent registered", body).under("Agents", paths::agents(e)));
    }
    let users = list_users().await?;
    let page = |body: AnyView| Ok(Screen::new("Register an agent", body).under("Agents", paths::agents(e)));
    if users.rows.is_empty() {
        let body = view! {
            <NothingYet
                title="No users yet"
                text="An agent spends for a user: a person or company that passed the application. Create one with POST /v1/applications/user/initiate, then come back."
            />
        };
        return page(body.into_any());
    }
    let mut choices = vec![Choice::new("", "Choose a user")];
    choices.extend(users.rows.iter().map(|user| {
        Choice::new(user.id.as_str(), format!("{} ({}), {}", user.name(), user.email, user.application_status))
    }));
    let chosen = cx.query::<Query>().template;
    let proposed = chosen.map(Template::limit);
    let most = proposed.map(|(minor, _)| amount(minor, Currency::USD.exponent()).replace(',', "")).unwrap_or_default();
    let over = proposed.map_or(Frequency::PerMonth, |(_, frequency)| frequency);
    let field = |name: &'static str, start: &str| (form.value(name, start), form.refusal(name));
    let (user, name) = (field("user", ""), field("name", ""));
    let about = field("description", chosen.map_or("", Template::purpose));
    let (limit, frequency, beyond) =
        (field("limit", &most), field("frequency", over.as_str()), field("on_exceeded", "decline"));
    let anyway = doubt::button(&form, ANYWAY);
    let form = view! {
        <PageForm>
            <Select name="user" label="Spends for" choices value=user.0 refusal=user.1 />
            <Field name="name" label="Name" value=name.0 refusal=name.1 hint="Such as \u{201c}checkout-bot\u{201d}." autocomplete="off" />
            <TextArea
                name="description"
                label="Purpose"
                hint="What it may buy. Narrow is safe: one agent, one job."
                value=about.0
                refusal=about.1
            />
            <Field name="limit" label="Limit" inputmode="decimal" unit="USD" value=limit.0 refusal=limit.1 autocomplete="off" />
            <Select name="frequency" label="Counted over" choices=parts::frequencies() value=frequency.0 refusal=frequency.1 />
            <Select name="on_exceeded" label="Beyond the limit" choices=parts::consequences() value=beyond.0 refusal=beyond.1 />
            <div class="actions">
                <Button word="Register agent" />
                {anyway}
                <ButtonLink href=paths::agents(e) word="Cancel" look=Look::Plain />
            </div>
        </PageForm>
    };
    page(view! { <div class="stack">{templates(&cx, chosen)}{form}</div> }.into_any())
}
