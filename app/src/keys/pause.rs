//! Pausing a key and ending the pause.
use super::{parts, show::get_key};
use crate::{
    cx::cx,
    form::{confirm, go},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
};
use domain::{
    ids::KeyId,
    keys::{self, KeyStatus},
};
use leptos::prelude::*;

/// Pauses the key of the address.
#[server]
pub async fn disable_key() -> Result<(), Problem> {
    let cx = cx();
    let id: KeyId = cx.id("id")?;
    cx.db().commit(cx.grant()?, keys::DisableKey { id: id.clone() }).await?;
    cx.flash("Key disabled. The next call with it is refused until somebody resumes it.").await;
    go(&paths::key(cx.environment, &id));
    Ok(())
}

/// Ends the pause of the key of the address.
#[server]
pub async fn resume_key() -> Result<(), Problem> {
    let cx = cx();
    let id: KeyId = cx.id("id")?;
    cx.db().commit(cx.grant()?, keys::ResumeKey { id: id.clone() }).await?;
    cx.flash("Key resumed. It opens again at once.").await;
    go(&paths::key(cx.environment, &id));
    Ok(())
}

/// Before pausing.
pub async fn disable_page() -> Loaded {
    let cx = cx();
    let key = get_key(cx.id("id")?).await?;
    let (e, zone) = (cx.environment, cx.zone());
    if !key.status.opens() {
        return Err(Problem::Elsewhere(paths::key(e, &key.id)));
    }
    let consequences = vec![
        "Every call with this key is refused from now on: 401 disabled_api_key.".to_owned(),
        parts::last_use(&key, zone),
        "It can be resumed at any time before it ends; its secret stays the same.".to_owned(),
    ];
    let body = confirm(consequences, "Disable key", paths::key(e, &key.id));
    Ok(parts::under(Page::new(format!("Disable {}", key.name), body), e, &key.name, &key.id))
}

/// Before ending a pause.
pub async fn resume_page() -> Loaded {
    let cx = cx();
    let key = get_key(cx.id("id")?).await?;
    let (e, zone) = (cx.environment, cx.zone());
    let back = paths::key(e, &key.id);
    let Some(disabled) = key.disabled_at.filter(|_| key.status == KeyStatus::Disabled) else {
        return Err(Problem::Elsewhere(back));
    };
    let consequences = vec![
        format!("It was disabled on {}.", parts::when(disabled, zone)),
        "Whoever holds its secret can use it again at once, with the scopes and addresses on its page.".to_owned(),
        "Is it not known who holds it? Then revoke it instead.".to_owned(),
    ];
    let body = confirm(consequences, "Resume key", back);
    Ok(parts::under(Page::new(format!("Resume {}", key.name), body), e, &key.name, &key.id))
}
