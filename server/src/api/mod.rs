//! The `/v1` API: one table of routes, one way through for every call.
//!
//! A slice has one file with a `routes` function that declares each of its routes once:
//!
//! ```ignore
//! pub(super) fn routes(api: &mut Table) {
//!     api.get("/v1/agents/{id}", Permission::View, show)
//!         .answers::<AgentView>("readAgent", "Read an agent")
//!         .at::<AgentId>("id", Noun::Agent);
//! }
//!
//! async fn show(call: Call, _: Nothing) -> Answer {
//!     let agent = agents::get(call.db(), call.grant(), &call.id("id", Noun::Agent)?).await?;
//!     call.ok(&AgentView::from(agent))
//! }
//! ```
//!
//! [`table`] gathers them; [`table::Table`] sees to the key, the permission, the rate, the body and the envelope.
mod agents;
pub mod auth;
pub mod call;
mod cards;
mod details;
mod disputes;
pub mod error;
mod idempotency;
mod intents;
pub mod json;
pub mod keys;
pub mod limits;
mod line;
pub mod openapi;
pub mod page;
mod policies;
pub mod query;
mod risk;
mod sandbox;
pub mod scope;
mod spend;
mod strict;
pub mod table;
mod terms;
mod transactions;
pub mod upload;
mod users;
mod verification;
mod webhooks;

pub use call::{Answer, Call, Nothing, Reply};
pub use error::Failure;
pub use page::PageRequest;
pub use table::{Route, Table};

/// Every route of the API.
pub fn table() -> Table {
    let mut api = Table::default();
    users::routes(&mut api);
    verification::routes(&mut api);
    agents::routes(&mut api);
    cards::routes(&mut api);
    policies::routes(&mut api);
    risk::routes(&mut api);
    spend::routes(&mut api);
    intents::routes(&mut api);
    details::routes(&mut api);
    transactions::routes(&mut api);
    disputes::routes(&mut api);
    sandbox::routes(&mut api);
    webhooks::routes(&mut api);
    openapi::routes(&mut api);
    api
}
