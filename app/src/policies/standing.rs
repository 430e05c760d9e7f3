//! What stands for a card or an agent, rule by rule: what counts, who set it, what is left.
use super::words;
use crate::{
    cx::{Cx, cx},
    problem::Problem,
    purchases::parts::{duration, level},
    ui::{Column, Precision, Table, local},
};
use chrono_tz::Tz;
use domain::{
    attestations::AttestationStatus,
    ids::{AgentId, CardId},
    limits::{
        Frequency, OnLimitExceeded,
        evaluate::{self, Reading},
        levels,
        restrictions::Level,
        standing::{self, Rule, Standing},
        window,
    },
    money::Currency,
    time::{MINUTE, Timestamp},
};
use leptos::prelude::*;

/// What stands for a card.
#[server]
pub async fn get_card_standing(id: CardId) -> Result<(Vec<Standing>, Reading), Problem> {
    let cx = cx();
    let (case, reading) = evaluate::standing(cx.db(), cx.grant()?, &id).await?;
    Ok((standing::of_card(&case), reading))
}

/// What stands for every card of an agent.
#[server]
pub async fn get_agent_standing(id: AgentId) -> Result<Vec<Standing>, Problem> {
    let cx = cx();
    Ok(standing::of_agent(&levels::agent_case(cx.db(), cx.grant()?, &id).await?))
}

/// One row: the rule, what it says, who set it, what is left.
type Row = (&'static str, String, Level, String);

const EACH: &str = "Counted for each card";

/// What is left of `most` after `used`.
fn left(most: i64, used: i64) -> i64 {
    most.saturating_sub(used).max(0)
}

/// Over which time a limit is counted: since when, and when it starts again. `resets_at` is when it does.
fn counted(frequency: Frequency, resets_at: Option<Timestamp>, now: Timestamp, zone: Tz) -> String {
    let when = |at: Timestamp| local(at.0, zone, Precision::Minute);
    // The window that ends where it starts again, should that be over by now.
    let within = resets_at.map_or(now, |reset| reset - 1);
    match (window::window(frequency, within, zone).start, resets_at) {
        _ if frequency == Frequency::PerTransaction => String::new(),
        (None, _) => "; never starts again".to_owned(),
        (Some(start), None) => format!("; rolling, counted since {} ({})", when(start), zone.name()),
        (Some(start), Some(reset)) => {
            format!("; counted since {}, starts again {} ({})", when(start), when(reset), zone.name())
        }
    }
}

fn said(one: &Standing, currency: Currency, now: Timestamp, zone: Tz) -> Row {
    let money = |minor: i64| words::money(minor, currency);
    let of_money = |most: i64, spent: Option<i64>| {
        spent.map_or_else(|| EACH.to_owned(), |spent| format!("{} after {}", money(left(most, spent)), money(spent)))
    };
    let of_count = |most: u32, had: Option<i64>| {
        had.map_or_else(|| EACH.to_owned(), |had| format!("{} after {had}", left(most.into(), had)))
    };
    let when = |at: Timestamp| local(at.0, zone, Precision::Minute);
    let counted = |frequency, resets_at| counted(frequency, resets_at, now, zone);
    let none = || "–".to_owned();
    let (rule, value, rest) = match &one.rule {
        Rule::PerPurchase { most } => ("Most per purchase", money(most.minor()), none()),
        Rule::PerDay { most, spent } => {
            let (rest, counted) = (of_money(most.minor(), *spent), counted(Frequency::Per24HourPeriod, None));
            ("Most in 24 hours", money(most.minor()), format!("{rest}{counted}"))
        }
        Rule::PerMonth { most, spent, resets_at } => {
            let (rest, counted) = (of_money(most.minor(), *spent), counted(Frequency::PerMonth, *resets_at));
            ("Most in a month", money(most.minor()), format!("{rest}{counted}"))
        }
        Rule::Total { most, spent } => {
            let (rest, counted) = (of_money(most.minor(), *spent), counted(Frequency::AllTime, None));
            ("Most ever", money(most.minor()), format!("{rest}{counted}"))
        }
        Rule::AgentLimit { limit, spent, resets_at } => {
            let loose = if OnLimitExceeded::enforces(limit.on_exceeded) { "" } else { ", not enforced" };
            let window = crate::agents::parts::period(limit.frequency);
            let rest = match limit.frequency {
                Frequency::PerTransaction => none(),
                other => format!("{}{}", of_money(limit.amount.minor(), Some(*spent)), counted(other, *resets_at)),
            };
            ("Limit of the agent", format!("{} {window}{loose}", money(limit.amount.minor())), rest)
        }
        Rule::Approvals { most, had } => ("Purchases ever", most.to_string(), of_count(*most, *had)),
        Rule::Pause { minutes, until } => (
            "Pause after a purchase",
            duration(i64::from(*minutes) * MINUTE),
            until.map_or_else(none, |until| format!("Until {}", when(until))),
        ),
        Rule::Pace { set, had } => ("Purchases in a while", words::pace(*set), of_count(set.max_count, *had)),
        Rule::Active { time, now } => {
            ("When", words::time(time), if *now { "Open now".to_owned() } else { "Closed now".to_owned() })
        }
        Rule::OnlyMccs { list } => ("Only these categories", words::mccs(list), none()),
        Rule::NoMccs { list } => ("Never these categories", words::mccs(list), none()),
        Rule::OnlyMerchants { list } => ("Only these merchants", list.join(", "), none()),
        Rule::NoMerchants { list } => ("Never these merchants", list.join(", "), none()),
        Rule::Drift { action, first } => (
            "Another merchant than the first",
            words::drift(*action).to_owned(),
            first.as_ref().map_or_else(none, |first| format!("The first was {first}")),
        ),
        Rule::Approval { from } => {
            ("Approved by a person", words::approval(*from), "What is declared waits for it".to_owned())
        }
        Rule::Attestation { status } => (
            "Details read for it",
            "Required for every purchase".to_owned(),
            match status {
                None => EACH.to_owned(),
                Some(AttestationStatus::Attested) => "Read just now".to_owned(),
                Some(_) => "Not read lately".to_owned(),
            },
        ),
    };
    (rule, value, one.level, rest)
}

fn table(rows: Vec<Row>) -> AnyView {
    let columns =
        vec![Column::new("Rule"), Column::prose("What counts"), Column::new("Set by"), Column::prose("What is left")];
    let rows = rows
        .into_iter()
        .map(|(rule, value, by, rest)| {
            vec![rule.into_any(), value.into_any(), level(Some(by)).into_any(), rest.into_any()]
        })
        .collect();
    view! { <Table caption="Rules that count" quiet=true columns rows /> }.into_any()
}

/// The table of a card.
pub fn of_card(cx: &Cx, all: &[Standing], reading: &Reading, currency: Currency) -> AnyView {
    let (now, zone) = (cx.db().now(), cx.zone());
    let mut rows: Vec<Row> = all.iter().map(|one| said(one, currency, now, zone)).collect();
    let (by, tolerance) = reading.tolerance;
    let tolerance = format!("{} % of the declared amount", words::percent(tolerance));
    rows.push(("Tolerance", tolerance, by, "–".to_owned()));
    let (by, exposure) = reading.exposure;
    rows.push(("Card details", words::exposure(exposure).to_owned(), by, "–".to_owned()));
    table(rows)
}

/// The table of an agent.
pub fn of_agent(cx: &Cx, all: &[Standing], currency: Currency) -> AnyView {
    if all.is_empty() {
        return view! { <p class="hint">"Neither the organisation nor the agent sets rules for all its cards."</p> }
            .into_any();
    }
    let (now, zone) = (cx.db().now(), cx.zone());
    table(all.iter().map(|one| said(one, currency, now, zone)).collect())
}
