//! The organisation's settings: looked at by all, changed by owners.
mod alerts;
mod organisation;
mod show;
mod threshold;
mod zones;

pub(crate) use organisation::zone_of;
pub(crate) use zones::zones;

use crate::screen::Routes;
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .page("/settings", Permission::View, show::page)
        .form::<organisation::ChangeSettings, _>(
            "/settings/organisation",
            Permission::ManageOrganisation,
            organisation::page,
        )
        .form::<alerts::ChangeAlerts, _>("/settings/alerts", Permission::ManageOrganisation, alerts::page)
        .form::<threshold::ChangeThreshold, _>("/settings/threshold", Permission::ManageOrganisation, threshold::page)
}
