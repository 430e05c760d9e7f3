//! The latest calls with one key, on the key's own page.
use super::{list::Calls, parts};
use crate::{
    cx::{Cx, cx},
    part::{could_not_load, part},
    paths,
    problem::Problem,
    ui::{Column, Icon, Moment, NothingYet, Panel, Precision, Table},
};
use domain::{
    ids::RequestId,
    page::Paging,
    requests::{self, Filter, Names},
};
use leptos::prelude::*;

/// Calls that a key's own page shows.
const LATEST: u8 = 10;

/// The latest calls with the key of this id.
#[server]
pub async fn list_latest(key: String) -> Result<Calls, Problem> {
    let cx = cx();
    let filter = Filter { key: Some(key), ..Filter::default() };
    let page = requests::list(cx.db(), cx.grant()?, &filter, &Paging::<RequestId>::newest(LATEST)).await?;
    Ok(Calls { page, names: Names::default() })
}

/// The panel; without the calls the page around it is still of use.
pub(crate) async fn of_key(cx: &Cx, key: &str) -> Result<AnyView, Problem> {
    let (e, zone) = (cx.environment, cx.zone());
    let body = match part(list_latest(key.to_owned())).await? {
        None => could_not_load(cx, "calls"),
        Some(calls) => {
            let rows = calls.page.rows.iter().map(|call| {
                let moment = view! { <Moment at=call.at.0 zone precision=Precision::Second /> };
                vec![
                    view! { <a href=paths::request(e, &call.id)>{moment}</a> }.into_any(),
                    view! { <span class="mono">{format!("{} {}", call.method, call.route)}</span> }.into_any(),
                    parts::status(call),
                    parts::took(call.micros).into_any(),
                    call.address.clone().unwrap_or_else(|| "not recorded".into()).into_any(),
                ]
            });
            let rows = rows.collect();
            let columns = vec![
                Column::new("When"),
                Column::new("Call"),
                Column::new("Result"),
                Column::numeric("Took"),
                Column::new("Address"),
            ];
            let empty = view! {
                <NothingYet
                    title="No calls"
                    text="Each call with this key is here within a second, and stays for 30 days."
                    icon=Icon::Request
                />
            };
            view! { <Table caption="Latest calls" quiet=true columns rows empty=empty.into_any() /> }.into_any()
        }
    };
    let all = paths::with_query(&paths::requests(e), [("key", Some(key))]);
    let links = view! { <a href=all>"All calls"</a> }.into_any();
    Ok(view! { <Panel title="Latest calls" actions=links>{body}</Panel> }.into_any())
}
