//! What is the visitor's own: name, time zone, theme, notices, and the way out.
mod edit;
mod leave;
mod notices;

use crate::screen::Routes;
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .form::<edit::ChangeProfile, _>("/profile", Permission::Enter, edit::page)
        .form::<notices::MarkRead, _>("/profile/notices", Permission::View, notices::page)
        .form::<leave::LeaveOrganisation, _>("/profile/leave", Permission::Enter, leave::page)
}
