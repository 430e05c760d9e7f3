//! How an agent's state and limit are said.
use crate::{
    risk::words as risk,
    ui::{self, Badge, Choice, SpendMeter, Tone},
};
use domain::{
    agents::{Agent, AgentStatus},
    limits::{Frequency, OnLimitExceeded},
    money::{Amount, Currency},
    users::ApplicationStatus,
};
use leptos::prelude::*;

/// The state in one word, with its tone.
pub fn status_word(status: AgentStatus) -> (Tone, &'static str) {
    match status {
        AgentStatus::Active => (Tone::Good, "Active"),
        AgentStatus::Suspended => (Tone::Bad, "Suspended"),
        AgentStatus::Closed => (Tone::Neutral, "Deregistered"),
    }
}

/// The same as a badge.
pub fn status(status: AgentStatus) -> AnyView {
    let (tone, word) = status_word(status);
    view! { <Badge tone word /> }.into_any()
}

/// Why it is suspended, or was deregistered: in the words of who did it, or the rule's.
pub fn because(agent: &Agent) -> Option<String> {
    let reason = agent.suspended_reason.clone()?;
    Some(risk::because(&reason).unwrap_or(reason))
}

/// Where a user's application stands, in one word with its tone.
pub fn application_word(status: ApplicationStatus) -> (Tone, &'static str) {
    use ApplicationStatus as S;
    match status {
        S::Approved => (Tone::Good, "Approved"),
        S::NotStarted => (Tone::Neutral, "Not started"),
        S::Pending => (Tone::Info, "Pending"),
        S::NeedsInformation => (Tone::Warn, "Needs information"),
        S::NeedsVerification => (Tone::Warn, "Needs verification"),
        S::ManualReview => (Tone::Info, "Manual review"),
        S::Denied => (Tone::Bad, "Denied"),
        S::Locked => (Tone::Bad, "Locked"),
        S::Canceled => (Tone::Neutral, "Canceled"),
    }
}

/// The same as a badge.
pub fn application(status: ApplicationStatus) -> AnyView {
    let (tone, word) = application_word(status);
    view! { <Badge tone word /> }.into_any()
}

/// A window as it follows an amount: "a month".
pub fn period(frequency: Frequency) -> &'static str {
    match frequency {
        Frequency::PerTransaction => "per purchase",
        Frequency::Per24HourPeriod => "in 24 hours",
        Frequency::PerWeek => "this week",
        Frequency::PerMonth => "this month",
        Frequency::PerYear => "this year",
        Frequency::AllTime => "in all",
    }
}

/// A window as words after an amount that may be spent in each.
pub fn span(frequency: Frequency) -> &'static str {
    match frequency {
        Frequency::PerTransaction => "per purchase",
        Frequency::Per24HourPeriod => "in 24 hours",
        Frequency::PerWeek => "in a week",
        Frequency::PerMonth => "in a month",
        Frequency::PerYear => "in a year",
        Frequency::AllTime => "in all",
    }
}

/// The windows to choose from.
pub fn frequencies() -> Vec<Choice> {
    let said = [
        (Frequency::PerTransaction, "Each purchase on its own"),
        (Frequency::Per24HourPeriod, "Any 24 hours (rolling)"),
        (Frequency::PerWeek, "Week, from Monday"),
        (Frequency::PerMonth, "Calendar month"),
        (Frequency::PerYear, "Calendar year"),
        (Frequency::AllTime, "All time"),
    ];
    said.map(|(frequency, label)| Choice::new(frequency.as_str(), label)).into()
}

/// A window in words: "Calendar month".
pub fn window(frequency: Frequency) -> String {
    let choice = frequencies().into_iter().find(|choice| choice.value == frequency.as_str());
    choice.map(|choice| choice.label.to_string()).unwrap_or_default()
}

/// A limit as a sentence has it: "500.00 USD, counted over the calendar month".
pub fn limit_words(limit: Option<(Amount, Frequency)>, currency: Currency) -> String {
    let Some((limit, frequency)) = limit else { return "none".to_owned() };
    let over = window(frequency).to_lowercase();
    format!("{} {} ({over})", ui::amount(limit.minor(), currency.exponent()), currency.as_str())
}

/// What may happen beyond a limit.
pub fn consequences() -> Vec<Choice> {
    vec![
        Choice::new("decline", "Decline the purchase"),
        Choice::new(OnLimitExceeded::Suspend.as_str(), "Decline it, suspend the agent and freeze its cards"),
        Choice::new(OnLimitExceeded::Notify.as_str(), "Approve it and send a webhook (not enforced)"),
        Choice::new(OnLimitExceeded::None.as_str(), "Approve it, only keep count (not enforced)"),
    ]
}

/// The choice that a stored value stands for.
pub fn consequence(value: Option<OnLimitExceeded>) -> &'static str {
    value.map_or("decline", OnLimitExceeded::as_str)
}

/// What a chosen consequence means.
pub fn parse_consequence(text: &str) -> Result<Option<OnLimitExceeded>, String> {
    match text {
        "decline" => Ok(None),
        other => other.parse().map(Some).map_err(|_| "must be one of the choices".to_owned()),
    }
}

/// Spend against the limit, as text and bar.
pub fn meter(agent: &Agent) -> AnyView {
    let frequency = agent.spending_limit_frequency.unwrap_or(Frequency::AllTime);
    spend(agent.current_spend, agent.spending_limit, agent.currency, frequency)
}

/// The same of what a window of this frequency holds.
pub fn spend(spent: i64, limit: Option<Amount>, currency: Currency, frequency: Frequency) -> AnyView {
    let limit = limit.map(|limit| limit.minor());
    let exponent = currency.exponent();
    view! { <SpendMeter spent limit currency=currency.as_str() exponent period=period(frequency) /> }.into_any()
}
