//! What happened, in order: intent, credential read, authorization, capture.
use super::icon::{Glyph, Icon};
use leptos::prelude::*;

/// How far a step came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// Happened as it should.
    Done,
    /// Happened, but too late or not quite as said.
    Late,
    /// Refused or gone wrong.
    Failed,
    /// Still to come.
    Waiting,
    /// Should have happened and did not.
    Missing,
}

impl StepState {
    fn look(self) -> (&'static str, &'static str, Icon) {
        match self {
            Self::Done => ("done", "Done", Icon::Check),
            Self::Late => ("late", "Attention", Icon::Warning),
            Self::Failed => ("failed", "Failed", Icon::Cross),
            Self::Waiting => ("waiting", "Waiting", Icon::Waiting),
            Self::Missing => ("missing", "Missing", Icon::Waiting),
        }
    }
}

/// One step of a [`Timeline`].
#[derive(Debug)]
pub struct Step {
    /// What it is.
    pub title: String,
    /// How far it came.
    pub state: StepState,
    /// When: a [`Moment`](super::Moment).
    pub at: Option<AnyView>,
    /// A line or two about it.
    pub about: AnyView,
}

/// Steps in the order they happen.
#[component]
pub fn Timeline(
    /// What the steps belong to, for screen readers.
    #[prop(into)]
    label: String,
    /// The steps.
    steps: Vec<Step>,
) -> AnyView {
    let steps = steps
        .into_iter()
        .map(|Step { title, state, at, about }| {
            let (class, word, icon) = state.look();
            view! {
                <li class=class>
                    <span class="node"><Glyph icon /></span>
                    <div class="step">
                        <header><p class="step-title"><span class="quiet">{word}": "</span>{title}</p>{at}</header>
                        <div>{about}</div>
                    </div>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="timeline" aria-label=label>{steps}</ol> }.into_any()
}
