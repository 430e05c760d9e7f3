//! Changing an agent's limit: old and new side by side, with a reason, against stale edits.
use super::{parts, show::lasting};
use crate::{
    cx::cx,
    form::{
        PageForm, Reason,
        conflict::{Edit, summary},
        entry, use_form,
    },
    members::told,
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Field, Panel, Select, amount},
};
use domain::{
    agents::{self, SetLimit},
    ids::AgentId,
    limits::{Frequency, OnLimitExceeded},
    name::Line,
};
use leptos::prelude::*;

/// Sets the limit; an empty amount lifts it.
#[server]
pub async fn change_limit(
    limit: String,
    frequency: String,
    on_exceeded: String,
    reason: String,
    version: String,
) -> Result<(), Problem> {
    let cx = cx();
    let (id, grant): (AgentId, _) = (cx.id("id")?, cx.grant()?);
    let before = agents::get(cx.db(), grant, &id).await?;
    let currency = before.currency;
    let mut refusal = Refusal::default();
    let limit = match limit.trim() {
        "" => Some(None),
        text => {
            let amount = refusal.take("limit", entry::amount(text, currency));
            amount.zip(refusal.take("frequency", frequency.parse::<Frequency>())).map(Some)
        }
    };
    let on_exceeded = refusal.take("on_exceeded", parts::parse_consequence(&on_exceeded));
    let reason = refusal.take("reason", Line::parse(&reason));
    let version = refusal.version(&version);
    let (((limit, on_exceeded), reason), version) = refusal.or(limit.zip(on_exceeded).zip(reason).zip(version))?;
    let on_exceeded = if limit.is_some() { on_exceeded } else { None };
    let command = SetLimit { id: id.clone(), limit, on_exceeded, reason, version: Some(version) };
    let after = (command.limit, command.on_exceeded);
    let effect = cx.db().commit(grant, command).await?;
    let old = before.spending_limit.zip(before.spending_limit_frequency);
    let changes = [
        ("limit", parts::limit_words(old, currency), parts::limit_words(after.0, currency)),
        ("beyond it", beyond_words(before.on_limit_exceeded), beyond_words(after.1)),
    ];
    let done = match summary(&changes) {
        Some(changed) => format!("Changed: {changed}. It decides the next purchase."),
        None => "Saved; the limit is what it was.".to_owned(),
    };
    told(&cx, effect, done, paths::agent(cx.environment, &id)).await;
    Ok(())
}

fn beyond_words(on_exceeded: Option<OnLimitExceeded>) -> String {
    let value = parts::consequence(on_exceeded);
    parts::consequences().into_iter().find(|c| c.value == value).map_or(value.to_owned(), |c| c.label.to_lowercase())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let agent = lasting(&cx).await?;
    let form = use_form();
    let e = cx.environment;
    let back = paths::agent(e, &agent.id);
    let exponent = agent.currency.exponent();
    let now = agent.spending_limit.map(|limit| amount(limit.minor(), exponent).replace(',', "")).unwrap_or_default();
    let window = agent.spending_limit_frequency.unwrap_or(Frequency::PerMonth);
    let edit = Edit::of(form, agent.version)
        .text("limit", "New limit", now)
        .choice("frequency", "Counted over", window.as_str(), &parts::frequencies())
        .choice("on_exceeded", "Beyond the limit", parts::consequence(agent.on_limit_exceeded), &parts::consequences());
    let field = |name: &str| (edit.value(name), edit.refusal(name));
    let (limit, frequency, beyond) = (field("limit"), field("frequency"), field("on_exceeded"));
    let head = edit.head();
    let (currency, meter) = (agent.currency.to_string(), parts::meter(&agent));
    let body = view! {
        <div class="stack">
            <Panel title="In force now">{meter}</Panel>
            <PageForm act="Change limit" cancel=back.clone()>
                {head}
                <Field
                    name="limit"
                    label="New limit"
                    inputmode="decimal"
                    unit=currency
                    hint="Empty lifts the limit: then only the balance and the cards hold the agent."
                    value=limit.0
                    refusal=limit.1
                    autocomplete="off"
                />
                <Select name="frequency" label="Counted over" choices=parts::frequencies() value=frequency.0 refusal=frequency.1 />
                <Select name="on_exceeded" label="Beyond the limit" choices=parts::consequences() value=beyond.0 refusal=beyond.1 />
                <Reason hint="For the audit log." />
            </PageForm>
        </div>
    };
    Ok(Page::new("Change the limit", body).under("Agents", paths::agents(e)).under(agent.name, back))
}
