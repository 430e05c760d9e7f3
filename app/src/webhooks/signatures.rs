//! How a receiver knows that a call is ours.
use crate::ui::{Fact, Facts};
use domain::webhooks::Delivery;
use leptos::prelude::*;

/// What to do with the secret of a new endpoint.
pub fn after_creation() -> AnyView {
    view! {
        <p>
            "Check every call before you trust it: "<code>"X-Ledger-Signature"</code>" is "<code>"t=<seconds>,v1=<hex>"</code>
            ", where "<code>"v1"</code>" is the HMAC-SHA256 of "<code>"<t>.<raw body>"</code>
            " keyed with the whole secret, "<code>"whsec_"</code>" included. Compare in constant time and refuse a "
            <code>"t"</code>" more than five minutes from now."
        </p>
        <p class="hint">
            "Calls also carry the Standard Webhooks headers, so that its libraries verify them with the same secret."
        </p>
    }
    .into_any()
}

/// The headers of a delivery's calls. Signatures differ with the moment of each attempt and are kept nowhere.
pub fn of(delivery: &Delivery) -> AnyView {
    let term = |name: &str, value: AnyView| Fact::new(name, value);
    let event = delivery.event_id.to_string();
    let same = event.clone();
    let facts = vec![
        term(
            "X-Ledger-Signature",
            view! {
                <code>"t=<seconds>,v1=<hex>"</code>": HMAC-SHA256 of "<code>"<t>.<body>"</code>
                ", keyed with the whole secret"
            }
            .into_any(),
        ),
        term("X-Ledger-Event-Id", view! { <code class="mono">{event}</code>": the same for every try" }.into_any()),
        term("X-Ledger-Event-Type", view! { <code class="mono">{delivery.event_type.to_string()}</code> }.into_any()),
        term("webhook-id", view! { <code class="mono">{same}</code> }.into_any()),
        term("webhook-timestamp", "Seconds since 1970 at the attempt".into_any()),
        term(
            "webhook-signature",
            view! {
                <code>"v1,<base64>"</code>": HMAC-SHA256 of "<code>"<id>.<timestamp>.<body>"</code>
                ", keyed with the decoded part behind "<code>"whsec_"</code>
            }
            .into_any(),
        ),
    ];
    view! {
        <Facts facts />
        <p class="hint">"Each attempt is signed anew with its own time. Verify over the body exactly as received."</p>
    }
    .into_any()
}
