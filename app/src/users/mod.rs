//! Funding users: whom agents spend for, where their application stands, what they have.
mod list;
mod show;

use crate::screen::Routes;
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default().page("/users", Permission::View, list::page).page("/users/{id}", Permission::View, show::page)
}
