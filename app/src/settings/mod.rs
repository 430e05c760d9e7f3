//! The organisation's settings: looked at by all, changed by owners; and its spending, which more people may stop.
mod alerts;
mod organisation;
mod show;
mod stop;
mod threshold;
mod zones;

pub(crate) use organisation::zone_of;
pub(crate) use stop::stopped;
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
        .form::<stop::StopSpending, _>("/settings/stop", Permission::Freeze, stop::stop_page)
        .form::<stop::AllowSpending, _>("/settings/allow", Permission::Unfreeze, stop::allow_page)
}
