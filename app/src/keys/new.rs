//! A new key: the form, and the one page that ever shows its secret.
use crate::{
    cx::cx,
    form::use_form,
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Button, ButtonLink, Choice, ErrorSummary, Field, Look, Radios, Secret},
};
use domain::{keys, name::Name, secret::Revealed, time::DAY};
use leptos::prelude::*;

/// Days until a new key ends; `never` is the other choice.
const LIVES: [u16; 5] = [30, 60, 90, 180, 365];

/// Makes a key of the address's environment and gives its text, this once.
#[server]
pub async fn create_key(name: String, expires: String) -> Result<Revealed, Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let name = refusal.take("name", Name::parse(&name));
    let expires_at = match expires.as_str() {
        "never" => None,
        days => match days.parse().ok().filter(|days| LIVES.contains(days)) {
            Some(days) => Some(cx.db().now() + i64::from(days) * DAY),
            None => {
                refusal.add("expires", "must be one of the choices");
                None
            }
        },
    };
    let name = refusal.or(name)?;
    let created = cx.db().commit(cx.grant()?, keys::CreateKey { name, expires_at }).await?;
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
                note="Store it in your secret manager now. If it is lost, create another and revoke this one."
            />
            <div class="actions"><ButtonLink href=paths::keys(e) word="Done: I have stored it" look=Look::Primary /></div>
        };
        return Ok(Page::new("Key created", body).under("API keys", paths::keys(e)));
    }
    let mut lives: Vec<Choice> =
        LIVES.iter().map(|days| Choice::new(days.to_string(), format!("{days} days"))).collect();
    lives.push(Choice::new("never", "Never").hint("Rotate it yourself at least every 90 days."));
    let body = view! {
        <form method="post" class="form">
            <ErrorSummary refusals=form.refusals() />
            <input type="hidden" name="token" value=cx.form_token() />
            <Field
                name="name"
                label="Name"
                hint="Where it will live, such as \u{201c}checkout backend\u{201d}. Unique among the keys in use."
                value=form.value("name", "")
                refusal=form.refusal("name")
                autocomplete="off"
            />
            <Radios
                name="expires"
                label="Expires after"
                choices=lives
                value=form.value("expires", "90")
                refusal=form.refusal("expires")
            />
            <div class="actions">
                <Button word=format!("Create {} key", e.title().to_lowercase()) />
                <ButtonLink href=paths::keys(e) word="Cancel" look=Look::Plain />
            </div>
        </form>
    };
    Ok(Page::new(format!("Create a {} key", e.title().to_lowercase()), body).under("API keys", paths::keys(e)))
}
