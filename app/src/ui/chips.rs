//! Filters of a list: the bar that sets them and the chips that take them away.
use super::{
    button::{Button, ButtonLink, Look},
    icon::{Glyph, Icon},
};
use leptos::prelude::*;

/// A filter in force.
#[derive(Debug, Clone)]
pub struct Chip {
    /// What is filtered: "Status".
    pub name: String,
    /// By what: "declined".
    pub value: String,
    /// The list without this filter.
    pub remove_href: String,
}

/// The filters in force, each removable; nothing without filters.
#[component]
pub fn Chips(
    /// The filters.
    chips: Vec<Chip>,
    /// The list without any filter.
    #[prop(into)]
    clear_href: String,
) -> AnyView {
    (!chips.is_empty())
        .then(|| {
            let several = chips.len() > 1;
            let chips = chips
                .into_iter()
                .map(|chip| {
                    view! {
                        <li>
                            <a class="chip" href=chip.remove_href>
                                <span class="quiet">"Remove filter "</span>
                                {format!("{}: ", chip.name)}
                                <b>{chip.value}</b>
                                <Glyph icon=Icon::Cross />
                            </a>
                        </li>
                    }
                })
                .collect_view();
            view! {
                <ul class="chips" aria-label="Filters in force">
                    {chips}
                    {several.then(|| view! { <li><a class="clear" href=clear_href>"Clear all"</a></li> })}
                </ul>
            }
        })
        .into_any()
}

/// A row of fields that sends its values into the address of the list.
#[component]
pub fn FilterBar(
    /// The list.
    #[prop(into)]
    action: String,
    /// The list without filters; offered when some are in force.
    #[prop(optional_no_strip, into)]
    clear_href: Option<String>,
    /// What the address keeps besides the fields, by name.
    #[prop(optional)]
    keep: Vec<(String, String)>,
    /// The fields.
    children: Children,
) -> AnyView {
    let keep = keep.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
    let keep = keep.collect_view();
    view! {
        <form class="filters" method="get" action=action role="search">
            {keep}
            {children()}
            <div class="actions">
                <Button word="Apply" look=Look::Secondary />
                {clear_href.map(|href| view! { <ButtonLink href word="Clear" look=Look::Plain /> })}
            </div>
        </form>
    }
    .into_any()
}
