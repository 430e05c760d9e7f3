//! Ending a key for good, on a page of its own.
use super::show::get_key;
use crate::{
    cx::cx,
    form::{go, use_form},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Confirm, ErrorSummary, Precision, local},
};
use domain::{ids::KeyId, keys};
use leptos::prelude::*;

/// Revokes the key of the address.
#[server]
pub async fn revoke_key() -> Result<(), Problem> {
    let cx = cx();
    let id: KeyId = cx.id("id")?;
    cx.db().commit(cx.grant()?, keys::RevokeKey { id: id.clone() }).await?;
    cx.flash("Key revoked. The next call with it is refused.").await;
    go(&paths::key(cx.environment, &id));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let key = get_key(cx.id("id")?).await?;
    let e = cx.environment;
    let last = match key.last_used_at {
        Some(at) => format!("It was last used on {}.", local(at.0, cx.zone(), Precision::Minute)),
        None => "It was never used.".to_owned(),
    };
    let consequences = vec![
        "Every call with this key is refused from now on: 401 revoked_api_key.".to_owned(),
        last,
        "This cannot be undone. A replacement is a new key.".to_owned(),
    ];
    let refusals = use_form().refusals();
    let token = cx.form_token();
    let body = view! {
        <ErrorSummary refusals />
        <Confirm consequences act="Revoke key" cancel_href=paths::key(e, &key.id)>
            <input type="hidden" name="token" value=token />
        </Confirm>
    };
    Ok(Page::new(format!("Revoke {}", key.name), body)
        .under("API keys", paths::keys(e))
        .under(key.name.clone(), paths::key(e, &key.id)))
}
