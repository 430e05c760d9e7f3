//! The audit log: the list with its search, one record, the history of one object, taking it out.
mod diff;
mod export;
pub(crate) mod history;
mod list;
mod show;
mod words;

use crate::screen::Routes;
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .page("/audit", Permission::ReadAudit, list::page)
        .form::<export::ExportAudit, _>("/audit/export", Permission::Export, export::page)
        .page("/audit/{id}", Permission::ReadAudit, show::page)
}
