//! Sending a test event to an endpoint, on a page of its own.
use super::{known::short, show::get_endpoint};
use crate::{
    cx::cx,
    form::{PageForm, go},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
};
use domain::{
    ids::EndpointId,
    webhooks::{self, EndpointStatus},
};
use leptos::prelude::*;

/// Queues a test event for the endpoint of the address.
#[server]
pub async fn test_endpoint() -> Result<(), Problem> {
    let cx = cx();
    let id: EndpointId = cx.id("id")?;
    let delivery = cx.db().commit(cx.grant()?, webhooks::SendTest { id }).await?;
    cx.flash("Test event queued. Reload in a moment to see what the endpoint answered.").await;
    go(&paths::delivery(cx.environment, &delivery.id));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let endpoint = get_endpoint(cx.id("id")?).await?;
    let (e, back) = (cx.environment, paths::webhook(cx.environment, &endpoint.id));
    if endpoint.status == EndpointStatus::Disabled && cx.posted.is_none() {
        return Err(Problem::Elsewhere(back));
    }
    let body = view! {
        <PageForm act="Send test event" cancel=back.clone()>
            <p>
                "The event "<code>"webhook.test"</code>" is sent to this endpoint and to no other, signed and tried again \
                 like any event, whatever types it asks for."
            </p>
        </PageForm>
    };
    let name = short(&endpoint.url);
    Ok(Page::new(format!("Test {name}"), body).under("Webhooks", paths::webhooks(e)).under(name, back))
}
