//! What the pages of factors share: the app that is offered, and recovery codes on the one page that shows them.
use super::qr;
use crate::{
    form::use_form,
    screen::Page,
    ui::{ButtonLink, CopyButton, Field, Glyph, Icon, Look},
};
use domain::{access::factors::Offer, secret::Revealed};
use leptos::prelude::*;

/// The code to scan, the same to type, and the entry of the first code.
pub(super) fn offer_entries(offer: &Offer) -> AnyView {
    let secret = offer.secret.text();
    let grouped: Vec<String> =
        secret.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned()).collect();
    view! {
        <input type="hidden" name="seed" value=offer.sealed.clone() />
        <p>"Scan this with an authenticator app, such as the one built into your password manager."</p>
        {qr::drawn(offer.uri.text())}
        <details>
            <summary>"Cannot scan it?"</summary>
            <p>"Type this key into the app; it counts in steps of 30 seconds and shows six digits."</p>
            <p><code translate="no">{grouped.join(" ")}</code></p>
        </details>
        <Field
            name="code"
            label="Code that the app shows"
            hint="Six digits. They prove that the app is set up."
            refusal=use_form().refusal("code")
            autocomplete="one-time-code"
        />
    }
    .into_any()
}

/// New recovery codes, once.
pub(super) fn codes_page(codes: &[Revealed], onward: String) -> Page {
    let text = codes.iter().map(|code| code.text().to_owned()).collect::<Vec<_>>().join("\n");
    let items = codes.iter().map(|code| view! { <li><code translate="no">{code.text().to_owned()}</code></li> });
    let body = view! {
        <section class="secret" aria-labelledby="recovery">
            <h2 id="recovery">"Recovery codes"</h2>
            <ol class="codes">{items.collect_view()}</ol>
            <CopyButton text=text what="recovery codes".to_owned() worded=true />
            <p class="secret-note">
                <Glyph icon=Icon::Lock />
                <span>"Shown only now. Each signs you in once when your phone is gone. Keep them where your phone is not: in a password manager or on paper."</span>
            </p>
        </section>
        <div class="actions"><ButtonLink href=onward word="Done: I have stored them" look=Look::Primary /></div>
    };
    Page::new("Store your recovery codes", body)
}
