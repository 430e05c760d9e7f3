//! Approving or rejecting a proposal of somebody else, on a page of its own.
use super::{
    show::{facts, get_proposal},
    words::{decides, title},
};
use crate::{
    cx::cx,
    form::{PageForm, go, use_form},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Button, ButtonLink, Facts, Look, Secret},
};
use domain::{access::approvals, ids::ProposalId, secret::Revealed};
use leptos::prelude::*;

/// Decides the proposal of the address: `approve` or `reject`. Gives the link of an approved invitation where it
/// cannot be mailed.
#[server]
pub async fn decide_proposal(decision: String) -> Result<Option<Revealed>, Problem> {
    let cx = cx();
    let id: ProposalId = cx.id("id")?;
    let page = paths::approval(cx.environment, &id);
    match decision.as_str() {
        "approve" => {
            let approved = cx.db().commit(cx.grant()?, approvals::Approve { id }).await?;
            if let Some(link) = approved.link {
                cx.then(page);
                return Ok(Some(link.reveal()));
            }
            cx.flash("Approved. The change is made.").await;
        }
        "reject" => {
            cx.db().commit(cx.grant()?, approvals::Reject { id }).await?;
            cx.flash("Rejected. Nothing has changed.").await;
        }
        _ => return Err(Problem::field("decision", "must be approve or reject")),
    }
    go(&page);
    Ok(None)
}

/// The page: asking, or showing the link of an invitation.
pub async fn page() -> Loaded {
    let cx = cx();
    let form = use_form();
    let e = cx.environment;
    let proposal = get_proposal(cx.id("id")?).await?;
    let back = paths::approval(e, &proposal.id);
    if let Some(link) = form.output::<Option<Revealed>>().as_deref().and_then(Option::as_ref) {
        let value = format!("{}{}", cx.app.settings.site.address(&cx.parts.headers), paths::invitation(link.text()));
        let note = "This server sends no mail. Pass the link on yourself, by a way that only they can read. It works \
                    once, for 72 hours, and is not shown again.";
        let body = view! {
            <Secret label="Link" value=value note=note />
            <div class="actions"><ButtonLink href=back word="Done: I have passed it on" look=Look::Primary /></div>
        };
        return Ok(Page::new("Approved: invitation made", body).under("Approvals", paths::approvals(e)));
    }
    // The proposal's own page says who decides it, or who did.
    if !decides(&cx, &proposal) && cx.posted.is_none() {
        return Err(Problem::Elsewhere(back));
    }
    let cancel = back.clone();
    let body = view! {
        <div class="stack">
            <Facts facts=facts(&proposal) />
            <PageForm>
                <p>"Approved, the change is made at once and recorded with both names."</p>
                <div class="actions">
                    <Button word="Approve" name="decision" value="approve" />
                    <Button word="Reject" name="decision" value="reject" look=Look::Secondary />
                    <ButtonLink href=cancel word="Cancel" look=Look::Plain />
                </div>
            </PageForm>
        </div>
    };
    Ok(Page::new(format!("Decide: {}", title(&proposal)), body)
        .under("Approvals", paths::approvals(e))
        .under(title(&proposal), back))
}
