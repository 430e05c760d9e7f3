//! One proposal.
use super::words::{deciders, decides, is_own, state, terms, title};
use crate::{
    cx::cx,
    list::optional_moment,
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{ButtonLink, Code, Fact, Facts, Look},
};
use domain::{
    access::approvals::{self, Change, Proposal, ProposalState},
    environment::Environment,
    ids::ProposalId,
};
use leptos::prelude::*;

/// The proposal of this id.
#[server]
pub async fn get_proposal(id: ProposalId) -> Result<Proposal, Problem> {
    let cx = cx();
    Ok(approvals::get(cx.db(), cx.grant()?, &id).await?)
}

/// What it would do, and how far it came.
pub(super) fn facts(proposal: &Proposal) -> Vec<Fact> {
    let cx = crate::cx::cx();
    let moment = |at| optional_moment(Some(at), cx.zone(), "");
    let about = match &proposal.change {
        Change::Role { person, .. }
        | Change::Disable { person, .. }
        | Change::Enable { person }
        | Change::Remove { person, .. } => Some(paths::member(cx.environment, person)),
        Change::Policy { policy, .. } => Some(paths::policy(Environment::Live, policy)),
        Change::OrganisationRules { .. } => Some(paths::policies(Environment::Live)),
        Change::AgentRules { agent, .. } | Change::Limit { agent, .. } => Some(paths::agent(Environment::Live, agent)),
        Change::CardRules { card, .. } => Some(paths::card(Environment::Live, card)),
        Change::Threshold { .. } | Change::Security { .. } => Some(paths::settings(cx.environment)),
        Change::Invite { .. } => None,
    };
    let subject = proposal.subject.clone();
    let about = match about {
        Some(href) => view! { <a href=href>{subject}</a> }.into_any(),
        None => subject.into_any(),
    };
    let mut facts = vec![Fact::new("About", about)];
    facts.extend(terms(&proposal.change).into_iter().map(|(term, text)| Fact::new(term, text)));
    facts.push(Fact::new("Proposed by", proposal.proposed_by_name.clone()));
    facts.push(Fact::new("Proposed", moment(proposal.created_at)));
    match (proposal.state, proposal.decided_at) {
        (ProposalState::Proposed, _) => facts.push(Fact::new("Waits until", moment(proposal.expires_at))),
        (_, Some(at)) => {
            facts.push(Fact::new("Decided", moment(at)));
            facts.extend(proposal.decided_by.clone().map(|name| Fact::new("Decided by", name)));
        }
        (_, None) => facts.push(Fact::new("Ended", moment(proposal.expires_at))),
    }
    facts.push(Fact::new("Id", view! { <Code text=proposal.id.to_string() copy="proposal id" /> }));
    facts
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let proposal = get_proposal(cx.id("id")?).await?;
    let e = cx.environment;
    let waits = proposal.state == ProposalState::Proposed;
    let actions = if decides(&cx, &proposal) {
        Some(view! { <ButtonLink href=paths::decide(e, &proposal.id) word="Decide" look=Look::Primary /> }.into_any())
    } else if waits && is_own(&cx, &proposal) {
        Some(view! { <ButtonLink href=paths::withdraw_proposal(e, &proposal.id) word="Withdraw" /> }.into_any())
    } else {
        None
    };
    let who = (waits && !decides(&cx, &proposal)).then(|| {
        let text = format!("Nothing has changed yet. This waits for {}.", deciders(&proposal.change));
        view! { <p class="hint">{text}</p> }
    });
    let body = view! {
        <div class="stack">
            {who}
            <Facts facts=facts(&proposal) />
        </div>
    };
    Ok(Page::new(title(&proposal), body)
        .badge(state(&proposal))
        .actions(actions)
        .under("Approvals", paths::approvals(e)))
}
