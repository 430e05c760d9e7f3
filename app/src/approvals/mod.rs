//! Changes that wait for a second person: list, page of one, approve or reject, withdraw.
mod decide;
mod list;
mod show;
mod withdraw;
mod words;

use crate::screen::Routes;
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .page("/approvals", Permission::View, list::page)
        .page("/approvals/{id}", Permission::View, show::page)
        .form::<decide::DecideProposal, _>("/approvals/{id}/decide", Permission::View, decide::page)
        .form::<withdraw::WithdrawProposal, _>("/approvals/{id}/withdraw", Permission::View, withdraw::page)
}
