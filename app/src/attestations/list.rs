//! The list of credential reads.
use crate::{
    cx::cx,
    intents::parts as intent,
    list::Filters,
    paths,
    problem::Problem,
    purchases::parts,
    query::{kept, or_first, pager, paging, word},
    screen::{Loaded, Page as Screen},
    ui::{Badge, Choice, Column, FilterBar, Icon, Moment, NothingYet, Select, Table, Tone},
    views::Strip,
};
use domain::{
    attestations::{self, Access, AttestationStatus, Filter, Followed},
    ids::{AccessId, AgentId, CardId},
    page::{Page, Paging},
    views,
};
use leptos::prelude::*;
use serde::Deserialize;

/// One page of reads.
#[server]
pub async fn list_accesses(filter: Filter, paging: Paging<AccessId>) -> Result<Page<Access>, Problem> {
    let cx = cx();
    Ok(attestations::list(cx.db(), cx.grant()?, &filter, &paging).await?)
}

#[derive(Default, Deserialize)]
struct Query {
    status: Option<String>,
    agent: Option<String>,
    card: Option<String>,
}

/// How the purchase that followed is tied to the read.
pub(super) fn followed(access: &Access) -> AnyView {
    match access.attestation_status {
        Some(status) => parts::attestation(status),
        None => view! { <Badge tone=Tone::Neutral word="No purchase" /> }.into_any(),
    }
}

/// The verdict on the intent behind a read.
pub(super) fn verdict(access: &Access) -> AnyView {
    match &access.intent {
        Some(linked) => {
            let gap = linked.match_result.as_ref().map(|result| intent::gap(result, access.expected_currency));
            view! { {intent::status(linked.status)}{gap.map(|gap| view! { " "<span class="hint">{gap}</span> })} }
                .into_any()
        }
        None => "No intent".into_any(),
    }
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let views = Strip::of(&cx, views::Screen::Attestations).await?;
    let query: Query = cx.query();
    let (e, zone) = (cx.environment, cx.zone());
    let status = query.status.as_deref().unwrap_or_default();
    let followed_by = match status {
        "none" => Some(Followed::NoneYet),
        other => other.parse::<AttestationStatus>().ok().map(Followed::As),
    };
    let filter = Filter {
        card_id: word::<CardId>(query.card.as_ref()),
        agent_id: word::<AgentId>(query.agent.as_ref()),
        followed: followed_by,
        from: None,
        to: None,
    };
    let page = or_first(&cx, list_accesses(filter.clone(), paging(&cx)?).await?)?;
    let home = paths::attestations(e);
    let first = page.rows.first();
    let filters = Filters::new(home.clone())
        .with(
            &cx,
            "status",
            "Purchase",
            followed_by.map(|f| match f {
                Followed::NoneYet => "none yet".to_owned(),
                Followed::As(status) => status.to_string(),
            }),
        )
        .with(
            &cx,
            "agent",
            "Agent",
            filter.agent_id.as_ref().map(|id| first.map_or(id.to_string(), |a| a.agent_name.clone())),
        )
        .with(
            &cx,
            "card",
            "Card",
            filter.card_id.as_ref().map(|id| first.map_or(id.to_string(), |a| format!("••••\u{a0}{}", a.card_last4))),
        );
    let empty = filters.empty("credential reads", || {
        view! {
            <NothingYet
                title="No credential reads yet"
                text="Before an agent gets a card's credentials it says what for. Each read appears here with what was bought."
                icon=Icon::Attestation
            />
        }
        .into_any()
    });
    let rows = page
        .rows
        .iter()
        .map(|access| {
            let expected = match access.expected_amount {
                Some(expected) => parts::money(expected.minor(), access.expected_currency),
                None => "–".into_any(),
            };
            let bought = access.purchase.as_ref().map(|p| {
                let href = paths::purchase(e, &p.id);
                view! { <a href=href>{p.merchant_name.clone()}</a>" "{parts::money(p.amount, p.currency)} }.into_any()
            });
            vec![
                view! { <a href=paths::attestation(e, &access.id)>{access.summary.clone()}</a> }.into_any(),
                expected,
                access.merchant_text.clone().unwrap_or_else(|| "–".into()).into_any(),
                followed(access),
                bought.unwrap_or_else(|| "–".into_any()),
                verdict(access),
                view! { <a href=paths::agent(e, &access.agent_id)>{access.agent_name.clone()}</a>" •••• "{access.card_last4.clone()} }
                    .into_any(),
                view! { <Moment at=access.created_at.0 zone /> }.into_any(),
            ]
        })
        .collect();
    let columns = vec![
        Column::prose("What was said"),
        Column::numeric("Expected"),
        Column::new("Merchant named"),
        Column::new("Purchase"),
        Column::new("What was bought"),
        Column::prose("Intent"),
        Column::new("Agent and card"),
        Column::new("Read"),
    ];
    let choices = vec![
        Choice::new("", "Any"),
        Choice::new("attested", "Attested: soon after the read"),
        Choice::new("stale", "Stale: within 24 hours"),
        Choice::new("none", "No purchase yet"),
    ];
    let chosen = status.to_owned();
    let unattested = paths::unattested(e);
    let keep = kept(&cx, &["status"]);
    let pages = pager(&cx, "credential reads", &page, |access| access.id.to_string());
    let body = view! {
        <div class="stack">
            <FilterBar action=home keep><Select name="status" label="Purchase that followed" choices value=chosen /></FilterBar>
            {views.show(&cx)}
            {filters.chips()}
            <p class="hint">"Purchases without any read before them: "<a href=unattested>"unattested purchases"</a>"."</p>
            <Table caption="Credential reads" quiet=true wide=true columns rows empty />
            {pages}
        </div>
    };
    Ok(Screen::new("Attestations", body)
        .lead("What each agent said before it read a card's credentials, and what it bought."))
}
