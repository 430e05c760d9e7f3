//! Turning an endpoint off, on a page of its own.
use super::{deliveries::waiting, known::short, show::get_endpoint};
use crate::{
    cx::{Cx, cx},
    form::{confirm, go},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
};
use domain::{
    ids::EndpointId,
    webhooks::{EndpointStatus, UpdateEndpoint},
};
use leptos::prelude::*;

/// Turns the endpoint of the address on or off, and leads back to it.
pub(super) async fn turn(cx: &Cx, status: EndpointStatus, said: &str) -> Result<(), Problem> {
    let id: EndpointId = cx.id("id")?;
    let update = UpdateEndpoint {
        id: id.clone(),
        version: None,
        url: None,
        description: None,
        events: None,
        status: Some(status),
        allow: cx.app.settings.webhook_allow.clone(),
    };
    cx.db().commit(cx.grant()?, update).await?;
    cx.flash(said).await;
    go(&paths::webhook(cx.environment, &id));
    Ok(())
}

/// Turns the endpoint of the address off.
#[server]
pub async fn disable_endpoint() -> Result<(), Problem> {
    turn(&cx(), EndpointStatus::Disabled, "Endpoint disabled. It is not called until you enable it.").await
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let endpoint = get_endpoint(cx.id("id")?).await?;
    let (e, back) = (cx.environment, paths::webhook(cx.environment, &endpoint.id));
    if endpoint.status == EndpointStatus::Disabled {
        return Err(Problem::Elsewhere(back));
    }
    let consequences = vec![
        "It is not called any more. An attempt that is under way still ends.".to_owned(),
        "What happens while it is off is not kept for it: those events are lost to it.".to_owned(),
        waiting(&endpoint.id, "sent when it is enabled again").await?,
    ];
    let body = confirm(consequences, "Disable endpoint", back.clone());
    let name = short(&endpoint.url);
    Ok(Page::new(format!("Disable {name}"), body).under("Webhooks", paths::webhooks(e)).under(name, back))
}
