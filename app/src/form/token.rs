//! The hidden token of a form: one use, made by this server, bound to one browser.
use crate::App;

/// The name of the hidden field.
pub const FIELD: &str = "token";
const PURPOSE: &str = "form";

/// A new token for the browser whose secret is `secret`.
pub fn make(app: &App, secret: &str) -> String {
    let nonce = hex::encode(app.db.chance().bytes::<16>());
    let tag = app.db.vault().tag(PURPOSE, &format!("{secret}:{nonce}"));
    format!("{nonce}.{tag}")
}

/// Whether `token` was made by this server for this browser.
pub fn is_ours(app: &App, secret: &str, token: &str) -> bool {
    let Some((nonce, tag)) = token.split_once('.') else { return false };
    !secret.is_empty() && app.db.vault().tagged(PURPOSE, &format!("{secret}:{nonce}"), tag)
}
