//! The page for a request that no page of ours was reached by: refused before its route, or broken off within it.
use crate::{
    paths, screen,
    ui::{Bare, ButtonLink, Head, PageHead},
};
use domain::ids::RequestId;
use http::StatusCode;
use leptos::prelude::*;

/// Says in words what became of a request: what happened, what to try, and what to quote when asking for help.
pub fn page(nonce: String, status: StatusCode, message: &str, request: Option<&RequestId>) -> String {
    let title = match status {
        StatusCode::FORBIDDEN => "Not from there",
        StatusCode::NOT_FOUND => "Nothing here",
        StatusCode::METHOD_NOT_ALLOWED => "This address cannot be used in this way",
        StatusCode::REQUEST_TIMEOUT => "This took too long to arrive",
        StatusCode::URI_TOO_LONG => "This address is too long",
        StatusCode::INTERNAL_SERVER_ERROR => "Something went wrong on our side",
        StatusCode::SERVICE_UNAVAILABLE => "Not now",
        _ => "This request cannot be read",
    };
    let unchanged = if status.is_client_error() { " Nothing was changed." } else { "" };
    let lead = format!("{message}{unchanged}");
    let head = Head { title: format!("{title} ({})", status.as_u16()), nonce, ..Head::default() };
    let request = request.map(|id| view! { <p class="hint">"Request "<code>{id.to_string()}</code></p> });
    Owner::new().with(|| {
        screen::render(view! {
            <Bare head>
                <PageHead title lead=Some(lead) />
                <div class="actions"><ButtonLink href=paths::HOME word="Go to the overview" /></div>
                {request}
            </Bare>
        })
    })
}
