//! The list of endpoints.
use super::{List, looking_only, tabs, words};
use crate::{
    cx::cx,
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{ButtonLink, Code, Column, Icon, Look, Moment, NothingYet, Table},
};
use domain::{
    access::Permission,
    webhooks::{self, Endpoint},
};
use leptos::prelude::*;

/// Every endpoint of the environment.
#[server]
pub async fn list_endpoints() -> Result<Vec<Endpoint>, Problem> {
    let cx = cx();
    Ok(webhooks::endpoints(cx.db(), cx.grant()?).await?)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let endpoints = list_endpoints().await?;
    let e = cx.environment;
    let new = || cx.may(Permission::ManageWebhooks).then(|| ("Add endpoint".to_owned(), paths::new_webhook(e)));
    let columns = vec![
        Column::new("URL"),
        Column::prose("Description"),
        Column::new("Events"),
        Column::new("Status"),
        Column::new("Created"),
    ];
    let zone = cx.zone();
    let rows = endpoints
        .iter()
        .map(|endpoint| {
            let href = paths::webhook(e, &endpoint.id);
            vec![
                view! { <a href=href><Code text=super::known::short(&endpoint.url) /></a> }.into_any(),
                endpoint.description.clone().into_any(),
                words::events(endpoint).into_any(),
                words::status(endpoint),
                view! { <Moment at=endpoint.created_at.0 zone /> }.into_any(),
            ]
        })
        .collect();
    let empty = view! {
        <NothingYet
            title=format!("No {} endpoints yet", e.title().to_lowercase())
            text="An endpoint is an https address of yours that is called when something happens: a purchase is \
                  declined, a card is frozen, an intent is met."
            icon=Icon::Webhook
            action=new()
        />
    };
    let body = view! {
        <div class="stack">
            {tabs(&cx, List::Endpoints)}
            {looking_only(&cx)}
            <Table caption="Webhook endpoints" quiet=true columns rows empty=empty.into_any() />
        </div>
    };
    let actions = new().map(|(word, href)| view! { <ButtonLink href word look=Look::Primary icon=Icon::Plus /> });
    Ok(Page::new("Webhooks", body)
        .lead("Events are sent to these addresses, signed, and retried for about three days.")
        .actions(actions))
}
