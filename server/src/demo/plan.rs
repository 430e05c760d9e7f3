//! Decides what happens, before any of it does: who buys what, when, with which card, and how it ends.
use super::{
    cast::World,
    dice::Dice,
    roster::{AgentSpec, Fate, Part, SHOPS, Shop},
    timeline::moments,
};
use domain::{
    limits::Frequency,
    time::{DAY, HOUR, MINUTE, SECOND, Timestamp},
};
use std::collections::HashMap;

/// How long before the end the agent whose lot it is gets suspended, and the other one its lower limit.
pub(super) const SUSPENDED_FOR: i64 = 4 * DAY;
pub(super) const LOWERED_FOR: i64 = 6 * HOUR;
/// How long an agent stays suspended that its own limit suspended.
pub(super) const TRIPPED_FOR: i64 = 5 * HOUR;

/// Why a purchase is meant to be declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    Limit,
    Trip,
    Funds,
    Frozen,
    Closed,
    Most,
    Suspended,
}

/// What is meant to become of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Declared, read, bought as declared.
    Plain,
    /// The same, long after the read.
    Stale,
    /// Bought otherwise than declared.
    Mismatch,
    /// Charged by the merchant: no intent, no read.
    Subscription,
    /// Plain, with a card of its own.
    Single,
    /// The same, and the merchant tries once more.
    Twice,
    /// Declined.
    Declined(Stop),
    /// Declared, and never bought.
    Expired,
    /// Declared, and taken back.
    Canceled,
}

/// What follows an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    Captured,
    /// Captured for less.
    Partly,
    Released,
    Refunded,
    /// Refunded in part.
    Discounted,
}

/// One agent's errand.
pub(super) struct Flow {
    pub world: usize,
    pub agent: usize,
    /// The card's place; none for a single-use card that is issued for it.
    pub card: Option<usize>,
    pub kind: Kind,
    pub after: After,
    pub shop: &'static Shop,
    /// Where it is really bought.
    pub bought_at: &'static Shop,
    pub expected: i64,
    pub amount: i64,
    pub declared_at: Timestamp,
    pub read_at: Option<Timestamp>,
    pub redeemed: bool,
    /// The moment of the purchase, or of taking the intent back.
    pub at: Timestamp,
    /// When the money is captured or released.
    pub settled_at: Timestamp,
    pub refunded_at: Timestamp,
    pub minutes: i64,
}

impl Flow {
    /// Whether an intent is declared for it: before every read, and where nothing is bought.
    pub fn declares(&self) -> bool {
        self.read_at.is_some() || matches!(self.kind, Kind::Expired | Kind::Canceled)
    }
}

struct Planner<'a> {
    dice: &'a mut Dice,
    end: Timestamp,
    scale: i64,
    world: usize,
    agents: Vec<&'static AgentSpec>,
    free: HashMap<(usize, usize), Timestamp>,
    tripped: Option<(usize, Timestamp)>,
    stops: usize,
    mismatches: usize,
}

/// The errands of one world with `many` purchases.
pub(super) fn plan(dice: &mut Dice, world: usize, of: &World, many: usize, end: Timestamp, scale: i64) -> Vec<Flow> {
    let moments = moments(dice, many, end, of.zone);
    let agents = of.agents.iter().map(|agent| agent.spec).collect();
    let free = HashMap::new();
    let mut planner = Planner { dice, end, scale, world, agents, free, tripped: None, stops: 0, mismatches: 0 };
    let mut flows = Vec::with_capacity(many + many / 20);
    let mut singles = 0;
    let mut skip = false;
    for (i, at) in moments.iter().enumerate() {
        if std::mem::take(&mut skip) {
            continue;
        }
        let mut kind = planner.kind(i, many, *at);
        if kind == Kind::Plain && singles < of.spec.single && i * of.spec.single >= (2 * singles + 1) * many / 2 {
            // The second try is a purchase too: it takes the next one's place.
            skip = singles % 3 == 1 && i + 1 < many;
            kind = if skip { Kind::Twice } else { Kind::Single };
            singles += 1;
        }
        flows.extend(planner.flow(i, kind, *at));
        if i % 32 == 20 {
            let kind = if i % 96 == 20 { Kind::Canceled } else { Kind::Expired };
            let later = *at + planner.dice.range(MINUTE, 3 * HOUR);
            flows.extend(planner.flow(i, kind, later.min(end - HOUR)));
        }
    }
    for minutes in [12, 7, 3] {
        // Declared a moment ago: still open when the story ends.
        flows.extend(planner.flow(0, Kind::Expired, end - minutes * MINUTE));
    }
    flows
}

impl Planner<'_> {
    /// Evenly mixed: of 50 purchases 4 are declined, 3 mismatched, 3 stale, 7 subscriptions.
    fn kind(&mut self, i: usize, many: usize, at: Timestamp) -> Kind {
        match i % 50 {
            6 | 18 | 31 | 43 => Kind::Declined(self.stop(i, many, at)),
            11 | 27 | 40 => Kind::Mismatch,
            3 | 22 | 36 => Kind::Stale,
            1 | 9 | 16 | 24 | 33 | 38 | 47 => Kind::Subscription,
            _ => Kind::Plain,
        }
    }

    /// The next reason, as far as somebody is there for it.
    fn stop(&mut self, i: usize, many: usize, at: Timestamp) -> Stop {
        const TURN: [Stop; 9] = [
            Stop::Limit,
            Stop::Funds,
            Stop::Frozen,
            Stop::Most,
            Stop::Limit,
            Stop::Suspended,
            Stop::Closed,
            Stop::Most,
            Stop::Frozen,
        ];
        if self.tripped.is_none() && i * 5 > many * 2 && self.find(Part::Tripped).is_some() {
            return Stop::Trip;
        }
        let turn = TURN[self.stops % TURN.len()];
        self.stops += 1;
        let has = |fate| self.agents.iter().any(|agent| agent.cards.iter().any(|card| card.fate == fate));
        let there = match turn {
            Stop::Funds => self.find(Part::Poor).is_some(),
            Stop::Suspended => self.find(Part::Suspended).is_some() && at > self.end - SUSPENDED_FOR + HOUR,
            Stop::Frozen => has(Fate::Frozen),
            Stop::Closed => has(Fate::Closed),
            _ => true,
        };
        if there { turn } else { Stop::Limit }
    }

    fn find(&self, part: Part) -> Option<usize> {
        self.agents.iter().position(|agent| agent.part == part)
    }

    /// Whether an agent can buy at `at` without being stopped.
    fn can(&self, agent: usize, at: Timestamp) -> bool {
        match self.agents[agent].part {
            Part::Suspended => at < self.end - SUSPENDED_FOR - HOUR,
            Part::Over => at < self.end - LOWERED_FOR - HOUR,
            Part::Tripped => self.tripped.is_none_or(|(_, when)| at < when - HOUR || at > when + TRIPPED_FOR + HOUR),
            _ => true,
        }
    }

    /// An agent and its card for a purchase that is to go through; busy from `from` until `until`.
    fn choose(&mut self, kind: Kind, from: Timestamp, until: Timestamp) -> Option<(usize, Option<usize>)> {
        let fate = if kind == Kind::Subscription { Fate::Subscription } else { Fate::Used };
        let first = self.dice.place(self.agents.len());
        for step in 0..self.agents.len() {
            let agent = (first + step) % self.agents.len();
            if !self.can(agent, until) || !self.can(agent, from) {
                continue;
            }
            if matches!(kind, Kind::Single | Kind::Twice) {
                return Some((agent, None));
            }
            let cards = self.agents[agent].cards;
            let second = self.dice.place(cards.len());
            let found = (0..cards.len()).map(|n| (second + n) % cards.len()).find(|card| {
                cards[*card].fate == fate && self.free.get(&(agent, *card)).is_none_or(|free| *free < from)
            });
            if let Some(card) = found {
                self.free.insert((agent, card), until + MINUTE);
                return Some((agent, Some(card)));
            }
        }
        None
    }

    /// The agent and card that will be stopped, and with how much.
    fn stopped(&mut self, stop: Stop, at: Timestamp) -> Option<(usize, usize, i64)> {
        let card_of = |fate: Fate, agents: &[&'static AgentSpec], dice: &mut Dice| {
            let all: Vec<(usize, usize)> = agents
                .iter()
                .enumerate()
                .flat_map(|(a, agent)| agent.cards.iter().enumerate().map(move |(c, card)| (a, c, card.fate)))
                .filter(|(.., own)| *own == fate)
                .map(|(a, c, _)| (a, c))
                .collect();
            let place = dice.place(all.len());
            all.get(place).copied()
        };
        match stop {
            Stop::Frozen | Stop::Closed => {
                let fate = if stop == Stop::Frozen { Fate::Frozen } else { Fate::Closed };
                let (agent, card) = card_of(fate, &self.agents, self.dice)?;
                Some((agent, card, 0))
            }
            Stop::Funds => {
                let agent = self.find(Part::Poor)?;
                Some((agent, 0, self.dice.range(410_000, 520_000) * self.scale))
            }
            Stop::Suspended => Some((self.find(Part::Suspended)?, 0, 0)),
            Stop::Trip => {
                let agent = self.find(Part::Tripped)?;
                let (most, _) = self.agents[agent].limit?;
                self.tripped = Some((agent, at));
                Some((agent, 0, most * self.scale + 41_300))
            }
            Stop::Most => {
                let capped: Vec<(usize, usize, i64)> = self
                    .agents
                    .iter()
                    .enumerate()
                    .flat_map(|(a, agent)| agent.cards.iter().enumerate().map(move |(c, card)| (a, c, card.most)))
                    .filter_map(|(a, c, most)| Some((a, c, most?)))
                    .filter(|(a, ..)| self.can(*a, at))
                    .collect();
                let (agent, card, most) = *capped.get(self.dice.place(capped.len()))?;
                Some((agent, card, most + self.dice.range(500, 2_900)))
            }
            Stop::Limit => {
                if at > self.end - LOWERED_FOR + MINUTE
                    && let Some(agent) = self.find(Part::Over)
                {
                    return Some((agent, 0, 0));
                }
                let single = |(_, agent): &(usize, &&AgentSpec)| {
                    agent.limit.is_some_and(|(_, frequency)| frequency == Frequency::PerTransaction)
                };
                let capped: Vec<usize> = self.agents.iter().enumerate().filter(single).map(|(a, _)| a).collect();
                let agent = *capped.get(self.dice.place(capped.len()))?;
                let card = self.agents[agent].cards.iter().position(|c| c.fate == Fate::Used && c.most.is_none())?;
                let most = self.agents[agent].limit.map_or(0, |(most, _)| most);
                Some((agent, card, most + self.dice.range(700, 9_000)))
            }
        }
    }

    fn flow(&mut self, i: usize, kind: Kind, at: Timestamp) -> Option<Flow> {
        let lead = match kind {
            Kind::Stale => self.dice.range(14 * MINUTE, 150 * MINUTE),
            Kind::Subscription => 0,
            _ => self.dice.range(45 * SECOND, 7 * MINUTE),
        };
        let minutes = if kind == Kind::Stale { 240 } else { 30 };
        let (from, until) = match kind {
            Kind::Expired => (at, at + 31 * MINUTE),
            _ => (at - lead - 30 * SECOND, at),
        };
        let (agent, card, fixed) = match kind {
            Kind::Declined(stop) => {
                let (agent, card, fixed) = self.stopped(stop, at)?;
                // Its intent stays open for a while and would take another's purchase.
                self.free.insert((agent, card), until + 31 * MINUTE);
                (agent, Some(card), fixed)
            }
            _ => {
                let (agent, card) = match self.choose(kind, from, until) {
                    Some(found) => found,
                    None => {
                        // Everybody is on an errand: let them do two at once.
                        self.free.clear();
                        self.choose(kind, from, until)?
                    }
                };
                (agent, card, 0)
            }
        };
        let spec = self.agents[agent];
        let shop = &SHOPS[spec.shops[self.dice.place(spec.shops.len())]];
        let most = card.and_then(|card| spec.cards[card].most);
        let usual = self.dice.range(shop.price.0, shop.price.1);
        let usual = most.map_or(usual, |most| usual.min(most - 100));
        let (expected, amount, bought_at) = match kind {
            Kind::Mismatch => self.mismatch(spec, most, shop, usual),
            Kind::Declined(_) if fixed > 0 => (fixed, fixed, shop),
            Kind::Plain | Kind::Stale | Kind::Single | Kind::Twice if self.dice.happens(0.4) => {
                // Tax or shipping, within what is tolerated.
                (usual, (usual - usual * self.dice.range(0, 6) / 100).max(1), shop)
            }
            _ => (usual, usual, shop),
        };
        let after = match i % 100 {
            13 => After::Released,
            79 => After::Refunded,
            45 => After::Discounted,
            20 | 70 => After::Partly,
            _ => After::Captured,
        };
        let wait = match self.dice.happens(0.75) {
            true => self.dice.range(MINUTE, 30 * MINUTE),
            false => self.dice.range(HOUR, 20 * HOUR),
        };
        let reads = match kind {
            Kind::Subscription => false,
            Kind::Declined(Stop::Frozen | Stop::Closed | Stop::Suspended) => false,
            Kind::Expired | Kind::Canceled => self.dice.happens(0.4),
            _ => true,
        };
        let read_at = if kind == Kind::Expired { at + 40 * SECOND } else { at - lead };
        Some(Flow {
            world: self.world,
            agent,
            card,
            kind,
            after,
            shop,
            bought_at,
            expected,
            amount,
            declared_at: from,
            read_at: reads.then_some(read_at),
            redeemed: reads && self.dice.happens(0.85),
            at,
            settled_at: at + wait,
            refunded_at: at + wait + self.dice.range(DAY, 5 * DAY),
            minutes,
        })
    }

    /// More, less, or somewhere else; never so much that it is stopped.
    fn mismatch(
        &mut self,
        spec: &AgentSpec,
        most: Option<i64>,
        shop: &'static Shop,
        usual: i64,
    ) -> (i64, i64, &'static Shop) {
        self.mismatches += 1;
        let capped = most.is_some() || spec.limit.is_some_and(|(_, f)| f == Frequency::PerTransaction);
        match self.mismatches % 3 {
            0 => {
                let other = &SHOPS[self.dice.place(SHOPS.len())];
                let other =
                    if other.declared == shop.declared { &SHOPS[(self.mismatches + 7) % SHOPS.len()] } else { other };
                (usual, usual * 70 / 100, other)
            }
            1 if !capped => (usual, usual * self.dice.range(118, 165) / 100, shop),
            _ => (usual, (usual * self.dice.range(55, 82) / 100).max(1), shop),
        }
    }
}
