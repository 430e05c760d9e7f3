//! Attestations: what was said before a card's credentials were read, and what was bought.
mod list;
mod show;

pub(crate) use list::list_accesses;
pub(crate) use show::get_access;

use crate::screen::Routes;
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default().page("/attestations", Permission::View, list::page).page(
        "/attestations/{id}",
        Permission::View,
        show::page,
    )
}
