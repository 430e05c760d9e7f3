//! Removing an endpoint for good, on a page of its own.
use super::{deliveries::waiting, known::short, show::get_endpoint};
use crate::{
    cx::cx,
    form::{confirm, go},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
};
use domain::webhooks;
use leptos::prelude::*;

/// Removes the endpoint of the address.
#[server]
pub async fn delete_endpoint() -> Result<(), Problem> {
    let cx = cx();
    let given_up = cx.db().commit(cx.grant()?, webhooks::DeleteEndpoint { id: cx.id("id")? }).await?;
    let said = match given_up {
        0 => "Endpoint deleted.".to_owned(),
        1 => "Endpoint deleted. One delivery that waited was given up.".to_owned(),
        many => format!("Endpoint deleted. {many} deliveries that waited were given up."),
    };
    cx.flash(said).await;
    go(&paths::webhooks(cx.environment));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let endpoint = get_endpoint(cx.id("id")?).await?;
    let (e, back) = (cx.environment, paths::webhook(cx.environment, &endpoint.id));
    let consequences = vec![
        "It is not called any more, and its signing secret is gone.".to_owned(),
        waiting(&endpoint.id, "which will be given up").await?,
        "Its past deliveries and attempts stay in the lists.".to_owned(),
        "This cannot be undone. To stop calls for a while, disable it instead.".to_owned(),
    ];
    let about = endpoint.description.clone();
    let about = (!about.is_empty()).then(|| view! { <p>{about}</p> });
    let asked = confirm(consequences, "Delete endpoint", back.clone());
    let body = view! { <div class="stack">{about}{asked}</div> };
    let name = short(&endpoint.url);
    Ok(Page::new(format!("Delete {name}"), body).under("Webhooks", paths::webhooks(e)).under(name, back))
}
