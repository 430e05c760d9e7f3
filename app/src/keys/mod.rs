//! API keys: list, create (shown once), look at, change, pause, rotate, revoke; and whose key somebody found.
mod edit;
mod entry;
mod exposure;
mod identify;
mod list;
mod new;
pub(crate) mod parts;
mod pause;
mod policy;
mod preview;
mod revoke;
mod rotate;
mod show;
mod tracker;
mod trial;
mod usage;

use crate::screen::Routes;
use domain::access::Permission as P;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .page("/keys", P::View, list::page)
        .form::<new::CreateKey, _>("/keys/new", P::CreateKey, new::page)
        .form::<identify::IdentifyKey, _>("/keys/identify", P::RevokeKey, identify::page)
        .form::<policy::SetKeyPolicy, _>("/keys/policy", P::ChangeSecurity, policy::page)
        .page("/keys/{id}", P::View, show::page)
        .form::<edit::EditKey, _>("/keys/{id}/edit", P::CreateKey, edit::page)
        .form::<pause::DisableKey, _>("/keys/{id}/disable", P::CreateKey, pause::disable_page)
        .form::<pause::ResumeKey, _>("/keys/{id}/resume", P::CreateKey, pause::resume_page)
        .form::<rotate::RotateKey, _>("/keys/{id}/rotate", P::CreateKey, rotate::page)
        .form::<rotate::CutOverlap, _>("/keys/{id}/overlap", P::CreateKey, rotate::overlap_page)
        .form::<trial::TryRevoking, _>("/keys/{id}/trial", P::RevokeKey, trial::page)
        .form::<revoke::RevokeKey, _>("/keys/{id}/revoke", P::RevokeKey, revoke::page)
        .form::<exposure::ReportCompromised, _>("/keys/{id}/compromised", P::RevokeKey, exposure::compromised_page)
        .page("/keys/{id}/exposure", P::View, exposure::page)
        .form::<exposure::FreezeTouched, _>("/keys/{id}/freeze", P::Freeze, exposure::freeze_page)
}
