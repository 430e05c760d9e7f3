//! What the rules found in one purchase, on its page.
use super::words;
use crate::{
    cx::{Cx, cx},
    part::{part, trouble},
    problem::Problem,
    ui::{Column, Panel, Table},
};
use domain::{
    ids::PurchaseId,
    risk::{self, Finding},
};
use leptos::prelude::*;

/// What was found in the purchase of this id.
#[server]
pub async fn get_findings(id: PurchaseId) -> Result<Vec<Finding>, Problem> {
    let cx = cx();
    Ok(risk::of_purchase(cx.db(), cx.grant()?, &id).await?)
}

/// A panel of what was found; none where nothing was.
pub(crate) async fn of_purchase(cx: &Cx, id: &PurchaseId) -> Result<AnyView, Problem> {
    let Some(found) = part(get_findings(id.clone())).await? else {
        return Ok(trouble(cx, "What the risk rules found"));
    };
    if found.is_empty() {
        return Ok(().into_any());
    }
    let row = |finding: &Finding| {
        vec![finding.evidence.rule().label().into_any(), words::seen(cx.environment, finding), words::effect(finding)]
    };
    let rows = found.iter().map(row).collect();
    let columns = vec![Column::new("Rule"), Column::prose("What it saw"), Column::new("Effect")];
    let panel = view! {
        <Panel title="Risk"><Table caption="Findings" quiet=true columns rows /></Panel>
    };
    Ok(panel.into_any())
}
