//! Intents: what agents said they would buy, and whether they did.
mod list;
pub(crate) mod parts;
mod show;

pub(crate) use list::list_intents;
pub(crate) use show::get_intent;

use crate::screen::Routes;
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default().page("/intents", Permission::View, list::page).page("/intents/{id}", Permission::View, show::page)
}
