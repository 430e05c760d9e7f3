//! Cards: the list, issuing one, one with its timeline, changing its rules, trying a purchase, freezing, unfreezing, closing,
//! revealing a number; those that nobody uses.
mod close;
mod freeze;
mod list;
mod new;
mod one_use;
pub(crate) mod parts;
mod reveal;
mod rules;
mod show;
mod simulate;
mod sweep;
mod unused;

pub(crate) use list::list_cards;
pub(crate) use show::get_card;

use crate::screen::Routes;
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .page("/cards", Permission::View, list::page)
        .form::<new::IssueCard, _>("/cards/new", Permission::IssueCard, new::page)
        .page("/cards/unused", Permission::View, unused::page)
        .form::<sweep::CloseUnused, _>("/cards/unused/close", Permission::Unfreeze, sweep::page)
        .page("/cards/{id}", Permission::View, show::page)
        .form::<rules::ChangeCardRules, _>("/cards/{id}/rules", Permission::LowerLimit, rules::page)
        .form::<simulate::EvaluatePurchase, _>("/cards/{id}/try", Permission::View, simulate::page)
        .form::<simulate::PostPurchase, _>("/cards/{id}/try/post", Permission::Settle, simulate::page)
        .form::<freeze::FreezeCard, _>("/cards/{id}/freeze", Permission::Freeze, freeze::freeze_page)
        .form::<freeze::UnfreezeCard, _>("/cards/{id}/unfreeze", Permission::Unfreeze, freeze::unfreeze_page)
        .form::<close::CloseCard, _>("/cards/{id}/close", Permission::Unfreeze, close::page)
        .form::<reveal::RevealCard, _>("/cards/{id}/reveal", Permission::RevealCard, reveal::page)
}
