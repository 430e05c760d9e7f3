//! Random commands, drawn so that each of them and each answer is met often.
use super::world::{Life, Limit, Set, World};
use chrono_tz::Tz;
use domain::{
    agents::AgentStatus,
    cards::CardStatus,
    chance::{Chance, SeededChance},
    intents::{IntentStatus, approval::Answer},
    limits::{Frequency, OnLimitExceeded, window::next_reset},
    purchases::PurchaseStatus,
    time::{DAY, HOUR, MINUTE, SECOND, Timestamp},
};

/// Names of which none is a part of another.
pub const MERCHANTS: [&str; 3] = ["Amazon", "Staples", "Delta Air"];
/// Ahead of UTC, far ahead, behind it; some by quarters of an hour, some with clocks that change, none at midnight.
const ZONES: [Tz; 4] = [Tz::UTC, Tz::Asia__Kathmandu, Tz::America__Los_Angeles, Tz::Pacific__Kiritimati];
/// The steps of a clock that is set right and wrong: a second to two years.
pub const JUMPS: [i64; 5] = [SECOND, HOUR, DAY, 31 * DAY, 2 * 365 * DAY];

/// One command; things by their place in the model's lists.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    Issue {
        agent: usize,
        single: bool,
        inherits: bool,
        set: Set,
        life: Option<Life>,
    },
    Freeze(usize),
    Unfreeze(usize),
    Close(usize),
    Suspend(usize),
    Resume(usize),
    Declare {
        card: usize,
        amount: Option<i64>,
        tolerance: Option<i64>,
        merchant: Option<&'static str>,
        minutes: i64,
    },
    Cancel(usize),
    Say(usize, Answer),
    /// The expiry job, over intents and cards.
    Expire,
    Buy {
        card: usize,
        amount: i64,
        merchant: &'static str,
    },
    Capture(usize, Option<i64>),
    Reverse(usize, Option<i64>),
    SetLimit(usize, Option<Limit>),
    SetCard {
        card: usize,
        inherits: bool,
        set: Set,
        life: Option<Life>,
    },
    SetAgent(usize, Set),
    SetPolicy(Set),
    SetOrganisation(Set),
    Zone(Tz),
    Deposit(i64),
}

/// Draws from a seed, the same each time.
pub struct Drawn(Box<dyn Chance>);

impl Drawn {
    pub fn new(seed: u64) -> Self {
        Self(Box::new(SeededChance::new(seed)))
    }

    fn below(&self, n: i64) -> i64 {
        i64::from(u32::from_be_bytes(self.0.bytes())) % n
    }

    fn one_in(&self, n: i64) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&self, all: &[T]) -> T {
        all[self.below(all.len() as i64) as usize]
    }

    fn maybe<T>(&self, n: i64, make: impl FnOnce() -> T) -> Option<T> {
        self.one_in(n).then(make)
    }

    /// One of those that are `wanted`, mostly; any where there is none.
    fn mostly<T>(&self, all: &[T], wanted: impl Fn(&T) -> bool) -> Option<usize> {
        let some: Vec<usize> = (0..all.len()).filter(|n| wanted(&all[*n])).collect();
        if all.is_empty() {
            return None;
        }
        let any = some.is_empty() || self.one_in(6);
        Some(if any { self.below(all.len() as i64) as usize } else { self.of(&some) })
    }

    /// How far the clock moves before the next command.
    pub fn wait(&self, world: &World, jumps: bool) -> i64 {
        if jumps && self.one_in(8) {
            return self.of(&JUMPS) * self.of(&[1, -1]);
        }
        if self.one_in(25) {
            // To the last moment of the week or month, or to the first of the next.
            let frequency = self.of(&[Frequency::PerWeek, Frequency::PerMonth]);
            let edge = next_reset(frequency, Timestamp(world.now), world.zone).map_or(0, |edge| edge.0 - world.now);
            return (edge - self.below(2)).max(1);
        }
        self.of(&[1, 1, SECOND, 59 * SECOND, MINUTE, 7 * MINUTE, HOUR, 5 * HOUR, DAY - 3 * MINUTE])
    }

    /// Rules that do not contradict each other; most levels set little.
    fn set(&self) -> Set {
        let most = self.maybe(4, || 400 + self.below(800));
        let day = self.maybe(5, || most.unwrap_or(0) + 300 + self.below(2_000));
        let month = self.maybe(6, || day.or(most).unwrap_or(0) + 1_500 + self.below(4_000));
        Set {
            most,
            day,
            month,
            ever: self.maybe(6, || month.or(day).or(most).unwrap_or(0) + 500 + self.below(5_000)),
            approvals: self.maybe(8, || 2 + self.below(8)),
            pause: self.maybe(8, || 1 + self.below(10)),
            pace: self.maybe(6, || (1 + self.below(6), self.of(&[61, 600, 3_600, 100_000]))),
            asks: self.maybe(4, || self.maybe(2, || 200 + self.below(700))),
        }
    }

    fn life(&self) -> Option<Life> {
        self.maybe(5, || Life { minutes: self.of(&[30, 600, 3_000, 20_000]), closes: self.one_in(2) })
    }

    fn limit(&self) -> Limit {
        let on_exceeded = [None, None, Some(OnLimitExceeded::Suspend), Some(OnLimitExceeded::Notify)];
        Limit {
            amount: 800 + self.below(6_000),
            frequency: self.of(Frequency::ALL),
            on_exceeded: if self.one_in(12) { Some(OnLimitExceeded::None) } else { self.of(&on_exceeded) },
        }
    }

    /// The next command; none where what it is about is not there yet.
    pub fn step(&self, world: &World) -> Option<Step> {
        let agent = || self.below(world.agents.len() as i64) as usize;
        let card = |status| self.mostly(&world.cards, |one| one.status == status);
        let bought = |status| self.mostly(&world.bought, |one| one.status == status);
        let intent = |status| self.mostly(&world.intents, |one| one.status == status);
        let part = |n: usize| self.maybe(2, || 1 + self.below(world.bought[n].amount.max(1) * 5 / 4 + 1));
        Some(match self.below(100) {
            0..9 => {
                let single = self.one_in(3);
                let mut set = self.set();
                // A single-use card must have it.
                set.most = if single { Some(set.most.unwrap_or(400)) } else { set.most };
                let above = |wider: Option<i64>| wider.map(|wider| wider.max(set.most.unwrap_or(0)));
                (set.day, set.month, set.ever) = (above(set.day), above(set.month), above(set.ever));
                Step::Issue { agent: agent(), single, inherits: self.one_in(2), set, life: self.life() }
            }
            9..11 => Step::Freeze(card(CardStatus::Active)?),
            11..15 => Step::Unfreeze(card(CardStatus::Frozen)?),
            15 => Step::Close(card(CardStatus::Active)?),
            16 => Step::Suspend(self.mostly(&world.agents, |one| one.status == AgentStatus::Active)?),
            17..21 => Step::Resume(self.mostly(&world.agents, |one| one.status == AgentStatus::Suspended)?),
            21..32 => Step::Declare {
                card: card(CardStatus::Active)?,
                amount: self.maybe(2, || 1 + self.below(1_000)),
                tolerance: self.maybe(3, || self.below(300)),
                merchant: self.maybe(2, || self.of(&MERCHANTS)),
                minutes: self.of(&[1, 20, 60, 600, 1_440]),
            },
            32 => Step::Cancel(intent(IntentStatus::Pending)?),
            33 => Step::Cancel(intent(IntentStatus::PendingApproval)?),
            34..39 => Step::Say(intent(IntentStatus::PendingApproval)?, Answer::Approved),
            39 => Step::Say(intent(IntentStatus::PendingApproval)?, Answer::Rejected),
            40..44 => Step::Expire,
            44..52 => {
                let n = bought(PurchaseStatus::Pending)?;
                Step::Capture(n, part(n))
            }
            52..56 => {
                let n = bought(PurchaseStatus::Pending)?;
                Step::Reverse(
                    n,
                    self.maybe(4, || world.bought[n].amount.max(1) - self.below(2)).filter(|part| *part > 0),
                )
            }
            56..60 => {
                let n = bought(PurchaseStatus::Completed)?;
                Step::Reverse(n, part(n))
            }
            60..62 => Step::SetLimit(agent(), (!self.one_in(4)).then(|| self.limit())),
            62 => Step::SetCard {
                card: card(CardStatus::Active)?,
                inherits: self.one_in(2),
                set: self.set(),
                life: self.life(),
            },
            63 => Step::SetAgent(agent(), self.set()),
            64 => Step::SetPolicy(self.set()),
            65 => Step::SetOrganisation(self.set()),
            66 => Step::Zone(self.of(&ZONES)),
            67..69 => Step::Deposit(500 + self.below(3_000)),
            _ => {
                let card = card(CardStatus::Active)?;
                let check = world.cards[card].single && !self.one_in(4);
                let amount = 1 + self.below(if check { 120 } else { 700 });
                Step::Buy { card, amount, merchant: self.of(&MERCHANTS) }
            }
        })
    }
}
