//! Changing a policy, against stale forms: every card that inherits it changes with it.
#![expect(
    dead_code,
    clippy::too_many_arguments,
    reason = "a route runs the form of a server function, and its arguments are the entries"
)]
use super::{
    entry::{Sent, Whose, ours},
    fields,
    new::about,
    organisation::own_zone,
    rules_form::rules_form,
    show::get_policy,
    words,
};
use crate::{
    cx::cx,
    form::{
        PageForm, Reason,
        conflict::{Edit, told},
        use_form,
    },
    members, paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Field, grouped},
};
use domain::{
    ids::PolicyId,
    limits::{policies, terms::Terms},
    name::{Line, Name},
};
use leptos::prelude::*;

rules_form! {
    /// Puts the entries in place of what the policy sets.
    policy edit_policy(name, description, reason, version) then change
}

async fn change(name: String, description: String, reason: String, version: String, sent: Sent) -> Result<(), Problem> {
    let cx = cx();
    let id: PolicyId = cx.id("id")?;
    let mut refusal = Refusal::default();
    let name = refusal.take("name", Name::parse(&name));
    let description = about(&description, &mut refusal);
    let version = refusal.version(&version);
    let set = sent.change(Whose::Policy, &mut refusal);
    let reason = refusal.take("reason", Line::parse(&reason));
    let (((name, description), version), reason) = refusal.or(name.zip(description).zip(version).zip(reason))?;
    let before = policies::get(cx.db(), cx.grant()?, &id).await?;
    let command = policies::UpdatePolicy {
        id: id.clone(),
        name: Some(name),
        description: Some(description),
        set,
        reason: Some(reason),
        version: Some(version),
    };
    let effect = cx.db().commit(cx.grant()?, command).await.map_err(ours)?;
    let after = policies::get(cx.db(), cx.grant()?, &id).await?;
    let mut changes = differences(&before.terms, &after.terms);
    changes.insert(0, ("name", before.name, after.name));
    let done = format!("{} It decides the next purchase of every card that inherits it.", told(&changes));
    members::told(&cx, effect, done, paths::policy(cx.environment, &id)).await;
    Ok(())
}

/// Every rule that one of them sets, with what it says in both.
pub(crate) fn differences(before: &Terms, after: &Terms) -> Vec<(&'static str, String, String)> {
    let (before, after) = (words::terms(before), words::terms(after));
    let said = |all: &[(&'static str, String)], label: &str| {
        all.iter().find(|(own, _)| *own == label).map_or_else(|| "nothing".to_owned(), |(_, text)| text.clone())
    };
    let mut labels: Vec<&'static str> = before.iter().chain(&after).map(|(label, _)| *label).collect();
    labels.sort_unstable();
    labels.dedup();
    labels.into_iter().map(|label| (label, said(&before, label), said(&after, label))).collect()
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let policy = get_policy(cx.id("id")?).await?;
    let zone = own_zone().await?;
    let form = use_form();
    let (e, start) = (cx.environment, Sent::of(&policy.terms));
    let back = paths::policy(e, &policy.id);
    let (name, description) = (policy.name.clone(), policy.description.clone().unwrap_or_default());
    let edit = Edit::of(use_form(), policy.version).text("name", "Name", name.clone()).text(
        "description",
        "Description",
        description.clone(),
    );
    let head = fields::edit(edit, &start, &zone, Whose::Policy).head();
    let reach = match policy.cards {
        0 => "No open card inherits it.".to_owned(),
        1 => "One open card inherits it and changes with it.".to_owned(),
        many => format!("{} open cards inherit it and change with it.", grouped(many.unsigned_abs())),
    };
    let body = view! {
        <PageForm act="Save changes" cancel=back.clone() wide=true>
            {head}
            <p>{reach}</p>
            <Field
                name="name"
                label="Name"
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
            <Reason hint="For the audit log." />
        </PageForm>
    };
    Ok(Page::new(format!("Edit {}", policy.name), body).under("Policies", paths::policies(e)).under(policy.name, back))
}
