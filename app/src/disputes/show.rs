//! One dispute.
use super::parts;
use crate::{
    audit::history,
    cx::cx,
    paths,
    problem::Problem,
    purchases::parts::money,
    screen::{Loaded, Page},
    ui::{ButtonLink, Code, Fact, Facts, Moment, Panel, Precision},
};
use domain::{
    access::Permission,
    disputes::{self, Dispute, DisputeStatus},
    ids::DisputeId,
};
use leptos::prelude::*;

/// The dispute of this id.
#[server]
pub async fn get_dispute(id: DisputeId) -> Result<Dispute, Problem> {
    let cx = cx();
    Ok(disputes::get(cx.db(), cx.grant()?, &id).await?)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let dispute = get_dispute(cx.id("id")?).await?;
    let (e, zone) = (cx.environment, cx.zone());
    let moment = |at: domain::time::Timestamp| view! { <Moment at=at.0 zone precision=Precision::Second /> };
    let purchase = paths::purchase(e, &dispute.purchase_id);
    let mut facts = vec![
        Fact::new("Purchase", view! { <a href=purchase>{dispute.merchant_name.clone()}</a> }),
        Fact::new("Disputed", money(dispute.amount, dispute.currency)),
        Fact::new("Reason", parts::reason(dispute.reason)),
        Fact::new("Opened", moment(dispute.created_at)),
        Fact::new("Last changed", moment(dispute.updated_at)),
    ];
    facts.extend(dispute.resolved_at.map(|at| Fact::new("Ended", moment(at))));
    facts.push(Fact::new("Id", view! { <Code text=dispute.id.to_string() copy="dispute id" /> }));
    let said = |text: &Option<String>| match text {
        Some(text) => view! { <p class="passage">{text.clone()}</p> }.into_any(),
        None => view! { <p class="hint">"Nothing was written."</p> }.into_any(),
    };
    let (description, evidence) = (said(&dispute.description), said(&dispute.text_evidence));
    let history = history::of_object(&cx, dispute.id.as_str()).await?;
    let cancel = dispute.status == DisputeStatus::Pending && cx.may(Permission::Dispute);
    let actions = cancel.then(|| {
        let href = paths::cancel_dispute(e, &dispute.id);
        view! { <ButtonLink href word="Cancel dispute" /> }
    });
    let body = view! {
        <div class="stack">
            <p>{parts::next(dispute.status)}</p>
            <Facts facts />
            <div class="grid">
                <Panel title="What is wrong">{description}</Panel>
                <Panel title="Evidence">{evidence}</Panel>
            </div>
            {history}
        </div>
    };
    Ok(Page::new(format!("Dispute with {}", dispute.merchant_name), body)
        .badge(parts::status(dispute.status))
        .actions(actions)
        .under("Disputes", paths::disputes(e)))
}
