//! The log of API calls: the list, one call, taking it out.
mod export;
pub(crate) mod latest;
mod list;
mod parts;
pub(crate) mod rates;
mod show;

use crate::screen::Routes;
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .page("/requests", Permission::View, list::page)
        .form::<export::ExportRequests, _>("/requests/export", Permission::Export, export::page)
        .page("/requests/rates", Permission::View, rates::page)
        .page("/requests/{id}", Permission::View, show::page)
}
