//! Changing a key that is in use, against stale forms.
#![expect(clippy::too_many_arguments, reason = "the arguments of a server function are the entries of its form")]
use super::{
    entry::{self, Sent, Start},
    parts, preview,
    show::get_key,
};
use crate::{
    cx::cx,
    form::{
        PageForm,
        conflict::{Edit, told},
        go, use_form,
    },
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    shell,
    ui::{Button, ButtonLink, Field, Look},
};
use chrono_tz::Tz;
use domain::{
    ids::KeyId,
    keys::{self, Key, KeyStatus, Preview},
    name::Name,
};
use leptos::prelude::*;

/// Puts the entries in place of what the key has. With `act` it is only looked what the address list would have
/// refused, and nothing is changed.
#[server]
pub async fn edit_key(
    name: String,
    version: String,
    #[server(default)] expires: String,
    #[server(default)] lives: String,
    #[server(default)] until: String,
    #[server(default)] reason: String,
    #[server(default)] access: String,
    #[server(default)] scopes: Vec<String>,
    #[server(default)] addresses: String,
    #[server(default)] act: String,
) -> Result<Option<Preview>, Problem> {
    let cx = cx();
    let id: KeyId = cx.id("id")?;
    let mut refusal = Refusal::default();
    if act == entry::CHECK {
        let list = refusal.take("addresses", entry::list(&addresses));
        let list = refusal.or(list)?;
        return Ok(Some(keys::preview(cx.db(), cx.grant()?, Some(&id), &list).await?));
    }
    let name = refusal.take("name", Name::parse(&name));
    let version = refusal.version(&version);
    let sent = Sent {
        lives: &lives,
        expires: &expires,
        until: &until,
        reason: &reason,
        access: &access,
        scopes: &scopes,
        addresses: &addresses,
    };
    let entered = entry::read(&cx, &sent, true, &mut refusal);
    let ((name, version), entered) = refusal.or(name.zip(version).zip(entered))?;
    let edit = keys::EditKey {
        id: id.clone(),
        version,
        name,
        lives: entered.lives,
        expiry: entered.expiry,
        scopes: entered.scopes,
        addresses: entered.addresses,
    };
    let before = keys::get(cx.db(), cx.grant()?, &id).await?;
    cx.db().commit(cx.grant()?, edit).await?;
    let after = keys::get(cx.db(), cx.grant()?, &id).await?;
    let [old, new] = [&before, &after].map(|key| said(key, cx.zone()));
    let changes: Vec<_> = old.into_iter().zip(new).map(|((what, old), (_, new))| (what, old, new)).collect();
    cx.flash(format!("{} The next call with it is held to this.", told(&changes))).await;
    go(&paths::key(cx.environment, &id));
    Ok(None)
}

/// What can be changed of a key, in words.
fn said(key: &Key, zone: Tz) -> [(&'static str, String); 5] {
    let list = match key.addresses.to_string().split_whitespace().count() {
        0 => "empty".to_owned(),
        1 => "one entry".to_owned(),
        many => format!("{many} entries"),
    };
    [
        ("name", key.name.clone()),
        ("place", key.lives.clone().unwrap_or_else(|| "not said".into())),
        ("end", key.expires_at.map_or_else(|| "never".into(), |end| parts::when(end, zone))),
        ("power", parts::scopes(key.scopes)),
        ("address list", list),
    ]
}

/// The page. A key whose end is for good is only looked at.
pub async fn page() -> Loaded {
    let cx = cx();
    let key = get_key(cx.id("id")?).await?;
    let (e, zone) = (cx.environment, cx.zone());
    let back = paths::key(e, &key.id);
    if !matches!(key.status, KeyStatus::Active | KeyStatus::Retiring | KeyStatus::Disabled) {
        return Err(Problem::Elsewhere(back));
    }
    let form = use_form();
    let start = Start {
        lives: key.lives.clone().unwrap_or_default(),
        expires: "keep",
        reason: key.never_reason.clone().unwrap_or_default(),
        scopes: Some(key.scopes),
        addresses: key.addresses.to_string().replace(' ', "\n"),
    };
    let kept = match key.expires_at {
        Some(end) => format!("As it is: {}", parts::when(end, zone)),
        None => "As it is: never".to_owned(),
    };
    let (in_force, yours) = (kept.replace("As it is: ", ""), entry::end_words(&form));
    let edit = Edit::of(use_form(), key.version)
        .text("name", "Name", key.name.clone())
        .text("lives", "Where it will live", start.lives.clone())
        .words("expires", "Ends", shell::capital(&in_force), yours)
        .text("reason", "Why it never ends", start.reason.clone())
        .choice("access", "May do", entry::access(&start), &entry::accesses())
        .ticks("scopes", "Scopes", entry::ticked(&start), entry::ticks())
        .text("addresses", "Address list", start.addresses.clone());
    let (head, name) = (edit.head(), form.value("name", &key.name));
    let checked = form.output::<Option<Preview>>().and_then(|found| found.as_ref().as_ref().map(preview::answer));
    let body = view! {
        <div class="stack">
            {checked}
            <PageForm>
                {head}
                <Field
                    name="name"
                    label="Name"
                    hint="1 to 64 characters, unique among the keys in use."
                    value=name
                    refusal=form.refusal("name")
                    autocomplete="off"
                />
                {entry::lives(&form, &start)}
                {entry::end(&cx, &form, &start, Some(kept))}
                {entry::power(&form, &start)}
                {entry::addresses(&form, &start)}
                <div class="actions">
                    <Button word="Save changes" />
                    {entry::check()}
                    <ButtonLink href=back.clone() word="Cancel" look=Look::Plain />
                </div>
            </PageForm>
        </div>
    };
    Ok(parts::under(Page::new(format!("Edit {}", key.name), body), e, &key.name, &key.id))
}
