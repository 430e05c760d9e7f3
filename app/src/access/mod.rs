//! The door: sign-in, sign-out, set-up, the choices of theme and density; and the own sign-in: password, factors, sessions.
mod account;
mod authenticator;
mod enrol;
mod factor;
mod forgot;
mod home;
mod join;
mod new_password;
mod parts;
pub(crate) mod passkey;
mod passkeys;
mod password;
mod qr;
mod removal;
mod security;
mod sessions;
mod set_up;
mod sign_in;
mod sign_out;
mod step_up;
mod taste;
mod verify;

use crate::{guard::Access, paths, screen::Routes};
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .open_page(paths::HOME, Access::Needs(Permission::View), home::page)
        .open_form::<sign_in::SignIn, _>(paths::SIGN_IN, Access::Public, sign_in::page)
        .open_form::<factor::ShowFactor, _>(paths::SECOND_FACTOR, Access::Public, factor::page)
        .open_form::<enrol::Enrol, _>(paths::ENROL, Access::Public, enrol::page)
        .open_form::<passkey::SignInWithPasskey, _>(paths::PASSKEY_SIGN_IN, Access::Public, passkey::page)
        .form::<passkeys::RenamePasskey, _>(paths::PASSKEYS, Permission::ChangeFactors, passkeys::page)
        .form::<passkeys::RemovePasskey, _>(paths::REMOVE_PASSKEY, Permission::ChangeFactors, passkeys::remove_page)
        .form::<passkeys::AddPasskey, _>(paths::NEW_PASSKEY, Permission::ChangeFactors, passkeys::new_page)
        .form::<step_up::StepUp, _>(paths::STEP_UP, Permission::Enter, step_up::page)
        .page(paths::ACCOUNT, Permission::Enter, account::page)
        .form::<password::ChangePassword, _>(paths::PASSWORD, Permission::ChangeFactors, password::page)
        .form::<authenticator::SetUpAuthenticator, _>(
            paths::AUTHENTICATOR,
            Permission::ChangeFactors,
            authenticator::page,
        )
        .form::<authenticator::RemoveAuthenticator, _>(
            paths::REMOVE_AUTHENTICATOR,
            Permission::ChangeFactors,
            authenticator::remove_page,
        )
        .form::<authenticator::MakeRecoveryCodes, _>(
            paths::RECOVERY_CODES,
            Permission::ChangeFactors,
            authenticator::recovery_page,
        )
        .form::<sessions::EndSession, _>(paths::SESSIONS, Permission::Enter, sessions::page)
        .form::<security::ChangeSecurity, _>(paths::SECURITY, Permission::ChangeSecurity, security::page)
        .open_form::<set_up::SetUp, _>(paths::SET_UP, Access::Public, set_up::page)
        .open_form::<join::Join, _>(paths::INVITATION, Access::Public, join::page)
        .open_form::<forgot::AskReset, _>(paths::FORGOT, Access::Public, forgot::page)
        .open_form::<forgot::ChoosePassword, _>(paths::RESET, Access::Public, forgot::choose_page)
        .form::<sign_out::SignOut, _>(paths::SIGN_OUT, Permission::Enter, sign_out::page)
        .open_form::<verify::DecideApplication, _>(paths::VERIFY, Access::Public, verify::page)
        .open_form::<taste::ChooseTheme, _>(paths::THEME, Access::Public, taste::theme_page)
        .open_form::<taste::ChooseDensity, _>(paths::DENSITY, Access::Public, taste::density_page)
}
