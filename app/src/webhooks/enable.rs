//! Turning an endpoint on again, on a page of its own.
use super::{deliveries::waiting, disable::turn, known::short, show::get_endpoint};
use crate::{
    cx::cx,
    form::PageForm,
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Button, ButtonLink},
};
use domain::webhooks::EndpointStatus;
use leptos::prelude::*;

/// Turns the endpoint of the address on.
#[server]
pub async fn enable_endpoint() -> Result<(), Problem> {
    turn(&cx(), EndpointStatus::Enabled, "Endpoint enabled. What waited for it is being sent.").await
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let endpoint = get_endpoint(cx.id("id")?).await?;
    let (e, back) = (cx.environment, paths::webhook(cx.environment, &endpoint.id));
    if endpoint.status == EndpointStatus::Enabled {
        return Err(Problem::Elsewhere(back));
    }
    let waiting = waiting(&endpoint.id, "sent at once").await?;
    let reason = endpoint.disabled_reason.clone().map(|why| view! { <p>"It was disabled because: "{why}</p> });
    let cancel_href = back.clone();
    let body = view! {
        <PageForm>
            {reason}
            <p>{waiting}</p>
            <p>"Events from now on are sent to it. Those that happened while it was off are not."</p>
            <div class="actions">
                <Button word="Enable endpoint" />
                <ButtonLink href=cancel_href word="Cancel" />
            </div>
        </PageForm>
    };
    let name = short(&endpoint.url);
    Ok(Page::new(format!("Enable {name}"), body).under("Webhooks", paths::webhooks(e)).under(name, back))
}
