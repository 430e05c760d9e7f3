//! Webhooks: endpoints (list, add, look at, turn off and on, delete), their deliveries, and every attempt.
mod attempts;
mod delete;
mod deliveries;
mod delivery;
mod disable;
mod enable;
mod known;
mod list;
mod new;
mod show;
mod signatures;
mod test;
mod words;

use crate::{
    cx::Cx,
    paths,
    screen::Routes,
    ui::{Tab, Tabs},
};
use domain::access::Permission;
use leptos::prelude::*;

pub(crate) fn routes() -> Routes {
    let (look, manage) = (Permission::ViewDeliveries, Permission::ManageWebhooks);
    Routes::default()
        .page("/webhooks", look, list::page)
        .form::<new::AddEndpoint, _>("/webhooks/new", manage, new::page)
        .page("/webhooks/deliveries", look, deliveries::page)
        .page("/webhooks/deliveries/{id}", look, delivery::page)
        .page("/webhooks/attempts", look, attempts::page)
        .page("/webhooks/{id}", look, show::page)
        .form::<disable::DisableEndpoint, _>("/webhooks/{id}/disable", manage, disable::page)
        .form::<enable::EnableEndpoint, _>("/webhooks/{id}/enable", manage, enable::page)
        .form::<test::TestEndpoint, _>("/webhooks/{id}/test", look, test::page)
        .form::<delete::DeleteEndpoint, _>("/webhooks/{id}/delete", manage, delete::page)
}

/// The three lists of this part.
#[derive(Clone, Copy, PartialEq)]
enum List {
    Endpoints,
    Deliveries,
    Attempts,
}

/// The way between the three lists.
fn tabs(cx: &Cx, here: List) -> AnyView {
    let e = cx.environment;
    let tabs = [
        ("Endpoints", paths::webhooks(e), List::Endpoints),
        ("Deliveries", paths::deliveries(e), List::Deliveries),
        ("Attempts", paths::attempts(e), List::Attempts),
    ]
    .map(|(label, href, list)| Tab { label: label.into(), href, current: list == here });
    view! { <Tabs label="Webhooks" tabs=tabs.into() /> }.into_any()
}

/// For whom may look only: why there is nothing to press.
fn looking_only(cx: &Cx) -> Option<AnyView> {
    (!cx.may(Permission::ManageWebhooks)).then(|| {
        let text = "You can look here. Adding, turning off and deleting endpoints is for owners and admins, in the dev \
                    environment for developers too.";
        view! { <p class="hint">{text}</p> }.into_any()
    })
}
