//! The reference of the API: what stands in its OpenAPI document, for people.
mod document;
mod fields;
mod group;
mod overview;
mod prose;
mod sample;

use crate::screen::Routes;
use domain::access::Permission as P;

pub(crate) fn routes() -> Routes {
    Routes::default().page("/reference", P::Enter, overview::page).page("/reference/{group}", P::Enter, group::page)
}
