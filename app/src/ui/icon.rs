//! Drawings: one stroked path each on a grid of 16, and the logo.
use leptos::prelude::*;

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident $path:literal)*) => {
        /// A drawing that stands beside a word, never instead of it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Icon { $($(#[$doc])* $name,)* }

        impl Icon {
            /// Every drawing.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            fn path(self) -> &'static str {
                match self { $(Self::$name => $path,)* }
            }
        }
    };
}

icons! {
    /// Four panes.
    Overview "M2.5 2.5h4.25v4.25H2.5zM9.25 2.5h4.25v4.25H9.25zM2.5 9.25h4.25v4.25H2.5zM9.25 9.25h4.25v4.25H9.25z"
    /// A key.
    Key "M8.4 10.1a3.1 3.1 0 1 1-6.2 0 3.1 3.1 0 0 1 6.2 0M7.5 7.9l5.9-5.4M10.8 4.9l1.9 2"
    /// A robot's head.
    Agent "M4 5.5h8a1.5 1.5 0 0 1 1.5 1.5v4.5A1.5 1.5 0 0 1 12 13H4a1.5 1.5 0 0 1-1.5-1.5V7A1.5 1.5 0 0 1 4 5.5M8 5.5v-3M6 8.6v1.3M10 8.6v1.3M.9 8.3v2.2M15.1 8.3v2.2"
    /// A payment card.
    Card "M3 3.5h10a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5H3A1.5 1.5 0 0 1 1.5 11V5A1.5 1.5 0 0 1 3 3.5M1.5 6.7h13M4.3 9.7h2.4"
    /// A receipt.
    Purchase "M3.5 1.8v12.4l1.5-1 1.5 1 1.5-1 1.5 1 1.5-1 1.5 1V1.8zM6 5.2h4M6 8.2h4"
    /// A shield with a tick.
    Attestation "M8 1.7l5.1 1.8v4.1c0 3.2-2.1 5.5-5.1 6.7-3-1.2-5.1-3.5-5.1-6.7V3.5zM5.8 7.9l1.6 1.6 2.9-3.1"
    /// Something leaving through a door.
    Webhook "M6.5 2.5H4A1.5 1.5 0 0 0 2.5 4v8A1.5 1.5 0 0 0 4 13.5h2.5M6.5 8h7.5M10.8 4.8L14 8l-3.2 3.2"
    /// An arrow there and an arrow back.
    Request "M2.5 5.5h10M9.8 2.8l2.7 2.7-2.7 2.7M13.5 10.5h-10M6.2 7.8l-2.7 2.7 2.7 2.7"
    /// Lines of a log.
    Audit "M5.5 3.5h8M5.5 8h8M5.5 12.5h8M2.3 3.5h.4M2.3 8h.4M2.3 12.5h.4"
    /// A pulse.
    Monitoring "M1.5 8.5h2.8l2-5.3 3.2 9.6 2-4.3h3"
    /// A person.
    User "M10.7 5.2a2.7 2.7 0 1 1-5.4 0 2.7 2.7 0 0 1 5.4 0M2.8 13.7c.5-2.7 2.5-4.2 5.2-4.2s4.7 1.5 5.2 4.2"
    /// Two sliders.
    Settings "M2 5h6.2M11.8 5H14M2 11h2.2M7.8 11H14M8.2 5a1.8 1.8 0 1 0 3.6 0 1.8 1.8 0 0 0-3.6 0M4.2 11a1.8 1.8 0 1 0 3.6 0 1.8 1.8 0 0 0-3.6 0"
    /// A tick.
    Check "M3.2 8.4l3.2 3.2 6.4-7"
    /// A cross.
    Cross "M4 4l8 8M12 4l-8 8"
    /// A triangle with an exclamation mark.
    Warning "M8 2.3l6.2 11H1.8zM8 6.6v3M8 11.4v.1"
    /// A circle with an i.
    Info "M14.2 8A6.2 6.2 0 1 1 1.8 8a6.2 6.2 0 0 1 12.4 0M8 7.4v3.6M8 5v.1"
    /// A clock.
    Clock "M14.2 8A6.2 6.2 0 1 1 1.8 8a6.2 6.2 0 0 1 12.4 0M8 4.5V8l2.3 1.5"
    /// Two sheets.
    Copy "M6.5 5.5h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1M3.5 10.5a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1"
    /// An arrow head to the right.
    Right "M6 3.5L10.5 8 6 12.5"
    /// An arrow head to the left.
    Left "M10 3.5L5.5 8l4.5 4.5"
    /// An arrow up.
    Up "M8 13V3.5M4 7.3l4-4 4 4"
    /// An arrow down.
    Down "M8 3v9.5M4 8.7l4 4 4-4"
    /// Arrows both ways: may be sorted.
    Sort "M5 6l3-3.2L11 6M5 10l3 3.2L11 10"
    /// Three lines.
    Menu "M2.5 4.5h11M2.5 8h11M2.5 11.5h11"
    /// A snow flake.
    Freeze "M8 1.8v12.4M2.6 4.9l10.8 6.2M13.4 4.9L2.6 11.1M6.3 2.7L8 4.3l1.7-1.6M6.3 13.3L8 11.7l1.7 1.6"
    /// A plus sign.
    Plus "M8 3v10M3 8h10"
    /// A magnifying glass.
    Search "M11.5 7a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0M10.4 10.4l3.3 3.3"
    /// A padlock.
    Lock "M4 7.2h8a1 1 0 0 1 1 1v4.5a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V8.2a1 1 0 0 1 1-1M5.3 7.2V5a2.7 2.7 0 0 1 5.4 0v2.2"
    /// An eye.
    Read "M1.5 8S3.8 3.8 8 3.8 14.5 8 14.5 8 12.2 12.2 8 12.2 1.5 8 1.5 8M10 8a2 2 0 1 1-4 0 2 2 0 0 1 4 0"
    /// A flag.
    Intent "M3.5 14V2.5h8.7L10.3 5.5l1.9 3H3.5"
    /// Three dots.
    Waiting "M3.5 8h.1M8 8h.1M12.5 8h.1"
}

/// A drawing. Hidden from screen readers: the words beside it say the same.
#[component]
pub fn Glyph(
    /// Which.
    icon: Icon,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d=icon.path()></path>
        </svg>
    }
}

/// The mark of LedgerOS; `public/favicon.svg` is the same drawing.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="8" fill="#3f4bd0"></rect>
            <path
                d="M9.5 8v16h13"
                fill="none"
                stroke="#fff"
                stroke-width="3.2"
                stroke-linecap="round"
                stroke-linejoin="round"
            ></path>
            <path
                d="M15.5 11.5h7M15.5 17h4.5"
                fill="none"
                stroke="#c3c9ff"
                stroke-width="2.6"
                stroke-linecap="round"
            ></path>
        </svg>
    }
}
