//! Intents: what agents said they would buy, what people said to that, and whether they bought it.
mod decide;
mod facts;
mod list;
pub(crate) mod parts;
mod queue;
mod show;

pub(crate) use list::list_intents;
pub(crate) use show::get_intent;

use crate::screen::Routes;
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .page("/intents", Permission::View, list::page)
        .page("/intents/{id}", Permission::View, show::page)
        .form::<decide::DecideIntent, _>("/intents/{id}/decide", Permission::ApprovePurchase, decide::page)
        .page("/held", Permission::View, queue::page)
}
