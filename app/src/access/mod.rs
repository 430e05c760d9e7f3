//! The door: sign-in, sign-out, set-up, the choice of theme.
mod forgot;
mod home;
mod join;
mod set_up;
mod sign_in;
mod sign_out;
mod theme;
mod verify;

use crate::{guard::Access, paths, screen::Routes};
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .open_page(paths::HOME, Access::Needs(Permission::View), home::page)
        .open_form::<sign_in::SignIn, _>(paths::SIGN_IN, Access::Public, sign_in::page)
        .open_form::<set_up::SetUp, _>(paths::SET_UP, Access::Public, set_up::page)
        .open_form::<join::Join, _>(paths::INVITATION, Access::Public, join::page)
        .open_form::<forgot::AskReset, _>(paths::FORGOT, Access::Public, forgot::page)
        .open_form::<forgot::ChoosePassword, _>(paths::RESET, Access::Public, forgot::choose_page)
        .form::<sign_out::SignOut, _>(paths::SIGN_OUT, Permission::Enter, sign_out::page)
        .open_form::<verify::DecideApplication, _>(paths::VERIFY, Access::Public, verify::page)
        .open_form::<theme::ChooseTheme, _>(paths::THEME, Access::Public, theme::page)
}
