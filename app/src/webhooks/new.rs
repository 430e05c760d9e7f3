//! A new endpoint: the form, and the one page that ever shows its secret.
use super::signatures;
use crate::{
    cx::cx,
    form::{PageForm, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    shell::capital,
    ui::{ButtonLink, Choice, Field, Look, Panel, Secret, Ticks},
};
use domain::{
    Error,
    name::Line,
    secret::Revealed,
    webhooks::{self, EventType, guard},
};
use leptos::prelude::*;

/// Why an address was not taken, as a sentence about the field.
fn about_url(why: &str) -> String {
    if why.starts_with("must ") || why.starts_with("cannot ") {
        format!("URL {why}")
    } else {
        format!("URL not taken: {why}")
    }
}

/// Adds an endpoint to the address's environment and gives its secret, this once.
#[server]
pub async fn add_endpoint(
    url: String,
    description: String,
    #[server(default)] events: Vec<String>,
) -> Result<Revealed, Problem> {
    let cx = cx();
    let allow = &cx.app.settings.webhook_allow;
    let mut refusal = Refusal::default();
    if let Err(why) = guard::parse(url.trim(), allow) {
        refusal.0.push(("url".into(), about_url(&why.to_string())));
    }
    let description = match description.trim() {
        "" => None,
        text => {
            Line::parse(text).map_err(|why| refusal.0.push(("description".into(), format!("Description {why}")))).ok()
        }
    };
    let events = EventType::wanted(&events).unwrap_or_else(|_| {
        refusal.0.push(("events".into(), "Events must be among those listed".into()));
        Vec::new()
    });
    if !refusal.0.is_empty() {
        return Err(Problem::Refused(refusal));
    }
    let create = webhooks::CreateEndpoint { url, description, events, allow: allow.clone() };
    let created = match cx.db().commit(cx.grant()?, create).await {
        Ok(created) => created,
        Err(Error::Refused(refused)) => {
            let said = refused.0.into_iter().map(|(field, why)| (field, about_url(&why)));
            return Err(Problem::Refused(Refusal(said.collect())));
        }
        Err(error) => return Err(error.into()),
    };
    cx.then(paths::webhook(cx.environment, &created.id));
    Ok(created.secret.reveal())
}

/// Every type under the noun that it begins with, in the documented order.
fn groups(ticked: impl Fn(&str) -> bool) -> Vec<(String, Vec<(Choice, bool)>)> {
    let mut groups: Vec<(String, Vec<(Choice, bool)>)> = Vec::new();
    for kind in EventType::ALL {
        let noun = match kind.as_str().split('.').next().unwrap_or_default() {
            "api_key" => "API key".to_owned(),
            noun => capital(noun),
        };
        let choice = (Choice::new(kind.as_str(), kind.as_str()), ticked(kind.as_str()));
        match groups.last_mut().filter(|(title, _)| *title == noun) {
            Some((_, choices)) => choices.push(choice),
            None => groups.push((noun, vec![choice])),
        }
    }
    groups
}

/// The page: blank, refused, or showing the secret.
pub async fn page() -> Loaded {
    let cx = cx();
    let form = use_form();
    let e = cx.environment;
    if let Some(revealed) = form.output::<Revealed>() {
        let body = view! {
            <div class="stack">
                <Secret
                    label="Signing secret"
                    value=revealed.text().to_owned()
                    note="Store it where your receiver can read it. If it is lost, add the endpoint again and delete this one."
                />
                <Panel title="Verifying calls">{signatures::after_creation()}</Panel>
                <div class="actions">
                    <ButtonLink href=paths::webhooks(e) word="Done: I have stored it" look=Look::Primary />
                </div>
            </div>
        };
        return Ok(Page::new("Endpoint added", body).under("Webhooks", paths::webhooks(e)));
    }
    let hint = if cx.app.settings.webhook_allow.is_empty() {
        "An https address on the public internet, port 443 or 8443."
    } else {
        "An https address on the public internet, or an address in a network that this server's operator allows."
    };
    let body = view! {
        <PageForm act=format!("Add {} endpoint", e.title().to_lowercase()) cancel=paths::webhooks(e)>
            <Field
                name="url"
                label="URL"
                hint=hint
                value=form.value("url", "")
                refusal=form.refusal("url")
                inputmode="url"
                autocomplete="off"
                placeholder="https://example.com/webhooks/ledger"
            />
            <Field
                name="description"
                label="Description"
                hint="What receives the calls, for those who read this list later."
                value=form.value("description", "")
                refusal=form.refusal("description")
                autocomplete="off"
                optional=true
            />
            <Ticks
                name="events"
                label="Events"
                hint="Tick none to be told of everything, also of types that are added later."
                groups=groups(|kind| form.ticked("events", kind, false))
                refusal=form.refusal("events")
            />
        </PageForm>
    };
    Ok(Page::new(format!("Add a {} endpoint", e.title().to_lowercase()), body).under("Webhooks", paths::webhooks(e)))
}
