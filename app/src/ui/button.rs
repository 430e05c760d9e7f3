//! What may be pressed.
use super::icon::{Glyph, Icon};
use leptos::prelude::*;

/// How much a button asks to be pressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Look {
    /// The one thing to do on this page.
    #[default]
    Primary,
    /// Everything else.
    Secondary,
    /// Cannot be taken back. Only on a page that says what follows: see [`Confirm`](super::Confirm).
    Danger,
    /// Without a frame, for rows and tool bars.
    Plain,
}

impl Look {
    fn class(self, small: bool) -> &'static str {
        match (self, small) {
            (Self::Primary, false) => "button primary",
            (Self::Primary, true) => "button primary small",
            (Self::Secondary, false) => "button secondary",
            (Self::Secondary, true) => "button secondary small",
            (Self::Danger, false) => "button danger",
            (Self::Danger, true) => "button danger small",
            (Self::Plain, false) => "button plain",
            (Self::Plain, true) => "button plain small",
        }
    }
}

/// Submits the form around it. The word names the act: "Create key", not "OK".
#[component]
pub fn Button(
    /// The act.
    #[prop(into)]
    word: String,
    /// How it looks.
    #[prop(optional)]
    look: Look,
    /// For rows of a table.
    #[prop(optional)]
    small: bool,
    /// A drawing before the word.
    #[prop(optional)]
    icon: Option<Icon>,
    /// Name of the field that tells which button was pressed.
    #[prop(optional, into)]
    name: Option<String>,
    /// Value of that field.
    #[prop(optional, into)]
    value: Option<String>,
    /// Where it sends the form, in place of the form's own page.
    #[prop(optional, into)]
    action: Option<String>,
) -> impl IntoView {
    view! {
        <button type="submit" class=look.class(small) name=name value=value formaction=action>
            {icon.map(|icon| view! { <Glyph icon /> })}
            {word}
        </button>
    }
}

/// Goes to another page, looking like a button.
#[component]
pub fn ButtonLink(
    /// Where to.
    #[prop(into)]
    href: String,
    /// The act.
    #[prop(into)]
    word: String,
    /// How it looks.
    #[prop(default = Look::Secondary)]
    look: Look,
    /// For rows of a table.
    #[prop(optional)]
    small: bool,
    /// A drawing before the word.
    #[prop(optional)]
    icon: Option<Icon>,
) -> impl IntoView {
    view! {
        <a href=href class=look.class(small)>
            {icon.map(|icon| view! { <Glyph icon /> })}
            {word}
        </a>
    }
}
