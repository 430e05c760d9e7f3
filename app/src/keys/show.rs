//! One key.
use super::list::status;
use crate::{
    audit::history,
    cx::cx,
    list::optional_moment,
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{ButtonLink, Code, Fact, Facts},
};
use domain::{
    access::Permission,
    ids::KeyId,
    keys::{self, Key, KeyStatus},
};
use leptos::prelude::*;

/// The key of this id.
#[server]
pub async fn get_key(id: KeyId) -> Result<Key, Problem> {
    let cx = cx();
    Ok(keys::get(cx.db(), cx.grant()?, &id).await?)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let key = get_key(cx.id("id")?).await?;
    let e = cx.environment;
    let moment = |at, otherwise| optional_moment(at, cx.zone(), otherwise);
    let used_from = key.last_used_from.clone().unwrap_or_else(|| "not recorded".into());
    let used_by = key.last_used_by.clone().unwrap_or_else(|| "not recorded".into());
    let mut facts = vec![
        Fact::new("Key", view! { <Code text=key.masked.clone() /> }),
        Fact::new("Id", view! { <Code text=key.id.to_string() copy="key id" /> }),
        Fact::new("Environment", e.title()),
        Fact::new("Created", moment(Some(key.created_at), "")),
        Fact::new("Created by", key.created_by.clone()),
        Fact::new("Expires", moment(key.expires_at, "Never")),
        Fact::new("Last used", moment(key.last_used_at, "Never used")),
    ];
    if key.last_used_at.is_some() {
        facts.push(Fact::new("Last used from", used_from));
        facts.push(Fact::new("Last client", used_by));
    }
    if key.revoked_at.is_some() {
        facts.push(Fact::new("Revoked", moment(key.revoked_at, "")));
    }
    let history = history::of_object(&cx, key.id.as_str()).await?;
    let revoke = (key.status != KeyStatus::Revoked && cx.may(Permission::RevokeKey))
        .then(|| view! { <ButtonLink href=paths::revoke_key(e, &key.id) word="Revoke" /> });
    Ok(Page::new(key.name.clone(), view! { <div class="stack"><Facts facts />{history}</div> })
        .badge(status(&key))
        .actions(revoke)
        .under("API keys", paths::keys(e)))
}
