//! A state in one word.
use leptos::prelude::*;

/// How a state is meant. Each tone has a shape as well as a colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Neither good nor bad: a ring.
    #[default]
    Neutral,
    /// As it should be: a disc.
    Good,
    /// Wants attention: a triangle.
    Warn,
    /// Wrong or refused: a cross.
    Bad,
    /// Worth knowing: a square.
    Info,
}

impl Tone {
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Info => "info",
        }
    }

    fn shape(self) -> &'static str {
        match self {
            Self::Neutral => "M4 0a4 4 0 1 1 0 8 4 4 0 0 1 0-8M4 1.6a2.4 2.4 0 1 0 0 4.8 2.4 2.4 0 0 0 0-4.8",
            Self::Good => "M4 0a4 4 0 1 1 0 8 4 4 0 0 1 0-8",
            Self::Warn => "M4 .4L8 7.6H0z",
            Self::Bad => "M1.3 0L4 2.7 6.7 0 8 1.3 5.3 4 8 6.7 6.7 8 4 5.3 1.3 8 0 6.7 2.7 4 0 1.3z",
            Self::Info => "M.5.5h7v7h-7z",
        }
    }
}

/// A word with a tone.
#[component]
pub fn Badge(
    /// How it is meant.
    tone: Tone,
    /// The state.
    #[prop(into)]
    word: String,
) -> impl IntoView {
    view! {
        <span class=format!("badge {}", tone.class())>
            <svg viewBox="0 0 8 8" aria-hidden="true">
                <path d=tone.shape()></path>
            </svg>
            {word}
        </span>
    }
}
