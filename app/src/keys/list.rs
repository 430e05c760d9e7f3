//! The list of keys.
use crate::{
    cx::{Cx, cx},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Badge, ButtonLink, Code, Column, Icon, Look, Moment, NothingYet, Precision, Table, Tone},
};
use domain::{
    access::Permission,
    keys::{self, Key, KeyStatus},
    time::Timestamp,
};
use leptos::prelude::*;

/// Every key of the environment.
#[server]
pub async fn list_keys() -> Result<Vec<Key>, Problem> {
    let cx = cx();
    Ok(keys::list(cx.db(), cx.grant()?).await?)
}

/// The status in one word.
pub(super) fn status(key: &Key) -> AnyView {
    let (tone, word) = match key.status {
        KeyStatus::Active => (Tone::Good, "Active"),
        KeyStatus::Expired => (Tone::Warn, "Expired"),
        KeyStatus::Revoked => (Tone::Neutral, "Revoked"),
    };
    view! { <Badge tone word /> }.into_any()
}

/// A moment that may not have come.
pub(super) fn moment(cx: &Cx, at: Option<Timestamp>, otherwise: &'static str) -> AnyView {
    match at {
        Some(at) => view! { <Moment at=at.0 zone=cx.zone() precision=Precision::Minute /> }.into_any(),
        None => otherwise.into_any(),
    }
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let keys = list_keys().await?;
    let e = cx.environment;
    let new = || cx.may(Permission::CreateKey).then(|| ("Create key".to_owned(), paths::new_key(e)));
    let columns = ["Name", "Key", "Status", "Last used", "Expires", "Created"].into_iter().map(Column::new).collect();
    let rows = keys
        .iter()
        .map(|key| {
            vec![
                view! { <a href=paths::key(e, &key.id)>{key.name.clone()}</a> }.into_any(),
                view! { <Code text=key.masked.clone() /> }.into_any(),
                status(key),
                moment(&cx, key.last_used_at, "Never"),
                moment(&cx, key.expires_at, "Never"),
                moment(&cx, Some(key.created_at), ""),
            ]
        })
        .collect();
    let empty = view! {
        <NothingYet
            title=format!("No {} keys yet", e.title().to_lowercase())
            text="A key lets your backend call the API in this environment. Its secret is shown once."
            icon=Icon::Key
            action=new()
        />
    };
    let body = view! { <Table caption="API keys" quiet=true columns rows empty=empty.into_any() /> };
    let actions = new().map(|(word, href)| view! { <ButtonLink href word look=Look::Primary icon=Icon::Plus /> });
    Ok(Page::new("API keys", body)
        .lead("Your backends call the API with these. Agents get tokens of their own.")
        .actions(actions))
}
