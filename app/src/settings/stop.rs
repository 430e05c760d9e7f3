//! Stopping all spending of the environment, and allowing it again.
use crate::{
    cx::{Cx, cx},
    form::{PageConfirm, Reason, go},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Fact, Facts, Moment, Panel, Standing, amount},
};
use domain::{
    access::Permission,
    limits::stop::{self, MOST_COUNTED, Reach},
    name::Line,
};
use leptos::prelude::*;

/// Stops all spending.
#[server]
pub async fn stop_spending(reason: String) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let reason = refusal.take("reason", Line::parse(&reason));
    let reason = refusal.or(reason)?;
    cx.db().commit(cx.grant()?, stop::StopSpending { reason }).await?;
    cx.flash("Spending stopped. Every purchase is declined from now on.").await;
    go(&paths::overview(cx.environment));
    Ok(())
}

/// Allows it again.
#[server]
pub async fn allow_spending(reason: String) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let reason = refusal.take("reason", Line::parse(&reason));
    let reason = refusal.or(reason)?;
    cx.db().commit(cx.grant()?, stop::AllowSpending { reason }).await?;
    cx.flash("Spending is allowed again.").await;
    go(&paths::overview(cx.environment));
    Ok(())
}

/// How many agents and cards can spend while nobody stops them.
#[server]
pub async fn count_reach() -> Result<Reach, Problem> {
    let cx = cx();
    Ok(stop::reach(cx.db(), cx.grant()?).await?)
}

/// `Acme in live`.
fn whose(cx: &Cx) -> String {
    let name = cx.visitor.as_ref().map(|visitor| visitor.organisation_name.clone()).unwrap_or_default();
    format!("{name} in {}", cx.environment)
}

/// `Active agents: 12. Active cards: 30.`
fn counted(reach: Reach) -> String {
    let number = |count: i64| {
        let words = amount(count, 0);
        if count < MOST_COUNTED { words } else { format!("{words} or more") }
    };
    format!("Active agents: {}. Active cards: {}.", number(reach.agents), number(reach.cards))
}

/// Before stopping.
pub async fn stop_page() -> Loaded {
    let cx = cx();
    let reach = count_reach().await?;
    let now = cx.stop.as_ref().map(|_| "It is stopped already.".to_owned());
    let consequences = now.into_iter().chain([
        format!("Every purchase of {} is declined from the next one on. {}", whose(&cx), counted(reach)),
        "Card details are given to no agent and shown to no person.".to_owned(),
        "Agents may still declare intents. What was approved before is captured, reversed and refunded as ever."
            .to_owned(),
        "Nothing is suspended or frozen. An owner or admin can allow spending again, and then all is as before."
            .to_owned(),
    ]);
    let body = view! {
        <PageConfirm consequences=consequences.collect() act="Stop all spending" cancel=paths::overview(cx.environment)>
            <Reason hint="Shown to everybody on every page until spending is allowed again." />
        </PageConfirm>
    };
    Ok(Page::new("Stop all spending", body).under("Settings", paths::settings(cx.environment)))
}

/// Before allowing.
pub async fn allow_page() -> Loaded {
    let cx = cx();
    let reach = count_reach().await?;
    let why = match &cx.stop {
        Some(stop) => format!("It was stopped by {}: {}", stop.by, stop.reason),
        None => "It is not stopped.".to_owned(),
    };
    let consequences = vec![
        why,
        format!("Agents of {} may spend again at once, within their limits. {}", whose(&cx), counted(reach)),
        "What is suspended, frozen or closed stays so.".to_owned(),
    ];
    let body = view! {
        <PageConfirm consequences act="Allow spending" cancel=paths::overview(cx.environment)>
            <Reason hint="Kept in the audit log." />
        </PageConfirm>
    };
    Ok(Page::new("Allow spending again", body).under("Settings", paths::settings(cx.environment)))
}

/// What stands on every page of the environment while it is stopped.
pub(crate) fn stopped(cx: &Cx) -> Option<AnyView> {
    let stop = cx.stop.as_ref()?;
    let moment = view! { <Moment at=stop.at.0 zone=cx.zone() /> };
    let said = format!(" by {}: {} ", stop.by, stop.reason);
    let allow =
        cx.may(Permission::Unfreeze).then(|| view! { <a href=paths::allow_spending(cx.environment)>"Allow again"</a> });
    let title = format!("All spending of {} is stopped", whose(cx));
    Some(view! { <Standing title>" since "{moment}{said}{allow}</Standing> }.into_any())
}

/// The part of the settings.
pub(super) fn panel(cx: &Cx) -> AnyView {
    let now = if cx.stop.is_some() { "Stopped" } else { "Allowed" };
    let facts = vec![Fact::new(format!("In {}", cx.environment), now)];
    let link = match &cx.stop {
        Some(_) => {
            cx.may(Permission::Unfreeze).then(|| (paths::allow_spending(cx.environment), "Allow spending again"))
        }
        None => cx.may(Permission::Freeze).then(|| (paths::stop_spending(cx.environment), "Stop all spending")),
    };
    let link = link.map(|(href, word)| view! { <a href=href>{word}</a> });
    view! { <Panel title="Spending" actions=link.into_any()><Facts facts /></Panel> }.into_any()
}
