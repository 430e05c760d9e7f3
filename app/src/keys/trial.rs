//! Trying a revocation before it breaks something: the form, and the tally that stands above the final button.
use super::{parts, show::get_key};
use crate::{
    cx::{Cx, cx},
    form::{PageForm, go, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Choice, Column, Icon, Moment, NothingYet, Panel, Radios, Table, grouped},
};
use domain::{
    ids::KeyId,
    keys::{
        self, Broken, Key, TALLIED,
        life::{Trial, TrialSpan as Span},
    },
};
use leptos::prelude::*;

/// Begins to try revoking the key of the address.
#[server]
pub async fn try_revoking(span: String) -> Result<(), Problem> {
    let cx = cx();
    let id: KeyId = cx.id("id")?;
    let mut refusal = Refusal::default();
    let span = refusal.take("span", span.parse::<Span>().map_err(|_| "must be one of the choices"));
    let span = refusal.or(span)?;
    cx.db().commit(cx.grant()?, keys::TryRevoking { id: id.clone(), span }).await?;
    cx.flash("The trial runs. The key works as before; every call with it is told on the page that revokes it.").await;
    go(&paths::key(cx.environment, &id));
    Ok(())
}

/// What a revocation at the begin of a trial would have refused.
#[server]
pub async fn load_tally(id: KeyId, trial: Trial) -> Result<Vec<Broken>, Problem> {
    let cx = cx();
    Ok(keys::tally(cx.db(), cx.grant()?, &id, trial).await?)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let key = get_key(cx.id("id")?).await?;
    let (e, form) = (cx.environment, use_form());
    let back = paths::key(e, &key.id);
    if !key.status.opens() {
        return Err(Problem::Elsewhere(back));
    }
    let spans = [(Span::Hour, "1 hour"), (Span::FourHours, "4 hours"), (Span::Day, "24 hours")];
    let choices = spans.into_iter().map(|(span, label)| Choice::new(span.as_str(), label)).collect();
    let body = view! {
        <PageForm act="Begin the trial" cancel=back>
            <p>
                "The key goes on working. Meanwhile each call with it counts as one that a revocation would have broken, by
                source and client. The count stands above the button that revokes it. Nothing is revoked by itself."
            </p>
            <Radios
                name="span"
                label="Try it for"
                hint="As long as your rarest job takes to come round."
                choices
                value=form.value("span", Span::Day.as_str())
                refusal=form.refusal("span")
            />
        </PageForm>
    };
    Ok(parts::under(Page::new(format!("Try revoking {}", key.name), body), e, &key.name, &key.id))
}

/// What the trial of a key has told so far; nothing without one.
pub async fn panel(cx: &Cx, key: &Key) -> Result<AnyView, Problem> {
    let Some(trial) = key.trial else { return Ok(().into_any()) };
    let (zone, now) = (cx.zone(), cx.db().now());
    let lines = load_tally(key.id.clone(), trial).await?;
    let calls: i64 = lines.iter().map(|line| line.calls).sum();
    let more = if calls >= TALLIED { " or more" } else { "" };
    let until = if trial.to > now {
        format!("It runs until {}.", parts::when(trial.to, zone))
    } else {
        format!("It ended on {}.", parts::when(trial.to, zone))
    };
    let word = if calls == 1 { "call" } else { "calls" };
    let sentence = format!(
        "Since {} a revocation would have broken {}{more} {word}. {until}",
        parts::when(trial.from, zone),
        grouped(calls.unsigned_abs())
    );
    let rows = lines
        .into_iter()
        .map(|line| {
            vec![
                line.address.unwrap_or_else(|| "not recorded".into()).into_any(),
                line.client.unwrap_or_else(|| "not recorded".into()).into_any(),
                grouped(line.calls.unsigned_abs()).into_any(),
                view! { <Moment at=line.last_at.0 zone /> }.into_any(),
            ]
        })
        .collect();
    let columns =
        vec![Column::new("Source"), Column::new("Client"), Column::numeric("Calls"), Column::new("Last call")];
    let empty = view! {
        <NothingYet title="No calls" text="Nothing has used the key since the trial began." icon=Icon::Key />
    };
    Ok(view! {
        <Panel title="Trial of the revocation">
            <p>{sentence}</p>
            <Table caption="What it would have broken" quiet=true columns rows empty=empty.into_any() />
        </Panel>
    }
    .into_any())
}
