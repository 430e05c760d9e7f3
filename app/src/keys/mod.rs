//! API keys: list, create (shown once), look at, revoke.
mod list;
mod new;
mod revoke;
mod show;

use crate::screen::Routes;
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .page("/keys", Permission::View, list::page)
        .form::<new::CreateKey, _>("/keys/new", Permission::CreateKey, new::page)
        .page("/keys/{id}", Permission::View, show::page)
        .form::<revoke::RevokeKey, _>("/keys/{id}/revoke", Permission::RevokeKey, revoke::page)
}
