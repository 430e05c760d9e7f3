//! Pages that follow what happens.
use leptos::prelude::*;

/// Says that the page reloads itself, and lets it be stopped. Without scripts it says nothing and does nothing.
#[component]
pub fn LiveStamp(
    /// Seconds between reloads; at least 5.
    every: u32,
) -> AnyView {
    view! {
        <p class="live-stamp" data-reload=every.to_string() hidden>
            {format!("Reloads every {every} s")}
            <button type="button" class="button plain small" data-pause hidden aria-pressed="false">"Pause"</button>
        </p>
    }
    .into_any()
}
