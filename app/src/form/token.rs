//! The hidden token of a form: one use, made by this server, bound to one browser and to the person it was shown to.
use crate::App;
use domain::ids::PersonId;

/// The name of the hidden field.
pub const FIELD: &str = "token";
const PURPOSE: &str = "form";
const PERSON: &str = "form of";

/// A new token for the browser whose secret is `secret`, shown to `person`.
pub fn make(app: &App, secret: &str, person: Option<&PersonId>) -> String {
    let nonce = hex::encode(app.db.chance().bytes::<16>());
    let tag = app.db.vault().tag(PURPOSE, &format!("{secret}:{nonce}"));
    match person {
        Some(person) => format!("{nonce}.{tag}.{}", app.db.vault().tag(PERSON, &format!("{person}:{nonce}"))),
        None => format!("{nonce}.{tag}"),
    }
}

/// Whether `token` was made by this server for this browser.
pub fn is_ours(app: &App, secret: &str, token: &str) -> bool {
    let mut parts = token.split('.');
    let (Some(nonce), Some(tag)) = (parts.next(), parts.next()) else { return false };
    !secret.is_empty() && app.db.vault().tagged(PURPOSE, &format!("{secret}:{nonce}"), tag)
}

/// Whether the form of `token` was shown to this person, in whichever session.
pub fn is_of(app: &App, person: &PersonId, token: &str) -> bool {
    let parts: Vec<&str> = token.split('.').collect();
    let [nonce, _, tag] = parts[..] else { return false };
    app.db.vault().tagged(PERSON, &format!("{person}:{nonce}"), tag)
}
