//! Cards: the list, one with its timeline, freezing and unfreezing, revealing a number.
mod freeze;
mod list;
pub(crate) mod parts;
mod reveal;
mod show;

pub(crate) use list::list_cards;

use crate::screen::Routes;
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .page("/cards", Permission::View, list::page)
        .page("/cards/{id}", Permission::View, show::page)
        .form::<freeze::FreezeCard, _>("/cards/{id}/freeze", Permission::Freeze, freeze::freeze_page)
        .form::<freeze::UnfreezeCard, _>("/cards/{id}/unfreeze", Permission::Unfreeze, freeze::unfreeze_page)
        .form::<reveal::RevealCard, _>("/cards/{id}/reveal", Permission::RevealCard, reveal::page)
}
