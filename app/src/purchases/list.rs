//! The list of purchases.
use super::parts::{self, reason};
use crate::{
    cx::{Cx, cx},
    list::Filters,
    paths,
    problem::Problem,
    query::{kept, or_first, pager, paging, word},
    screen::{Loaded, Page as Screen},
    shell::capital,
    span::Span,
    ui::{Choice, Column, Field, FilterBar, Icon, Moment, NothingYet, Select, Table},
    views::Strip,
};
use domain::{
    attestations::AttestationStatus,
    ids::{AgentId, CardId, PurchaseId},
    limits::DeclineReason,
    page::{Page, Paging},
    purchases::{self, Filter, Purchase, PurchaseStatus},
    views,
};
use leptos::prelude::*;
use serde::Deserialize;

/// One page of purchases.
#[server]
pub async fn list_purchases(filter: Filter, paging: Paging<PurchaseId>) -> Result<Page<Purchase>, Problem> {
    let cx = cx();
    Ok(purchases::list(cx.db(), cx.grant()?, &filter, &paging).await?)
}

#[derive(Default, Deserialize)]
struct Query {
    status: Option<String>,
    reason: Option<String>,
    attestation: Option<String>,
    agent: Option<String>,
    card: Option<String>,
    merchant: Option<String>,
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let views = Strip::of(&cx, views::Screen::Purchases).await?;
    let (query, span): (Query, Span) = (cx.query(), cx.query());
    let filter = Filter {
        status: word::<PurchaseStatus>(query.status.as_ref()),
        agent_id: word::<AgentId>(query.agent.as_ref()),
        card_id: word::<CardId>(query.card.as_ref()),
        user_id: None,
        declined_reason: word::<DeclineReason>(query.reason.as_ref()),
        attestation_status: word::<AttestationStatus>(query.attestation.as_ref()),
        merchant: query.merchant.as_ref().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
        from: span.from(&cx),
        to: span.to(&cx),
    };
    let page = or_first(&cx, list_purchases(filter.clone(), paging(&cx)?).await?)?;
    Ok(view(&cx, &filter, &page, views.show(&cx)))
}

/// The page of what was loaded by `filter`.
pub(crate) fn view(cx: &Cx, filter: &Filter, page: &Page<Purchase>, views: AnyView) -> Screen {
    let (e, zone) = (cx.environment, cx.zone());
    let home = paths::purchases(e);
    let first = page.rows.first();
    let agent = filter.agent_id.as_ref().map(|id| first.map_or(id.to_string(), |p| p.agent_name.clone()));
    let card =
        filter.card_id.as_ref().map(|id| first.map_or(id.to_string(), |p| format!("••••\u{a0}{}", p.card_last4)));
    let span: Span = cx.query();
    let filters = Filters::new(home.clone())
        .with(cx, "status", "Status", filter.status.map(|s| s.to_string()))
        .with(cx, "reason", "Decline reason", filter.declined_reason.map(reason))
        .with(cx, "attestation", "Attestation", filter.attestation_status.map(|s| s.to_string()))
        .with(cx, "agent", "Agent", agent)
        .with(cx, "card", "Card", card)
        .with(cx, "merchant", "Merchant", filter.merchant.clone());
    let filters = span.filters(cx, filters, "Decided");
    let empty = filters.empty("purchases", || {
        view! {
            <NothingYet
                title="No purchases yet"
                text="Every authorization appears here with its decision, approved or declined."
                icon=Icon::Purchase
            />
        }
        .into_any()
    });
    let rows = page
        .rows
        .iter()
        .map(|p| {
            vec![
                view! { <Moment at=p.authorized_at.0 zone /> }.into_any(),
                parts::link(e, &p.id, &p.merchant_name),
                parts::money(p.amount, p.currency),
                parts::outcome(p.status, p.declined_reason),
                view! { <a href=paths::agent(e, &p.agent_id)>{p.agent_name.clone()}</a> }.into_any(),
                view! { <a href=paths::card(e, &p.card_id)>{format!("••••\u{a0}{}", p.card_last4)}</a> }.into_any(),
                parts::attestation(p.attestation_status),
            ]
        })
        .collect();
    let columns = vec![
        Column::new("When"),
        Column::new("Merchant"),
        Column::numeric("Amount"),
        Column::new("Status"),
        Column::new("Agent"),
        Column::new("Card"),
        Column::new("Attestation"),
    ];
    let words = |any: &str, all: Vec<(&'static str, String)>| {
        let mut choices = vec![Choice::new("", any)];
        choices.extend(all.into_iter().map(|(value, label)| Choice::new(value, label)));
        choices
    };
    let statuses = words("Any status", PurchaseStatus::ALL.iter().map(|s| (s.as_str(), capital(s.as_str()))).collect());
    let reasons = words("Any reason", DeclineReason::ALL.iter().map(|r| (r.as_str(), reason(*r))).collect());
    let ties = words("Any", AttestationStatus::ALL.iter().map(|s| (s.as_str(), capital(s.as_str()))).collect());
    let keep = kept(cx, &["status", "reason", "attestation", "merchant", "from", "to"]);
    let pages = pager(cx, "purchases", page, |p| p.id.to_string());
    let status = filter.status.map_or("", PurchaseStatus::as_str).to_owned();
    let why = filter.declined_reason.map_or("", DeclineReason::as_str).to_owned();
    let tie = filter.attestation_status.map_or("", AttestationStatus::as_str).to_owned();
    let merchant = filter.merchant.clone();
    let body = view! {
        <div class="stack">
            <FilterBar action=home keep>
                <Select name="status" label="Status" choices=statuses value=status />
                <Select name="reason" label="Decline reason" choices=reasons value=why />
                <Select name="attestation" label="Attestation" choices=ties value=tie />
                <Field name="merchant" label="Merchant" value=merchant />
                {span.fields()}
            </FilterBar>
            {views}
            {filters.chips()}
            <Table caption="Purchases" quiet=true columns rows empty />
            {pages}
        </div>
    };
    Screen::new("Purchases", body).lead("Every authorization, with what was decided and what became of it.")
}
