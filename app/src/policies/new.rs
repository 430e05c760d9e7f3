//! A new policy, from nothing or from one of the starters.
#![expect(
    dead_code,
    clippy::too_many_arguments,
    reason = "a route runs the form of a server function, and its arguments are the entries"
)]
use super::{
    entry::{Sent, Whose, ours},
    fields,
    organisation::own_zone,
    rules_form::rules_form,
};
use crate::{
    cx::{Cx, cx},
    form::{PageForm, go, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Field, Panel},
};
use domain::{
    limits::{policies, starters::Starter},
    name::{Line, Name},
};
use leptos::prelude::*;
use serde::Deserialize;

rules_form! {
    /// Makes a policy.
    policy create_policy(name, description) then make
}

async fn make(name: String, description: String, sent: Sent) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let name = refusal.take("name", Name::parse(&name));
    let description = about(&description, &mut refusal);
    let set = sent.change(Whose::Policy, &mut refusal);
    let (name, description) = refusal.or(name.zip(description))?;
    let title = name.to_string();
    let id = cx.db().commit(cx.grant()?, policies::CreatePolicy { name, description, set }).await.map_err(ours)?;
    cx.flash(format!("{title} is there. Cards take it by its id, or as the policy of an agent's new cards.")).await;
    go(&paths::policy(cx.environment, &id));
    Ok(())
}

/// What a policy is for; it may be left out.
pub(super) fn about(text: &str, refusal: &mut Refusal) -> Option<Option<Line>> {
    match text.trim() {
        "" => Some(None),
        text => refusal.take("description", Line::parse(text)).map(Some),
    }
}

#[derive(Default, Deserialize)]
struct Query {
    from: Option<Starter>,
}

/// Those to begin with, each a link to this page with its rules filled in.
fn starters(cx: &Cx, chosen: Option<Starter>) -> AnyView {
    let new = paths::new_policy(cx.environment);
    let items = Starter::ALL
        .iter()
        .map(|starter| {
            let href = paths::with_query(&new, [("from", Some(starter))]);
            let current = (chosen == Some(*starter)).then_some("true");
            view! {
                <li>
                    <a href=href aria-current=current>{starter.title()}</a>
                    <p class="hint">{starter.about()}</p>
                </li>
            }
        })
        .collect_view();
    let nothing = chosen.map(|_| view! { <a href=new.clone()>"Begin with nothing"</a> }.into_any()).into_any();
    view! {
        <Panel title="Begin with" actions=nothing>
            <ul class="starters">{items}</ul>
        </Panel>
    }
    .into_any()
}

/// The page: blank, from a starter, or refused.
pub async fn page() -> Loaded {
    let cx = cx();
    let form = use_form();
    let chosen = cx.query::<Query>().from;
    let zone = own_zone().await?;
    let start = match chosen {
        Some(starter) => Sent::of(&starter.terms(zone.parse().unwrap_or_default())?),
        None => Sent::of(&domain::limits::terms::Terms::default()),
    };
    let (name, description) = chosen.map_or(("", ""), |starter| (starter.title(), starter.about()));
    let body = view! {
        <div class="stack">
            {starters(&cx, chosen)}
            <PageForm act="Create policy" cancel=paths::policies(cx.environment) wide=true>
                <Field
                    name="name"
                    label="Name"
                    hint="1 to 64 characters, unique among the policies."
                    value=form.value("name", name)
                    refusal=form.refusal("name")
                    autocomplete="off"
                />
                <Field
                    name="description"
                    label="Description"
                    value=form.value("description", description)
                    refusal=form.refusal("description")
                    autocomplete="off"
                    optional=true
                />
                {fields::all(&form, &start, &zone, Whose::Policy)}
            </PageForm>
        </div>
    };
    Ok(Page::new("New policy", body).under("Policies", paths::policies(cx.environment)))
}
