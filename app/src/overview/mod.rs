//! The overview: how the environment stands now, and the way to what wants attention.
use crate::{
    cx::cx,
    monitoring::{load_panels, panel::reading},
    paths,
    screen::{Loaded, Page, Routes},
    ui::{Stat, Stats},
};
use domain::{access::Permission, monitoring::Range};
use leptos::prelude::*;

pub(crate) fn routes() -> Routes {
    Routes::default().page("/", Permission::View, page)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let panels = load_panels(Range::Day).await?;
    let monitoring = paths::monitoring(cx.environment);
    let body = view! {
        <div class="stack">
            <Stats>
                <Stat label="Decline rate, 24 h" href=monitoring.clone() reading=reading(panels.declines.rate(), false) />
                <Stat label="Intent match rate, 24 h" href=monitoring.clone() reading=reading(panels.matches.rate(), true) />
                <Stat label="Webhook failures, 24 h" href=monitoring reading=reading(panels.webhooks.rate(), false) />
            </Stats>
        </div>
    };
    Ok(Page::new("Overview", body))
}
