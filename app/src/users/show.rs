//! One funding user: the application and what it waits for, the balance, the agents.
use crate::{
    agents::{list_agents, parts},
    audit::history,
    cx::{Cx, cx},
    list::optional_moment,
    part::{could_not_load, part, trouble},
    paths,
    problem::Problem,
    purchases::parts::money,
    screen::{Loaded, Page as Screen},
    ui::{ButtonLink, Code, Column, Fact, Facts, Icon, Moment, NothingYet, Panel, Precision, Table, grouped},
};
use domain::{
    access::Permission,
    agents::{Agent, Filter},
    ids::UserId,
    page::{Page, Paging},
    users::{
        self, User,
        documents::{Document, DocumentFormat, DocumentType, Proof, missing},
    },
};
use leptos::prelude::*;

/// Agents that a user's page shows.
const AGENTS: u8 = 20;

/// The user of this id.
#[server]
pub async fn get_funding_user(id: UserId) -> Result<User, Problem> {
    let cx = cx();
    Ok(users::get(cx.db(), cx.grant()?, &id).await?)
}

/// What came for the application of a user.
#[server]
pub async fn list_documents(id: UserId) -> Result<Vec<Document>, Problem> {
    let cx = cx();
    Ok(users::documents(cx.db(), cx.grant()?, &id).await?)
}

fn kind(document: DocumentType) -> &'static str {
    match document {
        DocumentType::Passport => "Passport",
        DocumentType::DriversLicense => "Driver\u{2019}s license",
        DocumentType::NationalId => "National identity card",
        DocumentType::ProofOfAddress => "Proof of address",
    }
}

fn format(format: DocumentFormat) -> &'static str {
    match format {
        DocumentFormat::Jpeg => "JPEG",
        DocumentFormat::Png => "PNG",
        DocumentFormat::Webp => "WebP",
        DocumentFormat::Pdf => "PDF",
    }
}

fn lacking(documents: &[Document]) -> String {
    let said = |proof: &Proof| match proof {
        Proof::Identity => "a passport, driver\u{2019}s license or national identity card",
        Proof::Address => "a proof of address",
    };
    let missing = missing(documents.iter().map(|document| document.document_type));
    if missing.is_empty() { "Nothing".to_owned() } else { missing.iter().map(said).collect::<Vec<_>>().join("; ") }
}

fn application(cx: &Cx, user: &User, documents: Option<&[Document]>) -> AnyView {
    let zone = cx.zone();
    let status = user.application_status;
    let mut facts =
        vec![Fact::new("Status", parts::application(status)), Fact::new("What comes next", status.next_step())];
    if let Some(documents) = documents.filter(|_| status.is_open()) {
        facts.push(Fact::new("Documents missing", lacking(documents)));
    }
    let came = documents.map_or_else(
        || trouble(cx, "The documents"),
        |documents| {
            let line = |document: &Document| {
                let size = grouped(document.bytes.unsigned_abs().div_ceil(1024));
                let what = format!("{}: {}, {size} KiB, ", kind(document.document_type), format(document.format));
                view! { <li>{what}<Moment at=document.received_at.0 zone /></li> }
            };
            let all = documents.iter().map(line).collect_view();
            (!documents.is_empty())
                .then(|| view! { <ul>{all}</ul><p class="hint">"Looked at, and kept nowhere."</p> })
                .into_any()
        },
    );
    // Whoever holds the link decides the application in the sandbox; a live one is the issuer's.
    let open = status.is_under_way() && cx.sandbox() && cx.may(Permission::ManageUsers);
    let link = open.then(|| {
        let href = paths::verify(&users::completion_token(cx.db().vault(), &user.id));
        view! { <ButtonLink href word="Open the completion page" small=true /> }.into_any()
    });
    let actions = view! { {link} }.into_any();
    view! { <Panel title="Application" actions><Facts facts />{came}</Panel> }.into_any()
}

fn balance(user: &User) -> AnyView {
    let of = |minor: i64| money(minor, user.currency);
    let facts = vec![
        Fact::new("Can still be spent", of(user.balance.spending_power)),
        Fact::new("Deposited", of(user.balance.credit_limit)),
        Fact::new("Held", of(user.balance.pending_charges)),
        Fact::new("Settled", of(user.balance.posted_charges)),
        Fact::new("Owed", of(user.balance.balance_due)),
    ];
    view! { <Panel title="Balance"><Facts facts /></Panel> }.into_any()
}

fn agents(cx: &Cx, user: &User, agents: Option<&Page<Agent>>) -> AnyView {
    let (e, zone) = (cx.environment, cx.zone());
    let body = match agents {
        None => could_not_load(cx, "agents"),
        Some(page) => {
            let row = |agent: &Agent| {
                vec![
                    view! { <a href=paths::agent(e, &agent.id)>{agent.name.clone()}</a> }.into_any(),
                    parts::status(agent.status),
                    parts::meter(agent),
                    grouped(agent.card_count.unsigned_abs()).into_any(),
                    optional_moment(agent.last_activity_at, zone, "None yet"),
                ]
            };
            let rows = page.rows.iter().map(row).collect();
            let columns = vec![
                Column::new("Agent"),
                Column::new("Status"),
                Column::new("Spend against limit"),
                Column::numeric("Open cards"),
                Column::new("Last activity"),
            ];
            let empty = view! {
                <NothingYet title="No agents" text="No agent spends for this user." icon=Icon::Agent />
            };
            view! { <Table caption="Agents" quiet=true columns rows empty=empty.into_any() /> }.into_any()
        }
    };
    let all = paths::with_query(&paths::agents(e), [("user", Some(&user.id))]);
    let actions = view! { <a href=all>"All agents of this user"</a> }.into_any();
    view! { <Panel title="Agents" actions>{body}</Panel> }.into_any()
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let user = get_funding_user(cx.id("id")?).await?;
    let documents = part(list_documents(user.id.clone())).await?;
    let filter = Filter { user_id: Some(user.id.clone()), ..Filter::default() };
    let spenders = part(list_agents(filter, Paging::newest(AGENTS))).await?;
    let history = history::of_object(&cx, user.id.as_str()).await?;
    let (e, zone) = (cx.environment, cx.zone());
    let facts = vec![
        Fact::new("Id", view! { <Code text=user.id.to_string() copy="user id" /> }),
        Fact::new("Email", user.email.clone()),
        Fact::new("Added", view! { <Moment at=user.created_at.0 zone precision=Precision::Minute /> }),
    ];
    let body = view! {
        <div class="stack">
            <div class="grid">{application(&cx, &user, documents.as_deref())}{balance(&user)}</div>
            {agents(&cx, &user, spenders.as_ref())}
            <Panel title="About"><Facts facts /></Panel>
            {history}
        </div>
    };
    Ok(Screen::new(user.name(), body)
        .badge(parts::application(user.application_status))
        .under("Users", paths::users(e)))
}
