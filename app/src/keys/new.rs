//! A new key: the form, and the one page that ever shows its secret.
use super::entry::{self, Sent, Start};
use crate::{
    cx::cx,
    form::use_form,
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Button, ButtonLink, ErrorSummary, Field, Look, Secret},
};
use domain::{
    keys::{self, Expiry},
    name::Name,
    secret::Revealed,
};
use leptos::prelude::*;

/// Makes a key of the address's environment and gives its text, this once.
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
) -> Result<Revealed, Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let name = refusal.take("name", Name::parse(&name));
    let sent = Sent {
        lives: &lives,
        expires: &expires,
        until: &until,
        reason: &reason,
        access: if access.is_empty() { "full" } else { &access },
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
    Ok(created.secret.reveal())
}

/// The page: blank, refused, or showing the secret.
pub async fn page() -> Loaded {
    let cx = cx();
    let form = use_form();
    let e = cx.environment;
    if let Some(revealed) = form.output::<Revealed>() {
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
    let start = Start { expires: "90", ..Start::default() };
    let body = view! {
        <form method="post" class="form">
            <ErrorSummary refusals=form.refusals() />
            <input type="hidden" name="token" value=cx.form_token() />
            <Field
                name="name"
                label="Name"
                hint="What it is for, such as \u{201c}checkout backend\u{201d}: 1 to 64 characters, unique among the keys in use."
                value=form.value("name", "")
                refusal=form.refusal("name")
                autocomplete="off"
            />
            {entry::lives(&form, &start)}
            {entry::end(&cx, &form, &start, None)}
            {entry::power(&form, &start)}
            {entry::addresses(&form, &start)}
            <div class="actions">
                <Button word=format!("Create {} key", e.title().to_lowercase()) />
                <ButtonLink href=paths::keys(e) word="Cancel" look=Look::Plain />
            </div>
        </form>
    };
    Ok(Page::new(format!("Create a {} key", e.title().to_lowercase()), body).under("API keys", paths::keys(e)))
}
