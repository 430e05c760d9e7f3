//! When an agent came near its limit.
use crate::{
    cx::{Cx, cx},
    paths,
    problem::Problem,
    ui::{Column, Moment, Money, Panel, Precision, Table},
};
use domain::{
    ids::AgentId,
    limits::alerts::{self, LimitAlert},
};
use leptos::prelude::*;

/// The last alerts about an agent.
#[server]
pub async fn list_limit_alerts(id: AgentId) -> Result<Vec<LimitAlert>, Problem> {
    let cx = cx();
    Ok(alerts::of_agent(cx.db(), cx.grant()?, &id).await?)
}

/// They in a panel; nothing where there are none.
pub(super) fn panel(cx: &Cx, alerts: &[LimitAlert]) -> Option<AnyView> {
    let (e, zone) = (cx.environment, cx.zone());
    let row = |alert: &LimitAlert| {
        let (currency, exponent) = (alert.currency.as_str(), alert.currency.exponent());
        let money = |minor: i64| view! { <Money minor currency exponent /> };
        vec![
            format!("{} %", alert.percent).into_any(),
            view! { <Moment at=alert.told_at.0 zone precision=Precision::Minute /> }.into_any(),
            view! { {money(alert.spent)}" of "{money(alert.limit_amount.minor())} }.into_any(),
            view! { <a href=paths::purchase(e, &alert.purchase_id)>"Purchase"</a> }.into_any(),
        ]
    };
    let columns = vec![Column::new("Level"), Column::new("Reached"), Column::new("Spent"), Column::new("With")];
    (!alerts.is_empty()).then(|| {
        let rows = alerts.iter().map(row).collect();
        view! { <Panel title="Limit alerts"><Table caption="Limit alerts" quiet=true columns rows /></Panel> }
            .into_any()
    })
}
