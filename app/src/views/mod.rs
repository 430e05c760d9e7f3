//! Saved views: a list's filters and order under a name.
mod change;
mod delete;
mod list;
mod new;
mod strip;

pub(crate) use strip::Strip;

use crate::{paths, screen::Routes};
use domain::{access::Permission, environment::Environment, views::Screen};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .page("/views", Permission::View, list::page)
        .form::<new::SaveView, _>("/views/new", Permission::View, new::page)
        .form::<change::ChangeView, _>("/views/{id}", Permission::View, change::page)
        .form::<delete::DeleteView, _>("/views/{id}/delete", Permission::View, delete::page)
}

/// The list's address.
fn home(e: Environment, screen: Screen) -> String {
    match screen {
        Screen::Keys => paths::keys(e),
        Screen::Requests => paths::requests(e),
        Screen::Audit => paths::audit(e),
        Screen::Agents => paths::agents(e),
        Screen::Cards => paths::cards(e),
        Screen::Purchases => paths::purchases(e),
        Screen::Intents => paths::intents(e),
        Screen::Attestations => paths::attestations(e),
    }
}

/// What the list is called.
fn title(screen: Screen) -> &'static str {
    match screen {
        Screen::Keys => "API keys",
        Screen::Requests => "Requests",
        Screen::Audit => "Audit log",
        Screen::Agents => "Agents",
        Screen::Cards => "Cards",
        Screen::Purchases => "Purchases",
        Screen::Intents => "Intents",
        Screen::Attestations => "Attestations",
    }
}
