//! Pages from constants: what rendering alone costs, without session or database.
//!
//! No route of the product leads here; `make bench` holds the pages against it.
pub use crate::query::place;
use crate::{App, guard, monitoring, overview, purchases, screen};
use axum::response::Response;
use domain::{
    access::Visitor,
    monitoring::Panels,
    page::Page,
    purchases::{Filter, Purchase},
};
use http::request::Parts;
use leptos::prelude::IntoAny;

/// What a page shows, loaded beforehand.
#[derive(Debug, Clone)]
pub enum Still {
    /// The overview.
    Overview(overview::Overview),
    /// The monitoring page.
    Monitoring(Panels),
    /// The list of purchases without a filter.
    Purchases(Page<Purchase>),
}

/// Renders the page as `visitor` would see it in the environment that the request's extensions name.
pub fn render(app: &App, parts: Parts, visitor: Visitor, still: Still) -> Response {
    screen::still(guard::known(app, parts, visitor), |cx| match still {
        Still::Overview(shown) => overview::view(cx, shown),
        Still::Monitoring(panels) => monitoring::view(cx, panels.range, Some(&panels)),
        Still::Purchases(page) => purchases::view(cx, &Filter::default(), &page, ().into_any()),
    })
}
