//! Disputes: the list, one of them, opening and taking back.
mod cancel;
mod list;
mod new;
pub(crate) mod parts;
mod show;

use crate::screen::Routes;
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .page("/disputes", Permission::View, list::page)
        .page("/disputes/{id}", Permission::View, show::page)
        .form::<cancel::CancelDispute, _>("/disputes/{id}/cancel", Permission::Dispute, cancel::page)
        .form::<new::OpenDispute, _>("/purchases/{id}/dispute", Permission::Dispute, new::page)
}
