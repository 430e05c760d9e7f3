//! Approving or rejecting a declared purchase, on a page of its own. No link does either.
use super::{facts, parts};
use crate::{
    cx::cx,
    form::{Reason, go, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Button, ButtonLink, ErrorSummary, Facts, Look},
};
use domain::{
    ids::IntentId,
    intents::{self, ApproveIntent, Held, IntentStatus, RejectIntent},
    name::Line,
};
use leptos::prelude::*;

/// The intent of this id with what is known about it now.
#[server]
pub async fn get_held(id: IntentId) -> Result<Held, Problem> {
    let cx = cx();
    Ok(intents::held_one(cx.db(), cx.grant()?, &id).await?)
}

/// Decides the intent of the address: `approve`, or `reject` with a reason.
#[server]
pub async fn decide_intent(decision: String, reason: String) -> Result<(), Problem> {
    let cx = cx();
    let id: IntentId = cx.id("id")?;
    let mut refusal = Refusal::default();
    let reason = match reason.trim() {
        "" => None,
        text => refusal.take("reason", Line::parse(text)),
    };
    if decision == "reject" && reason.is_none() && refusal.0.is_empty() {
        refusal.add("reason", "must say why: the agent and whoever looks later read it");
    }
    refusal.or(Some(()))?;
    match (decision.as_str(), reason) {
        ("approve", reason) => {
            let decided = cx.db().commit(cx.grant()?, ApproveIntent { id, reason }).await?;
            decided.into_result()?;
            cx.flash("Approved. The agent can go ahead.").await;
        }
        ("reject", Some(reason)) => {
            cx.db().commit(cx.grant()?, RejectIntent { id, reason }).await?;
            cx.flash("Rejected. Nothing can be bought with it.").await;
        }
        _ => return Err(Problem::field("decision", "must be approve or reject")),
    }
    go(&paths::held(cx.environment));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let form = use_form();
    let e = cx.environment;
    let held = get_held(cx.id("id")?).await?;
    let back = paths::intent(e, &held.intent.id);
    let waits = held.intent.status == IntentStatus::PendingApproval && cx.db().now() < held.intent.expires_at;
    // The intent's own page says who decided, or that it ran out.
    if !waits && cx.posted.is_none() {
        return Err(Problem::Elsewhere(back));
    }
    let token = cx.form_token();
    // The Enter key presses the first button: whoever types why must not approve by it.
    let approve = (!held.own).then(|| view! { <Button word="Approve" name="decision" value="approve" /> });
    let queue = paths::held(e);
    let body = view! {
        <div class="stack">
            <ErrorSummary refusals=form.refusals() />
            {facts::warning(&held)}
            <Facts facts=facts::verified(&cx, &held) />
            {facts::said(&held.intent)}
            <form method="post" class="form">
                <input type="hidden" name="token" value=token />
                <Reason hint="Rejecting needs one. Kept with your name and the facts above as they are when you decide." />
                <div class="actions">
                    <Button word="Reject" name="decision" value="reject" look=Look::Secondary />
                    {approve}
                    <ButtonLink href=queue.clone() word="Cancel" look=Look::Plain />
                </div>
            </form>
        </div>
    };
    Ok(Page::new(format!("Decide: {}", parts::asked(&held)), body).under("Held purchases", queue))
}
