//! The decision alone, with every rule of every level set and none of them in the way, its lists of ten entries as people
//! keep them; beside it with the longest lists that are taken.
use crate::{Result, gates::Gates};
use chrono_tz::Tz;
use domain::{
    agents::AgentStatus,
    attestations::AttestationStatus,
    cards::{CardStatus, CardType},
    limits::{
        Frequency,
        decide::{AgentLimit, CardState, Case, RULES_VERSION, Request, Rules, State, Verdict},
        hours::ActiveTime,
        restrictions::{LONGEST_LIST, Layer, Level, Mcc, OnDrift, Restrictions, Velocity},
    },
    money::{Amount, Currency},
    time::{Clock, DAY, HOUR, SystemClock},
};
use std::{hint::black_box, time::Instant};

const ROUNDS: usize = 5;
/// Decisions in a round, of lists of ten entries; longer lists have as many fewer.
const DECISIONS: usize = 100_000;
/// Entries of each list of categories and merchants.
const ENTRIES: usize = 10;

pub fn measure(gates: &mut Gates) -> Result {
    let usual = time(ENTRIES)?;
    println!(
        "\na decision alone, every rule set on every level: {usual:.2} us; with lists of {LONGEST_LIST}: {:.2} us",
        time(LONGEST_LIST)?
    );
    gates.at_most("a decision with every rule set, us", usual, 5.0);
    Ok(())
}

/// Microseconds of one decision with lists of so many entries.
fn time(entries: usize) -> Result<f64> {
    let case = case(entries)?;
    let decision = case.decide();
    if !decision.approved() || decision.evaluated.iter().any(|rule| rule.verdict != Verdict::Pass) {
        return Err(format!("the case is not as meant: {decision:?}").into());
    }
    let decisions = DECISIONS * ENTRIES / entries;
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        for _ in 0..decisions {
            black_box(black_box(&case).decide());
        }
        best = best.min(began.elapsed().as_secs_f64() * 1e6 / decisions as f64);
    }
    Ok(best)
}

fn case(entries: usize) -> Result<Case> {
    let now = SystemClock.now();
    let most = Amount::try_from(1_000_000)?;
    let set = Restrictions {
        max_amount: Some(most),
        limit_per_auth: Some(most),
        limit_per_day: Some(most),
        limit_per_month: Some(most),
        cumulative_max: Some(most),
        max_auth_count: Some(1_000),
        cooldown_minutes: Some(1),
        velocity: Some(Velocity { max_count: 1_000, window_seconds: 3_600 }),
        active_time: Some(ActiveTime { hours: None, days: Some((0..7).collect()), zone: Tz::Europe__Berlin }),
        allowed_mccs: Some(
            (0..entries).map(|n| Mcc::try_from(format!("{}", 5734 - n))).collect::<std::result::Result<_, _>>()?,
        ),
        blocked_mccs: (0..entries)
            .map(|n| Mcc::try_from(format!("{}", 7995 + n)))
            .collect::<std::result::Result<_, _>>()?,
        allowed_merchants: Some((1..entries).map(|n| format!("Shop {n}")).chain(["Office Supply".into()]).collect()),
        blocked_merchants: (0..entries).map(|n| format!("Casino Number {n}")).collect(),
        on_drift: Some(OnDrift::Decline),
        require_attestation: Some(true),
        ..Restrictions::default()
    };
    Ok(Case {
        request: Request {
            amount: Amount::try_from(4_999)?,
            currency: Currency::USD,
            merchant_name: "OFFICE SUPPLY 1234 BERLIN".into(),
            merchant_category_code: "5734".into(),
            at: now,
        },
        rules: Rules {
            version: RULES_VERSION,
            card_type: CardType::Multi,
            max_amount: None,
            layers: Level::ALL.iter().map(|level| Layer { level: *level, set: set.clone() }).collect(),
            agent_limit: Some(AgentLimit { amount: most, frequency: Frequency::PerMonth, on_exceeded: None }),
            zone: Tz::Europe__Berlin,
        },
        state: State {
            organisation_stopped: false,
            user_approved: true,
            agent_status: AgentStatus::Active,
            card_status: CardStatus::Active,
            card_used: true,
            spending_power: 1_000_000,
            agent_spent: 20_000,
            card: Some(CardState {
                ends_at: Some(now + DAY),
                spent_day: 10_000,
                spent_month: 10_000,
                spent: 10_000,
                approved: 10,
                last_approved_at: Some(now - HOUR),
                pinned_merchant: Some("OFFICE SUPPLY 1234 BERLIN".into()),
                attestation: AttestationStatus::Attested,
                counts: Level::ALL.iter().map(|level| (*level, 10)).collect(),
            }),
        },
    })
}
