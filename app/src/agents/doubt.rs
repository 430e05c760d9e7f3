//! What is allowed and seldom meant: it is refused once, in words and with a second button that let one go on.
use crate::{
    form::Form,
    problem::{Problem, Refusal},
    ui::{Button, Look},
};
use domain::agents;
use leptos::prelude::*;

/// The field that the second button sends.
const MEANT: &str = "meant";

/// The doubts about what was typed.
#[derive(Default)]
pub(super) struct Doubts(Refusal);

impl Doubts {
    /// About a purpose that would fit any agent.
    #[must_use]
    pub fn purpose(mut self, description: &str) -> Self {
        if let Some(broad) = agents::broad(description) {
            self.0.add("description", broad.plain());
        }
        self
    }

    /// About a field, if there is something to say.
    #[must_use]
    pub fn about(mut self, field: &str, why: Option<String>) -> Self {
        if let Some(why) = why {
            self.0.add(field, why);
        }
        self
    }

    /// Refuses the form where there are doubts, and says that the button `anyway` goes on.
    pub fn settle(self, anyway: &str) -> Result<(), Problem> {
        let Self(mut doubts) = self;
        if doubts.0.is_empty() {
            return Ok(());
        }
        doubts.add("", said(anyway));
        Err(Problem::Refused(doubts))
    }
}

fn said(anyway: &str) -> String {
    format!("Narrow it, or press \u{201c}{anyway}\u{201d}: nothing is changed yet.")
}

/// The button that goes on, where the form was refused for doubts and for nothing else.
pub(super) fn button(form: &Form, anyway: &'static str) -> Option<AnyView> {
    let doubted = form.refusal("").is_some_and(|why| why == said(anyway));
    doubted.then(|| view! { <Button word=anyway look=Look::Secondary name=MEANT value="on" /> }.into_any())
}
