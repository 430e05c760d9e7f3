//! Whose key is this? Somebody found one and posts it here; it is looked up, and kept nowhere.
use super::parts;
use crate::{
    cx::cx,
    form::{PageForm, use_form},
    list::optional_moment,
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Badge, Button, ButtonLink, Fact, Facts, Field, Look, Panel},
};
use domain::{
    access::Permission,
    keys::{self, Found},
    secret::Plain,
};
use leptos::prelude::*;

/// Looks a found key up. What was posted is not kept, not logged, and not shown again.
#[server]
pub async fn identify_key(found: String) -> Result<Found, Problem> {
    let cx = cx();
    let text = Plain::new(found.trim().to_owned());
    if text.is_empty() {
        let mut refusal = Refusal::default();
        refusal.add("found", "Paste the key that was found");
        return Err(Problem::Refused(refusal));
    }
    Ok(cx.db().commit(cx.grant()?, keys::IdentifyKey { text }).await?)
}

/// The page, with the answer above the form.
pub async fn page() -> Loaded {
    let cx = cx();
    let form = use_form();
    let e = cx.environment;
    let answer = form.output::<Found>().map(|found| answer(&found));
    let body = view! {
        <div class="stack">
            {answer}
            <PageForm>
                <Field
                    name="found"
                    label="The key that was found"
                    kind="password"
                    hint="All of it. It is looked up once and then forgotten: it is not stored, not logged and never part of an address. That you asked is recorded."
                    refusal=form.refusal("found")
                    autocomplete="off"
                />
                <div class="actions">
                    <Button word="Look it up" />
                    <ButtonLink href=paths::keys(e) word="Back to the keys" look=Look::Plain />
                </div>
            </PageForm>
        </div>
    };
    Ok(Page::new("Whose key is this?", body)
        .lead("For a key found in a repository, a chat or a log.")
        .under("API keys", paths::keys(e)))
}

fn answer(found: &Found) -> AnyView {
    let cx = cx();
    let (e, zone) = (cx.environment, cx.zone());
    match found {
        Found::Key(key) => {
            let (tone, word) = parts::status_word(key.status);
            let facts = vec![
                Fact::new("Name", view! { <a href=paths::key(e, &key.id)>{key.name.clone()}</a> }),
                Fact::new("Status", view! { <Badge tone word /> }),
                Fact::new("Where it lives", key.lives.clone().unwrap_or_else(|| "not said".into())),
                Fact::new("Created by", key.created_by.clone()),
                Fact::new("Created", optional_moment(Some(key.created_at), zone, "")),
                Fact::new("Last used", parts::last_used(key, zone)),
                Fact::new("May do", parts::scopes(key.scopes)),
            ];
            let revoke = (key.status != keys::KeyStatus::Revoked && cx.may(Permission::RevokeKey))
                .then(|| view! { <ButtonLink href=paths::revoke_key(e, &key.id) word="Revoke it" look=Look::Danger /> });
            let page = paths::key(e, &key.id);
            view! {
                <Panel title="A key of this environment">
                    <Facts facts />
                    <div class="actions">{revoke}<ButtonLink href=page word="Open its page" /></div>
                </Panel>
            }
            .into_any()
        }
        Found::Elsewhere(other) => {
            let href = paths::identify_key(*other);
            let words = format!("This key says it is of the {} environment. It was not looked up here.", other.title().to_lowercase());
            let look = format!("Look it up under {}", other.title());
            view! {
                <Panel title="Another environment">
                    <p>{words}</p>
                    <div class="actions"><ButtonLink href word=look /></div>
                </Panel>
            }
            .into_any()
        }
        Found::Token(agent) => {
            let href = paths::agent(e, agent);
            view! {
                <Panel title="A token of an agent"><p>"It belongs to "<a href=href>"this agent"</a>"."</p></Panel>
            }
            .into_any()
        }
        Found::Nothing => view! {
            <Panel title="Not a key of yours">
                <p>"No key of this organisation has this text. If it was cut short or mistyped, it cannot be found either."</p>
            </Panel>
        }
        .into_any(),
    }
}
