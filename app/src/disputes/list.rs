//! The list of disputes.
use super::parts;
use crate::{
    cx::cx,
    list::Filters,
    paths,
    problem::Problem,
    purchases::parts::money,
    query::{kept, or_first, pager, paging, word},
    screen::{Loaded, Page as Screen},
    ui::{Choice, Column, FilterBar, Icon, Moment, NothingYet, Select, Table},
};
use domain::{
    disputes::{self, Dispute, DisputeStatus, Filter},
    ids::{AgentId, DisputeId, PurchaseId, UserId},
    page::{Page, Paging},
};
use leptos::prelude::*;
use serde::Deserialize;

/// One page of disputes.
#[server]
pub async fn list_disputes(filter: Filter, paging: Paging<DisputeId>) -> Result<Page<Dispute>, Problem> {
    let cx = cx();
    Ok(disputes::list(cx.db(), cx.grant()?, &filter, &paging).await?)
}

#[derive(Default, Deserialize)]
struct Query {
    status: Option<String>,
    purchase: Option<String>,
    user: Option<String>,
    agent: Option<String>,
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let query: Query = cx.query();
    let filter = Filter {
        status: word::<DisputeStatus>(query.status.as_ref()),
        purchase_id: word::<PurchaseId>(query.purchase.as_ref()),
        user_id: word::<UserId>(query.user.as_ref()),
        agent_id: word::<AgentId>(query.agent.as_ref()),
    };
    let page = or_first(&cx, list_disputes(filter.clone(), paging(&cx)?).await?)?;
    let (e, zone) = (cx.environment, cx.zone());
    let home = paths::disputes(e);
    let said = |status: DisputeStatus| match status {
        DisputeStatus::InReview => "in review".to_owned(),
        other => other.to_string(),
    };
    let filters = Filters::new(home.clone())
        .with(&cx, "status", "State", filter.status.map(said))
        .with(&cx, "purchase", "Purchase", filter.purchase_id.as_ref().map(ToString::to_string))
        .with(&cx, "user", "User", filter.user_id.as_ref().map(ToString::to_string))
        .with(&cx, "agent", "Agent", filter.agent_id.as_ref().map(ToString::to_string));
    let empty = filters.empty("disputes", || {
        view! {
            <NothingYet
                title="No disputes yet"
                text="A purchase that went wrong is disputed from its own page, once the merchant has settled it."
                icon=Icon::Warning
            />
        }
        .into_any()
    });
    let row = |dispute: &Dispute| {
        vec![
            view! { <a href=paths::dispute(e, &dispute.id)>{dispute.merchant_name.clone()}</a> }.into_any(),
            parts::reason(dispute.reason).into_any(),
            money(dispute.amount, dispute.currency),
            parts::status(dispute.status),
            view! { <Moment at=dispute.created_at.0 zone /> }.into_any(),
        ]
    };
    let rows = page.rows.iter().map(row).collect();
    let columns = vec![
        Column::new("Merchant"),
        Column::new("Reason"),
        Column::numeric("Disputed"),
        Column::new("State"),
        Column::new("Opened"),
    ];
    let mut choices = vec![Choice::new("", "Any state")];
    choices.extend(DisputeStatus::ALL.iter().map(|s| Choice::new(s.as_str(), crate::shell::capital(&said(*s)))));
    let chosen = filter.status.map_or("", DisputeStatus::as_str).to_owned();
    let keep = kept(&cx, &["status"]);
    let pages = pager(&cx, "disputes", &page, |dispute| dispute.id.to_string());
    let body = view! {
        <div class="stack">
            <FilterBar action=home keep><Select name="status" label="State" choices value=chosen /></FilterBar>
            {filters.chips()}
            <Table caption="Disputes" quiet=true columns rows empty />
            {pages}
        </div>
    };
    Ok(Screen::new("Disputes", body).lead("Purchases that went wrong, and what the card network made of them."))
}
