//! Purchases: the list, one with its decision, and that decision beside today's rules.
pub(crate) mod decision;
mod list;
pub(crate) mod parts;
mod remarks;
mod remedy;
mod show;
mod today;
mod unattested;

pub(crate) use list::{list_purchases, view};
pub(crate) use show::get_purchase;

use crate::screen::Routes;
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .page("/purchases", Permission::View, list::page)
        .page("/purchases/unattested", Permission::View, unattested::page)
        .page("/purchases/{id}", Permission::View, show::page)
        .page("/purchases/{id}/today", Permission::View, today::page)
        .form::<remarks::AnnotatePurchase, _>("/purchases/{id}/notes", Permission::Annotate, remarks::page)
}
