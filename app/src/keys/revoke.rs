//! Ending a key for good, on a page of its own.
use super::{parts, show::get_key, trial};
use crate::{
    cx::cx,
    form::{go, use_form},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Confirm, ErrorSummary, TypedName, grouped},
};
use domain::{
    ids::KeyId,
    keys::{self, Key, KeyStatus},
    requests::{self, Counts},
    time::{DAY, Timestamp},
};
use leptos::prelude::*;

/// Whether something used the key in the last day: then its name is asked for.
fn in_use(key: &Key, now: Timestamp) -> bool {
    key.last_used_at.is_some_and(|at| now.since(at) < DAY)
}

/// The calls of the last 24 hours; the first quarter-hour counts whole.
#[server]
pub async fn calls_of_a_day(id: KeyId) -> Result<Counts, Problem> {
    let cx = cx();
    Ok(requests::calls_since(cx.db(), cx.grant()?, id.as_str(), cx.db().now() - DAY).await?)
}

/// Revokes the key of the address.
#[server]
pub async fn revoke_key(#[server(default)] typed: String) -> Result<(), Problem> {
    let cx = cx();
    let id: KeyId = cx.id("id")?;
    let key = keys::get(cx.db(), cx.grant()?, &id).await?;
    let revoked = key.status == KeyStatus::Revoked;
    if !revoked && in_use(&key, cx.db().now()) && typed.trim() != key.name.trim() {
        return Err(Problem::field(
            "typed",
            format!("Type the name of the key, {}: it was used in the last 24 hours", key.name),
        ));
    }
    cx.db().commit(cx.grant()?, keys::RevokeKey { id: id.clone() }).await?;
    cx.flash("Key revoked. The next call with it is refused.").await;
    go(&paths::key(cx.environment, &id));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let key = get_key(cx.id("id")?).await?;
    let (e, zone) = (cx.environment, cx.zone());
    let calls = calls_of_a_day(key.id.clone()).await?;
    let tried = trial::panel(&cx, &key).await?;
    let failed = if calls.failed > 0 { format!(", {} of them refused or failed", calls.failed) } else { String::new() };
    let consequences = vec![
        "Every call with this key is refused from now on: 401 revoked_api_key.".to_owned(),
        parts::last_use(&key, zone),
        format!("Calls with it in the last 24 hours: {}{failed}.", grouped(calls.calls.unsigned_abs())),
        "This cannot be undone. A replacement is a new key.".to_owned(),
    ];
    let form = use_form();
    let token = cx.form_token();
    let hidden = view! { <input type="hidden" name="token" value=token /> };
    let cancel = paths::key(e, &key.id);
    let confirm = if in_use(&key, cx.db().now()) {
        let typed = TypedName {
            name: "typed".into(),
            expected: key.name.clone(),
            value: Some(form.value("typed", "")),
            refusal: form.refusal("typed"),
        };
        view! { <Confirm consequences act="Revoke key" cancel_href=cancel typed>{hidden}</Confirm> }.into_any()
    } else {
        view! { <Confirm consequences act="Revoke key" cancel_href=cancel>{hidden}</Confirm> }.into_any()
    };
    let body = view! { <div class="stack"><ErrorSummary refusals=form.refusals() />{tried}{confirm}</div> };
    Ok(parts::under(Page::new(format!("Revoke {}", key.name), body), e, &key.name, &key.id))
}
