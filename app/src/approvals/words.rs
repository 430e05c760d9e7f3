//! Proposals in words.
use crate::{
    cx::Cx,
    members::roles,
    policies::differences,
    shell::capital,
    ui::{Badge, Tone, amount},
};
use domain::{
    access::approvals::{Change, Proposal, ProposalState},
    limits::{Frequency, OnLimitExceeded, terms::Terms},
    money::{Amount, Currency},
};
use leptos::prelude::*;

/// The change in a few words.
pub(super) fn title(proposal: &Proposal) -> String {
    let name = &proposal.subject;
    match &proposal.change {
        Change::Role { role, .. } => format!("Make {name} {role}"),
        Change::Disable { .. } => format!("Disable {name}"),
        Change::Enable { .. } => format!("Enable {name}"),
        Change::Remove { .. } => format!("Remove {name}"),
        Change::Invite { email } => format!("Invite {email} as owner"),
        Change::Threshold { .. } => "Change the threshold for a second person".to_owned(),
        Change::Security { .. } => "Ask less at sign-in".to_owned(),
        Change::Policy { .. } => format!("Loosen the policy {name}"),
        Change::OrganisationRules { .. } => "Loosen the rules for every card".to_owned(),
        Change::AgentRules { .. } => format!("Loosen the rules of {name}"),
        Change::CardRules { .. } => format!("Loosen the card {name}"),
        Change::Limit { limit: None, .. } => format!("Lift the limit of {name}"),
        Change::Limit { .. } => format!("Raise the limit of {name}"),
    }
}

/// The state in one word.
pub(super) fn state(proposal: &Proposal) -> AnyView {
    let tone = match proposal.state {
        ProposalState::Proposed => Tone::Warn,
        ProposalState::Approved => Tone::Good,
        ProposalState::Rejected => Tone::Bad,
        ProposalState::Expired | ProposalState::Withdrawn => Tone::Neutral,
    };
    let word =
        if proposal.state == ProposalState::Proposed { "Waiting".to_owned() } else { capital(proposal.state.as_str()) };
    view! { <Badge tone word /> }.into_any()
}

fn limit(terms: Option<(Amount, Frequency)>, currency: Currency) -> String {
    match terms {
        None => "No limit".to_owned(),
        Some((limit, frequency)) => {
            format!("{} {} {frequency}", amount(limit.minor(), currency.exponent()), currency.as_str())
        }
    }
}

/// Each rule that would differ: what it says now, and then.
fn rules(before: &Terms, after: &Terms) -> Vec<(String, String)> {
    let differ = differences(before, after).into_iter().filter(|(_, now, then)| now != then);
    differ.map(|(rule, now, then)| (rule.to_owned(), format!("{now}; then {then}"))).collect()
}

fn because(reason: Option<&str>) -> Option<(String, String)> {
    reason.map(|reason| ("Reason".to_owned(), reason.to_owned()))
}

/// What is in force, what would be, and why: before, after, reason.
pub(super) fn terms(change: &Change) -> Vec<(String, String)> {
    let said = match change {
        Change::Policy { name, description, before, after, reason, .. } => {
            let name = ("Name then".to_owned(), name.clone());
            let description = description.clone().map(|text| ("Description then".to_owned(), text));
            let rules = rules(before, after).into_iter().chain(because(reason.as_deref()));
            return std::iter::once(name).chain(description).chain(rules).collect();
        }
        Change::OrganisationRules { before, after, reason, .. } | Change::AgentRules { before, after, reason, .. } => {
            return rules(before, after).into_iter().chain(because(reason.as_deref())).collect();
        }
        Change::CardRules { before, after, policy_before, policy_after, reason, .. } => {
            let named = |name: &Option<String>| name.clone().unwrap_or_else(|| "nothing".to_owned());
            let (now, then) = (named(policy_before), named(policy_after));
            let policy = (now != then).then(|| ("Policy".to_owned(), format!("{now}; then {then}")));
            let reason = reason.clone().map(|why| ("Reason".to_owned(), why));
            return policy.into_iter().chain(rules(before, after)).chain(reason).collect();
        }
        Change::Role { before, role, .. } => {
            vec![("Role now", capital(before.as_str())), ("Role then", capital(role.as_str()))]
        }
        Change::Disable { reason, .. } | Change::Remove { reason, .. } => vec![("Reason", reason.clone())],
        Change::Enable { .. } => vec![],
        Change::Invite { .. } => vec![("Role", "Owner".to_owned())],
        Change::Threshold { before, threshold, .. } => vec![
            ("Threshold now", format!("{} minor units", amount(*before, 0))),
            ("Threshold then", format!("{} minor units", amount(*threshold, 0))),
        ],
        Change::Security { before, after, .. } => vec![
            ("Second factor now", roles(before.second_factor_roles)),
            ("Second factor then", roles(after.second_factor_roles)),
            ("Passkey now", roles(before.passkey_roles)),
            ("Passkey then", roles(after.passkey_roles)),
            ("Quiet minutes now", before.idle_minutes.to_string()),
            ("Quiet minutes then", after.idle_minutes.to_string()),
        ],
        Change::Limit { before, limit: after, on_exceeded, reason, currency, .. } => {
            let beyond = if OnLimitExceeded::enforces(*on_exceeded) { "" } else { ", not enforced" };
            vec![
                ("Limit now", limit(*before, *currency)),
                ("Limit then", format!("{}{beyond}", limit(*after, *currency))),
                ("Reason", reason.clone()),
            ]
        }
    };
    said.into_iter().map(|(term, text)| (term.to_owned(), text)).collect()
}

/// Whether the visitor proposed it.
pub(super) fn is_own(cx: &Cx, proposal: &Proposal) -> bool {
    cx.visitor.as_ref().is_some_and(|visitor| visitor.id == proposal.proposed_by)
}

/// Whether the visitor may approve or reject it: the server asks again.
pub(super) fn decides(cx: &Cx, proposal: &Proposal) -> bool {
    let entitled = cx.visitor.as_ref().is_some_and(|visitor| proposal.change.kind().may_decide(visitor.role));
    entitled && !is_own(cx, proposal) && proposal.state == ProposalState::Proposed
}

/// Who may decide it.
pub(super) fn deciders(change: &Change) -> &'static str {
    match change {
        Change::Limit { .. }
        | Change::Policy { .. }
        | Change::OrganisationRules { .. }
        | Change::AgentRules { .. }
        | Change::CardRules { .. } => "another owner or admin, or somebody of finance",
        _ => "another owner",
    }
}
