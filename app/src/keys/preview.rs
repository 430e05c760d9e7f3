//! What an address list would have refused, shown above the form before it is saved.
use super::parts::when;
use crate::{
    cx::cx,
    ui::{Column, Moment, Panel, Table, grouped},
};
use domain::keys::{CALLS, Preview};
use leptos::prelude::*;

/// The answer, in a sentence and a table.
pub fn answer(preview: &Preview) -> AnyView {
    let zone = cx().zone();
    let counted = |n: i64| {
        let more = if n >= CALLS { " or more" } else { "" };
        format!("{}{more}", grouped(n.unsigned_abs()))
    };
    let since = when(preview.since, zone);
    let more = if preview.more { " Only the sources of the latest calls were looked at: there are more." } else { "" };
    let sentence = if preview.addresses.is_empty() {
        "Without a list the key works from every address: nothing would have been refused.".to_owned()
    } else if preview.sources == 0 {
        format!("There were no calls since {since}, so nothing can be said about this list.")
    } else if preview.refused.is_empty() {
        format!(
            "This list would have refused none of the calls since {since}: all {} sources are on it.{more}",
            preview.sources
        )
    } else {
        format!(
            "This list would have refused {} calls since {since}, from {} of {} sources.{more}",
            grouped(preview.calls().unsigned_abs()),
            preview.refused.len(),
            preview.sources
        )
    };
    let rows: Vec<Vec<AnyView>> = preview
        .refused
        .iter()
        .map(|source| {
            vec![
                source.address.clone().into_any(),
                counted(source.calls).into_any(),
                source.client.clone().unwrap_or_else(|| "not recorded".into()).into_any(),
                view! { <Moment at=source.last_at.0 zone /> }.into_any(),
            ]
        })
        .collect();
    let columns =
        vec![Column::new("Source"), Column::numeric("Calls"), Column::new("Client"), Column::new("Last call")];
    let table =
        (!rows.is_empty()).then(|| view! { <Table caption="Sources that it would have refused" columns rows /> });
    view! {
        <Panel title="What this list would have refused">
            <p role="status">{sentence}</p>
            {table}
            <p class="hint">"Nothing was saved. Change the list or go on below."</p>
        </Panel>
    }
    .into_any()
}
