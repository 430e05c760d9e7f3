//! A new key: the form, and the one page that ever shows its secret.
#![expect(clippy::too_many_arguments, reason = "the arguments of a server function are the entries of its form")]
use super::{
    entry::{self, Sent, Start},
    preview,
    show::get_key,
};
use crate::{
    cx::{Cx, cx},
    form::{PageForm, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Button, ButtonLink, Field, Look, Secret},
};
use domain::{
    ids::KeyId,
    keys::{self, Expiry, Preview},
    name::Name,
    secret::Revealed,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the form gives back: the text of the new key, or what its address list would have refused.
#[derive(Serialize, Deserialize)]
pub enum Made {
    /// Shown once.
    Shown(Revealed),
    /// Nothing was made.
    Checked(Preview),
}

/// Makes a key of the address's environment and gives its text, this once. With `act` it is only looked what the
/// address list would have refused.
#[server]
pub async fn create_key(
    name: String,
    expires: String,
    #[server(default)] lives: String,
    #[server(default)] until: String,
    #[server(default)] reason: String,
    #[server(default)] access: String,
    #[server(default)] scopes: Vec<String>,
    #[server(default)] addresses: String,
    #[server(default)] act: String,
) -> Result<Made, Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    if act == entry::CHECK {
        let list = refusal.take("addresses", entry::list(&addresses));
        let list = refusal.or(list)?;
        return Ok(Made::Checked(keys::preview(cx.db(), cx.grant()?, None, &list).await?));
    }
    let name = refusal.take("name", Name::parse(&name));
    let sent = Sent {
        lives: &lives,
        expires: &expires,
        until: &until,
        reason: &reason,
        access: if access.is_empty() { "read" } else { &access },
        scopes: &scopes,
        addresses: &addresses,
    };
    let entered = entry::read(&cx, &sent, false, &mut refusal);
    let (name, entered) = refusal.or(name.zip(entered))?;
    let create = keys::CreateKey {
        name,
        lives: entered.lives,
        expiry: entered.expiry.unwrap_or(Expiry::Never(None)),
        scopes: entered.scopes,
        addresses: entered.addresses,
    };
    let created = cx.db().commit(cx.grant()?, create).await?;
    cx.then(paths::key(cx.environment, &created.id));
    Ok(Made::Shown(created.secret.reveal()))
}

#[derive(Default, Deserialize)]
struct Query {
    like: Option<KeyId>,
}

/// What the form starts with: as the key that the address names has it, or what is best preselected.
async fn start(cx: &Cx) -> Result<(String, Start), Problem> {
    let blank = Start { expires: "90", ..Start::default() };
    let Some(like) = cx.query::<Query>().like else { return Ok((String::new(), blank)) };
    let key = get_key(like).await?;
    let start = Start {
        lives: key.lives.clone().unwrap_or_default(),
        scopes: Some(key.scopes),
        addresses: key.addresses.to_string().replace(' ', "\n"),
        ..blank
    };
    Ok((key.name, start))
}

/// The page: blank, refused, answering what a list would have refused, or showing the secret.
pub async fn page() -> Loaded {
    let cx = cx();
    let form = use_form();
    let e = cx.environment;
    let made = form.output::<Made>();
    if let Some(Made::Shown(revealed)) = made.as_deref() {
        let body = view! {
            <Secret
                label="API key"
                value=revealed.text().to_owned()
                note="Store it in your secret manager now. If it is lost, rotate the key: its successor is shown once as well."
            />
            <div class="actions"><ButtonLink href=paths::keys(e) word="Done: I have stored it" look=Look::Primary /></div>
        };
        return Ok(Page::new("Key created", body).under("API keys", paths::keys(e)));
    }
    let checked = match made.as_deref() {
        Some(Made::Checked(found)) => Some(preview::answer(found)),
        _ => None,
    };
    let (name, start) = start(&cx).await?;
    let body = view! {
        <div class="stack">
            {checked}
            <PageForm>
                <Field
                    name="name"
                    label="Name"
                    hint="What it is for, such as \u{201c}checkout backend\u{201d}: 1 to 64 characters, unique among the keys in use."
                    value=form.value("name", name)
                    refusal=form.refusal("name")
                    autocomplete="off"
                />
                {entry::lives(&form, &start)}
                {entry::end(&cx, &form, &start, None)}
                {entry::power(&form, &start)}
                {entry::addresses(&form, &start)}
                <div class="actions">
                    <Button word=format!("Create {} key", e.title().to_lowercase()) />
                    {entry::check()}
                    <ButtonLink href=paths::keys(e) word="Cancel" look=Look::Plain />
                </div>
            </PageForm>
        </div>
    };
    Ok(Page::new(format!("Create a {} key", e.title().to_lowercase()), body).under("API keys", paths::keys(e)))
}
