//! What a program of plain lists says about the same commands: no counters, no windows and no rows but its own. Sums are
//! taken by filtering all purchases, periods by the dates of a calendar, and states move along the documented arrows.
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use domain::{
    agents::AgentStatus,
    cards::CardStatus,
    error::Code,
    intents::{
        IntentStatus,
        approval::{Answer, Obstacle},
    },
    limits::{DeclineReason as Why, Frequency, OnLimitExceeded},
    purchases::PurchaseStatus,
    time::{DAY, MINUTE, SECOND},
};

/// The most that a card check asks for.
const CHECK: i64 = 100;

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was done; a purchase was approved.
    Done,
    /// A purchase was declined.
    Declined(Why),
    /// Something stood in the way of an approval.
    Stood(Obstacle),
    /// A state forbade it.
    State(Code),
    /// This field was refused.
    Refused(String),
}

/// The rules of one level.
#[derive(Debug, Clone, Copy, Default)]
pub struct Set {
    pub most: Option<i64>,
    pub day: Option<i64>,
    pub month: Option<i64>,
    pub ever: Option<i64>,
    pub approvals: Option<i64>,
    /// Minutes.
    pub pause: Option<i64>,
    /// So many purchases in so many seconds.
    pub pace: Option<(i64, i64)>,
    /// Whether a person must approve, and from which amount on.
    pub asks: Option<Option<i64>>,
}

#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub amount: i64,
    pub frequency: Frequency,
    pub on_exceeded: Option<OnLimitExceeded>,
}

/// A lifetime: its minutes, and whether its end closes the card or freezes it.
#[derive(Debug, Clone, Copy)]
pub struct Life {
    pub minutes: i64,
    pub closes: bool,
}

pub struct Agent {
    pub status: AgentStatus,
    pub limit: Option<Limit>,
    pub set: Set,
    pub most_cards: Option<usize>,
    /// Its last activity; its clock never goes back behind that.
    pub seen: i64,
}

pub struct Card {
    pub agent: usize,
    pub single: bool,
    pub status: CardStatus,
    /// Frozen by the suspension of its agent, and so unfrozen with it.
    pub with_agent: bool,
    /// Whether it inherits the policy.
    pub inherits: bool,
    pub set: Set,
    pub made: i64,
    pub life: Option<Life>,
    /// Of a single-use card: what counts as its one use.
    pub used_by: Option<usize>,
}

impl Card {
    /// The first moment after the month that is printed on it, three years after that of its issue.
    fn printed(&self) -> i64 {
        let made = DateTime::from_timestamp_millis(self.made).unwrap();
        let (year, month) = if made.month() == 12 { (made.year() + 1, 1) } else { (made.year(), made.month() + 1) };
        let first = NaiveDate::from_ymd_opt(year + 3, month, 1).unwrap();
        first.and_time(NaiveTime::MIN).and_utc().timestamp_millis()
    }

    fn end(&self) -> i64 {
        self.life.map_or(i64::MAX, |life| self.made + life.minutes * MINUTE).min(self.printed())
    }
}

pub struct Bought {
    pub card: usize,
    pub status: PurchaseStatus,
    pub at: i64,
    pub asked: i64,
    /// What is left of it.
    pub amount: i64,
    pub captured: i64,
}

pub struct Intent {
    pub card: usize,
    pub status: IntentStatus,
    pub at: i64,
    pub end: i64,
    pub amount: Option<i64>,
    pub tolerance: Option<i64>,
    pub merchant: Option<&'static str>,
    pub answer: Option<Answer>,
}

impl Intent {
    /// Whether a purchase has the declared amount, within the intent's own tolerance or ten percent, and whether it is
    /// at the declared merchant.
    fn compared(&self, amount: i64, merchant: &str) -> (bool, bool) {
        let near = |declared: i64| (amount - declared).abs() <= self.tolerance.unwrap_or(declared / 10);
        (self.amount.is_none_or(near), self.merchant.is_none_or(|declared| declared == merchant))
    }
}

pub struct World {
    pub now: i64,
    pub zone: Tz,
    pub deposited: i64,
    pub organisation: Set,
    pub policy: Set,
    pub agents: Vec<Agent>,
    pub cards: Vec<Card>,
    pub intents: Vec<Intent>,
    pub bought: Vec<Bought>,
}

impl World {
    /// The moment of a decision about this agent.
    pub fn at(&self, agent: usize) -> i64 {
        self.now.max(self.agents[agent].seen)
    }

    fn see(&mut self, card: usize) {
        let agent = self.cards[card].agent;
        self.agents[agent].seen = self.at(agent);
    }

    /// What is set for a card, and whether it counts the purchases of the whole agent.
    fn sets(&self, card: usize) -> impl Iterator<Item = (&Set, bool)> {
        let own = &self.cards[card];
        let policy = own.inherits.then_some((&self.policy, false));
        let wide = [(&self.organisation, true), (&self.agents[own.agent].set, true)];
        wide.into_iter().chain(policy).chain([(&own.set, false)])
    }

    fn least(&self, card: usize, of: impl Fn(&Set) -> Option<i64>) -> Option<i64> {
        self.sets(card).filter_map(|(set, _)| of(set)).min()
    }

    /// The approved purchases of the card, or of its whole agent.
    fn approved(&self, card: usize, whole_agent: bool) -> impl Iterator<Item = &Bought> {
        let agent = self.cards[card].agent;
        self.bought.iter().filter(move |one| {
            let own = if whole_agent { self.cards[one.card].agent == agent } else { one.card == card };
            own && one.status != PurchaseStatus::Declined
        })
    }

    /// The calendar period that a moment lies in.
    fn period(&self, frequency: Frequency, at: i64) -> (i32, u32) {
        let day = DateTime::from_timestamp_millis(at).unwrap().with_timezone(&self.zone).date_naive();
        match frequency {
            Frequency::PerWeek => (day.iso_week().year(), day.iso_week().week()),
            Frequency::PerMonth => (day.year(), day.month()),
            Frequency::PerYear => (day.year(), 0),
            _ => (0, 0),
        }
    }

    fn spent(&self, card: usize, whole_agent: bool, frequency: Frequency, at: i64) -> i64 {
        let within = |one: &&Bought| match frequency {
            Frequency::PerTransaction => false,
            Frequency::Per24HourPeriod => at - one.at < DAY,
            _ => self.period(frequency, one.at) == self.period(frequency, at),
        };
        self.approved(card, whole_agent).filter(within).map(|one| one.amount).sum()
    }

    pub fn power(&self) -> i64 {
        let held = self.bought.iter().filter(|one| one.status != PurchaseStatus::Declined);
        self.deposited - held.map(|one| one.amount).sum::<i64>()
    }

    fn enforced(&self, card: usize) -> Option<Limit> {
        let limit = self.agents[self.cards[card].agent].limit;
        limit.filter(|limit| matches!(limit.on_exceeded, None | Some(OnLimitExceeded::Suspend)))
    }

    /// Whatever an unused single-use card was asked for were checks that were given back.
    fn is_unused(&self, card: usize) -> bool {
        self.cards[card].single && self.cards[card].used_by.is_none()
    }

    fn approvals(&self, card: usize) -> i64 {
        if self.is_unused(card) { 0 } else { self.approved(card, false).count() as i64 }
    }

    fn pauses(&self, card: usize, at: i64) -> bool {
        let pause = self.sets(card).filter_map(|(set, _)| set.pause).max();
        let last = self.approved(card, false).map(|one| one.at).max().filter(|_| !self.is_unused(card));
        pause.zip(last).is_some_and(|(pause, last)| at - last < pause * MINUTE)
    }

    fn too_often(&self, card: usize, at: i64) -> bool {
        self.sets(card).any(|(set, whole_agent)| {
            set.pace.is_some_and(|(most, seconds)| {
                let lately = self.approved(card, whole_agent).filter(|one| at - one.at < seconds * SECOND);
                lately.count() as i64 >= most
            })
        })
    }

    /// What the card's limits for a day, a month and its life leave, each.
    fn left(&self, card: usize, at: i64) -> [Option<i64>; 3] {
        let spent = |frequency| self.spent(card, false, frequency, at);
        [
            self.least(card, |set| set.day).map(|most| most - spent(Frequency::Per24HourPeriod)),
            self.least(card, |set| set.month).map(|most| most - spent(Frequency::PerMonth)),
            self.least(card, |set| set.ever).map(|most| most - spent(Frequency::AllTime)),
        ]
    }

    /// What the agent's limit leaves, where it is enforced.
    fn limit_left(&self, card: usize, at: i64) -> Option<i64> {
        self.enforced(card).map(|limit| limit.amount - self.spent(card, true, limit.frequency, at))
    }

    /// Every limit that is enforced holds for the card and its agent at this moment; what does not.
    pub fn passed(&self, card: usize) -> Option<String> {
        let at = self.at(self.cards[card].agent);
        let left = [self.left(card, at).as_slice(), &[self.limit_left(card, at), Some(self.power())]].concat();
        left.iter().flatten().any(|left| *left < 0).then(|| format!("{left:?} is left of card {card}"))
    }

    /// Why a purchase is declined, by the first rule that it breaks.
    pub fn declines(&self, card: usize, amount: i64) -> Option<Why> {
        let own = &self.cards[card];
        let at = self.at(own.agent);
        let above = |left: Option<i64>| left.is_some_and(|left| amount > left);
        let approvals = self.least(card, |set| set.approvals);
        let rules = [
            (self.agents[own.agent].status != AgentStatus::Active, Why::AgentSuspended),
            (own.status == CardStatus::Frozen, Why::CardFrozen),
            (own.status == CardStatus::Closed, Why::CardClosed),
            (own.end() <= at, Why::CardExpired),
            (own.used_by.is_some(), Why::CardUsed),
            (above(self.least(card, |set| set.most)), Why::MaxAmountExceeded),
            (self.pauses(card, at), Why::CooldownActive),
            (self.too_often(card, at), Why::VelocityExceeded),
            (approvals.is_some_and(|most| self.approvals(card) >= most), Why::AuthCountExceeded),
            (self.left(card, at).into_iter().any(above), Why::CardLimitExceeded),
            (above(self.limit_left(card, at)), Why::SpendingLimitExceeded),
            (amount > self.power(), Why::InsufficientFunds),
        ];
        rules.into_iter().find(|(breaks, _)| *breaks).map(|(_, why)| why)
    }

    /// The pending intents of which one belongs to the purchase: as declared, else of the declared amount, else any; among
    /// equals the oldest, and of those of one moment whichever. A card check ends none that it is not.
    pub fn fitting(&self, card: usize, amount: i64, merchant: &str) -> Vec<usize> {
        let at = self.at(self.cards[card].agent);
        let rank = |n: &usize| {
            let (same_amount, same_merchant) = self.intents[*n].compared(amount, merchant);
            (!(same_amount && same_merchant), !same_amount, self.intents[*n].at)
        };
        let open = |n: &usize| {
            let one = &self.intents[*n];
            one.card == card && one.status == IntentStatus::Pending && one.end > at
        };
        let all: Vec<usize> = (0..self.intents.len()).filter(open).collect();
        let best = all.iter().map(rank).min();
        let check = self.cards[card].single && amount <= CHECK;
        all.into_iter().filter(|n| Some(rank(n)) == best && !(check && rank(n).0)).collect()
    }

    /// A purchase; an approved one may end this intent.
    pub fn buy(&mut self, card: usize, amount: i64, ends: Option<(usize, &str)>) -> Outcome {
        let why = self.declines(card, amount);
        let closes = self.left(card, self.at(self.cards[card].agent))[2] == Some(amount);
        self.see(card);
        let agent = self.cards[card].agent;
        let status = if why.is_some() { PurchaseStatus::Declined } else { PurchaseStatus::Pending };
        self.bought.push(Bought { card, status, at: self.at(agent), asked: amount, amount, captured: 0 });
        let Some(why) = why else {
            if self.cards[card].single {
                self.cards[card].used_by = Some(self.bought.len() - 1);
            }
            if closes {
                self.cards[card].status = CardStatus::Closed;
            }
            if let Some((intent, merchant)) = ends {
                let as_declared = self.intents[intent].compared(amount, merchant) == (true, true);
                let end = if as_declared { IntentStatus::Matched } else { IntentStatus::Mismatched };
                self.intents[intent].status = end;
            }
            return Outcome::Done;
        };
        let limit = self.agents[agent].limit.and_then(|limit| limit.on_exceeded);
        if why == Why::SpendingLimitExceeded && limit == Some(OnLimitExceeded::Suspend) {
            self.suspends(agent);
        }
        Outcome::Declined(why)
    }

    pub fn capture(&mut self, n: usize, amount: Option<i64>) -> Outcome {
        let one = &mut self.bought[n];
        if one.status != PurchaseStatus::Pending {
            return Outcome::State(Code::TransactionState);
        }
        if amount.is_some_and(|amount| amount > one.amount) {
            return Outcome::Refused("amount".to_owned());
        }
        one.amount = amount.unwrap_or(one.amount);
        one.captured = one.amount;
        one.status = PurchaseStatus::Completed;
        let card = one.card;
        if self.cards[card].single {
            self.cards[card].status = CardStatus::Closed;
        }
        self.see(card);
        Outcome::Done
    }

    pub fn reverse(&mut self, n: usize, amount: Option<i64>) -> Outcome {
        let one = &mut self.bought[n];
        let taken = match (one.status, amount) {
            (PurchaseStatus::Pending, Some(amount)) if amount != one.amount => None,
            (PurchaseStatus::Completed, Some(amount)) if amount > one.amount => None,
            (PurchaseStatus::Pending | PurchaseStatus::Completed, amount) => Some(amount.unwrap_or(one.amount)),
            _ => return Outcome::State(Code::TransactionState),
        };
        let Some(taken) = taken else { return Outcome::Refused("amount".to_owned()) };
        one.amount -= taken;
        let (card, over) = (one.card, one.amount == 0);
        if over {
            one.status = PurchaseStatus::Reversed;
        }
        let check = over && one.captured == 0 && one.asked <= CHECK;
        if check && self.cards[card].used_by == Some(n) {
            self.cards[card].used_by = None;
        }
        self.see(card);
        Outcome::Done
    }

    pub fn issue(&mut self, card: Card) -> Outcome {
        let agent = &self.agents[card.agent];
        let open = self.cards.iter().filter(|one| one.agent == card.agent && one.status != CardStatus::Closed);
        if agent.status == AgentStatus::Suspended {
            return Outcome::State(Code::AgentSuspended);
        }
        if agent.most_cards.is_some_and(|most| open.count() >= most) {
            return Outcome::State(Code::CardLimitReached);
        }
        self.cards.push(card);
        Outcome::Done
    }

    pub fn freeze(&mut self, card: usize) -> Outcome {
        let own = &mut self.cards[card];
        match own.status {
            CardStatus::Frozen => Outcome::State(Code::CardAlreadyFrozen),
            CardStatus::Closed => Outcome::State(Code::CardAlreadyClosed),
            _ => {
                (own.status, own.with_agent) = (CardStatus::Frozen, false);
                Outcome::Done
            }
        }
    }

    pub fn unfreeze(&mut self, card: usize) -> Outcome {
        let own = &self.cards[card];
        let refused = match own.status {
            CardStatus::Closed => Some(Code::CardAlreadyClosed),
            CardStatus::Frozen if self.agents[own.agent].status == AgentStatus::Suspended => Some(Code::AgentSuspended),
            CardStatus::Frozen => (own.end() <= self.now).then_some(Code::CardNotActive),
            _ => Some(Code::CardNotFrozen),
        };
        match refused {
            Some(code) => Outcome::State(code),
            None => {
                self.cards[card].status = CardStatus::Active;
                Outcome::Done
            }
        }
    }

    pub fn close(&mut self, card: usize) -> Outcome {
        if self.cards[card].status == CardStatus::Closed {
            return Outcome::State(Code::CardAlreadyClosed);
        }
        self.cards[card].status = CardStatus::Closed;
        Outcome::Done
    }

    fn suspends(&mut self, agent: usize) {
        self.agents[agent].status = AgentStatus::Suspended;
        for card in self.cards.iter_mut().filter(|card| card.agent == agent && card.status == CardStatus::Active) {
            (card.status, card.with_agent) = (CardStatus::Frozen, true);
        }
    }

    pub fn suspend(&mut self, agent: usize) -> Outcome {
        if self.agents[agent].status == AgentStatus::Suspended {
            return Outcome::State(Code::AgentSuspended);
        }
        self.suspends(agent);
        Outcome::Done
    }

    pub fn resume(&mut self, agent: usize) -> Outcome {
        if self.agents[agent].status == AgentStatus::Active {
            return Outcome::State(Code::AgentNotSuspended);
        }
        self.agents[agent].status = AgentStatus::Active;
        let frozen = |card: &&mut Card| card.agent == agent && card.status == CardStatus::Frozen && card.with_agent;
        for card in self.cards.iter_mut().filter(frozen) {
            // What keeps the others frozen is from now on that they have ended.
            if card.end() <= self.now {
                card.with_agent = false;
            } else {
                card.status = CardStatus::Active;
            }
        }
        Outcome::Done
    }

    /// Other rules, another lifetime, with or without the policy.
    pub fn set_card(&mut self, card: usize, set: Set, life: Option<Life>, inherits: bool) -> Outcome {
        let own = &mut self.cards[card];
        if own.status == CardStatus::Closed {
            return Outcome::State(Code::CardAlreadyClosed);
        }
        // A single-use card must be capped, by itself or by its policy.
        if own.single && set.most.is_none() && (!inherits || self.policy.most.is_none()) {
            return Outcome::Refused("maxAmount".to_owned());
        }
        (own.set, own.life, own.inherits) = (set, life, inherits);
        Outcome::Done
    }

    /// Other rules of the policy.
    pub fn set_policy(&mut self, set: Set) -> Outcome {
        let open = self.cards.iter().filter(|card| card.inherits && card.status != CardStatus::Closed);
        let depend = || open.filter(|card| card.single && card.set.most.is_none()).count() > 0;
        if self.policy.most.is_some() && set.most.is_none() && depend() {
            return Outcome::Refused("maxAmount".to_owned());
        }
        self.policy = set;
        Outcome::Done
    }

    /// The expiry job: what it ends.
    pub fn expire(&mut self) -> (u64, u64) {
        let now = self.now;
        let (mut intents, mut cards) = (0, 0);
        for one in self.intents.iter_mut().filter(|one| one.end <= now) {
            if matches!(one.status, IntentStatus::Pending | IntentStatus::PendingApproval) {
                one.status = IntentStatus::Expired;
                intents += 1;
            }
        }
        for card in self.cards.iter_mut().filter(|card| card.end() <= now) {
            let closes = card.printed() <= now || card.life.is_some_and(|life| life.closes);
            if card.status == CardStatus::Closed || (card.status == CardStatus::Frozen && !closes) {
                continue;
            }
            (card.status, card.with_agent) = (if closes { CardStatus::Closed } else { CardStatus::Frozen }, false);
            cards += 1;
        }
        (intents, cards)
    }

    /// A declaration: `minutes` after it its time is over.
    pub fn declare(&mut self, mut intent: Intent, minutes: i64) -> Outcome {
        let card = intent.card;
        if self.cards[card].status == CardStatus::Closed {
            return Outcome::State(Code::CardNotActive);
        }
        // Any amount at all is asked for where none is named or no floor is set.
        let asked = self.sets(card).filter_map(|(set, _)| set.asks).map(|from| from.unwrap_or(0)).min();
        let most = intent.amount.map_or(i64::MAX, |amount| amount + intent.tolerance.unwrap_or(0));
        if asked.is_some_and(|from| most >= from) {
            intent.status = IntentStatus::PendingApproval;
        }
        self.see(card);
        intent.at = self.at(self.cards[card].agent);
        intent.end = intent.at + minutes * MINUTE;
        self.intents.push(intent);
        Outcome::Done
    }

    pub fn cancel(&mut self, n: usize) -> Outcome {
        let now = self.now;
        let one = &mut self.intents[n];
        let open = matches!(one.status, IntentStatus::Pending | IntentStatus::PendingApproval);
        if !open || one.end <= now.max(one.at) {
            return Outcome::State(Code::IntentNotPending);
        }
        one.status = IntentStatus::Canceled;
        Outcome::Done
    }

    fn waits(&self, n: usize) -> bool {
        let one = &self.intents[n];
        one.status == IntentStatus::PendingApproval && self.now.max(one.at) < one.end
    }

    /// A yes or a no of the one person who decides here.
    pub fn answer(&mut self, n: usize, answer: Answer) -> Outcome {
        let card = self.intents[n].card;
        if self.intents[n].answer != Some(answer) && !self.waits(n) {
            return Outcome::State(Code::ApprovalNotPending);
        }
        let said = self.intents[n].answer.is_some();
        let stands = if said || answer == Answer::Rejected { None } else { self.stands(card, self.intents[n].amount) };
        self.see(card);
        if let Some(obstacle) = stands {
            return Outcome::Stood(obstacle);
        }
        if !said {
            let yes = answer == Answer::Approved;
            self.intents[n].answer = Some(answer);
            self.intents[n].status = if yes { IntentStatus::Pending } else { IntentStatus::Rejected };
        }
        Outcome::Done
    }

    /// What stands in the way of a yes to a purchase of this amount.
    fn stands(&self, card: usize, amount: Option<i64>) -> Option<Obstacle> {
        let own = &self.cards[card];
        let at = self.at(own.agent);
        let above = |left: Option<i64>| left.zip(amount).is_some_and(|(left, amount)| amount > left.max(0));
        let approvals = self.least(card, |set| set.approvals);
        let found = [
            (self.agents[own.agent].status != AgentStatus::Active, Obstacle::AgentSuspended),
            (own.status != CardStatus::Active, Obstacle::CardNotActive),
            (own.end() <= at, Obstacle::CardExpired),
            (own.used_by.is_some(), Obstacle::CardUsed),
            (above(self.least(card, |set| set.most)), Obstacle::AboveCardMaximum),
            (self.left(card, at).into_iter().any(above), Obstacle::AboveCardLimit),
            (approvals.is_some_and(|most| self.approvals(card) >= most), Obstacle::NoApprovalsLeft),
            (above(self.limit_left(card, at)), Obstacle::AboveLimit),
            (above(Some(self.power())), Obstacle::AboveBalance),
        ];
        found.into_iter().find(|(stands, _)| *stands).map(|(_, obstacle)| obstacle)
    }
}
