//! Lives the plan through: every step a command of the house at its own moment, in order, webhooks in between.
use super::{
    cast::{self, World, cents, fixed},
    history::Network,
    plan::{After, Flow, Kind, LOWERED_FOR, SUSPENDED_FOR, Stop, TRIPPED_FOR},
    roster::Part,
    timeline::Timeline,
};
use domain::{
    Error, Result,
    access::{KeyUsed, Role},
    agents::{self, ResumeAgent, SetLimit, SuspendAgent},
    attestations::{ReadCredentials, Redeem},
    cards::CardType,
    db::Db,
    ids::{CardId, IntentId, PurchaseId},
    intents::{self, CancelIntent, DeclareIntent},
    limits::Frequency,
    money::Currency,
    name::{Line, Quote},
    purchases::{Authorize, Capture, Merchant, PurchaseStatus, Reverse},
    secret::Plain,
    time::{DAY, HOUR, MINUTE, SECOND, Timestamp},
    users::{self, Deposit},
    webhooks::deliver,
};
use futures::future::join_all;
use indicatif::ProgressBar;
use std::{cmp::Reverse as Last, collections::BinaryHeap};

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// A single-use card is issued for a flow.
    Issue(usize),
    Declare(usize),
    Read(usize),
    Redeem(usize),
    Authorize(usize),
    /// The merchant tries again on a card that is used up.
    Again(usize),
    Cancel(usize),
    Settle(usize),
    Refund(usize),
    Expire,
    Deliver,
    /// Balances are looked after.
    Fund(usize),
    Suspend(usize),
    Resume(usize),
    Lower(usize),
    Confirm(usize),
}

impl Step {
    /// Whether the endpoints hear of it: looking for deliveries after every other step would cost as much as the step.
    fn tells(self) -> bool {
        matches!(
            self,
            Self::Authorize(_)
                | Self::Again(_)
                | Self::Settle(_)
                | Self::Refund(_)
                | Self::Suspend(_)
                | Self::Resume(_)
        )
    }
}

/// What a flow has made so far.
#[derive(Default)]
struct Made {
    card: Option<CardId>,
    intent: Option<IntentId>,
    token: Option<Plain>,
    purchase: Option<PurchaseId>,
}

/// A told story in the telling.
pub(super) struct Story<'a, 't> {
    db: &'a Db,
    time: &'a mut Timeline<'t>,
    worlds: &'a [World],
    flows: &'a [Flow],
    made: Vec<Made>,
    network: &'a Network,
    queue: BinaryHeap<Last<(Timestamp, usize, Step)>>,
    steps: usize,
    scale: i64,
}

/// Tells all of it; `progress` moves with each purchase. Afterwards nothing is overdue at the end.
pub(super) async fn tell(
    db: &Db,
    time: &mut Timeline<'_>,
    worlds: &[World],
    flows: &[Flow],
    network: &Network,
    scale: i64,
    progress: &ProgressBar,
) -> Result<()> {
    let made = flows.iter().map(|_| Made::default()).collect();
    let queue = BinaryHeap::new();
    let mut story = Story { db, time, worlds, flows, made, network, queue, steps: 0, scale };
    story.prepare();
    while let Some(Last((at, _, step))) = story.queue.pop() {
        if at > story.time.end() {
            break;
        }
        story.time.to(at);
        story.take(step).await?;
        if matches!(step, Step::Authorize(_) | Step::Again(_)) {
            progress.inc(1);
        }
        if step.tells() {
            story.deliver().await?;
        }
    }
    story.time.to(story.time.end());
    while intents::expire_due(db, 500).await? > 0 {}
    story.deliver().await?;
    story.note_uses().await
}

impl Story<'_, '_> {
    fn at(&mut self, at: Timestamp, step: Step) {
        self.steps += 1;
        self.queue.push(Last((at, self.steps, step)));
    }

    fn prepare(&mut self) {
        let (start, end) = (self.time.now(), self.time.end());
        for n in 0..self.flows.len() {
            let flow = &self.flows[n];
            if flow.card.is_none() {
                self.at(flow.declared_at - 20 * SECOND, Step::Issue(n));
            }
            if flow.declares() {
                self.at(flow.declared_at, Step::Declare(n));
                self.at(flow.declared_at + flow.minutes * MINUTE, Step::Expire);
            }
            if let Some(at) = flow.read_at {
                self.at(at, Step::Read(n));
                if flow.redeemed {
                    self.at(at + 2 * SECOND, Step::Redeem(n));
                }
            }
            match flow.kind {
                Kind::Expired => {}
                Kind::Canceled => self.at(flow.at, Step::Cancel(n)),
                _ => self.at(flow.at, Step::Authorize(n)),
            }
            if flow.kind == Kind::Declined(Stop::Trip) {
                self.at(flow.at + TRIPPED_FOR, Step::Resume(n));
            }
        }
        for world in 0..self.worlds.len() {
            let mut at = start;
            while at < end {
                self.at(at, Step::Fund(world));
                at = at + 8 * HOUR;
            }
            self.at(end - SUSPENDED_FOR, Step::Suspend(world));
            self.at(end - LOWERED_FOR, Step::Lower(world));
            self.at(end - 3 * HOUR, Step::Confirm(world));
        }
    }

    async fn take(&mut self, step: Step) -> Result<()> {
        match step {
            Step::Issue(n) => self.issue(n).await,
            Step::Declare(n) => self.declare(n).await,
            Step::Read(n) => self.read(n).await,
            Step::Redeem(n) => match self.made[n].token.take() {
                Some(token) => softly(self.db.commit(self.agent(n), Redeem { token }).await).map(drop),
                None => Ok(()),
            },
            Step::Authorize(n) => self.authorize(n).await,
            Step::Again(n) => self.charge(n).await.map(drop),
            Step::Cancel(n) => match self.made[n].intent.clone() {
                Some(id) => softly(self.db.commit(self.agent(n), CancelIntent { id }).await).map(drop),
                None => Ok(()),
            },
            Step::Settle(n) => self.settle(n).await,
            Step::Refund(n) => self.refund(n).await,
            Step::Expire => intents::expire_due(self.db, 100).await.map(drop),
            Step::Deliver => self.deliver().await,
            Step::Fund(world) => self.fund(world).await,
            Step::Suspend(world) => self.suspend(world).await,
            Step::Resume(n) => self.resume(n).await,
            Step::Lower(world) => self.lower(world).await,
            Step::Confirm(world) => self.confirm(world).await,
        }
    }

    fn agent(&self, n: usize) -> &domain::access::Grant {
        let flow = &self.flows[n];
        &self.worlds[flow.world].agents[flow.agent].token
    }

    fn key(&self, n: usize) -> &domain::access::Grant {
        &self.worlds[self.flows[n].world].key
    }

    fn card(&self, n: usize) -> Option<CardId> {
        let flow = &self.flows[n];
        let card = |place: usize| self.worlds[flow.world].agents[flow.agent].cards[place].id.clone();
        flow.card.map(card).or_else(|| self.made[n].card.clone())
    }

    async fn issue(&mut self, n: usize) -> Result<()> {
        let flow = &self.flows[n];
        let agent = &self.worlds[flow.world].agents[flow.agent].id;
        let most = (flow.expected + flow.expected / 4 + 999) / 1_000 * 1_000;
        let command = cast::card(agent, flow.shop.what, CardType::Single, Some(most))?;
        self.made[n].card = softly(self.db.commit(self.key(n), command).await)?;
        Ok(())
    }

    async fn declare(&mut self, n: usize) -> Result<()> {
        let Some(card_id) = self.card(n) else { return Ok(()) };
        let flow = &self.flows[n];
        let command = DeclareIntent {
            card_id,
            intent_id: format!("order-{:05}", n + 1),
            summary: fixed(Line::parse(flow.shop.what))?,
            expected_amount: Some(cents(flow.expected)?),
            expected_currency: Currency::USD,
            expected_merchant: Some(fixed(Line::parse(flow.shop.declared))?),
            tolerance: None,
            ttl_minutes: Some(flow.minutes),
            metadata: None,
        };
        let declared = softly(self.db.commit(self.agent(n), command).await)?;
        self.made[n].intent = declared.map(|declared| declared.intent.id);
        Ok(())
    }

    async fn read(&mut self, n: usize) -> Result<()> {
        let Some(card_id) = self.card(n) else { return Ok(()) };
        let flow = &self.flows[n];
        let command = ReadCredentials {
            card_id,
            summary: fixed(Quote::parse(flow.shop.what))?,
            expected_amount: Some(cents(flow.expected)?),
            expected_currency: Currency::USD,
            merchant_text: Some(fixed(Quote::parse(flow.shop.declared))?),
            reason: None,
            client_context: None,
        };
        let read = softly(self.db.commit(self.agent(n), command).await)?;
        self.made[n].token = read.and_then(|read| read.token).map(|(token, _)| token);
        Ok(())
    }

    async fn charge(&mut self, n: usize) -> Result<Option<domain::purchases::Purchase>> {
        let Some(card_id) = self.card(n) else { return Ok(None) };
        let flow = &self.flows[n];
        let shop = flow.bought_at;
        let command = Authorize {
            card_id,
            amount: cents(flow.amount)?,
            currency: Currency::USD,
            merchant: Merchant::parse(shop.name, shop.mcc, Some(shop.city), Some(shop.country))?,
        };
        self.db.commit(self.key(n), command).await.map(Some)
    }

    async fn authorize(&mut self, n: usize) -> Result<()> {
        let Some(purchase) = self.charge(n).await? else { return Ok(()) };
        if purchase.status != PurchaseStatus::Pending {
            return Ok(());
        }
        self.made[n].purchase = Some(purchase.id);
        let flow = &self.flows[n];
        self.at(flow.settled_at, Step::Settle(n));
        if matches!(flow.after, After::Refunded | After::Discounted) {
            self.at(flow.refunded_at, Step::Refund(n));
        }
        if flow.kind == Kind::Twice {
            self.at(flow.at + 25 * SECOND, Step::Again(n));
        }
        Ok(())
    }

    async fn settle(&mut self, n: usize) -> Result<()> {
        let Some(id) = self.made[n].purchase.clone() else { return Ok(()) };
        let flow = &self.flows[n];
        match flow.after {
            After::Released => self.db.commit(self.key(n), Reverse { id, amount: None }).await?,
            After::Partly => {
                let amount = Some(cents(flow.amount * 9 / 10)?);
                self.db.commit(self.key(n), Capture { id, amount }).await?
            }
            _ => self.db.commit(self.key(n), Capture { id, amount: None }).await?,
        };
        Ok(())
    }

    async fn refund(&mut self, n: usize) -> Result<()> {
        let Some(id) = self.made[n].purchase.clone() else { return Ok(()) };
        let flow = &self.flows[n];
        let amount = if flow.after == After::Discounted { Some(cents(flow.amount / 4)?) } else { None };
        self.db.commit(self.key(n), Reverse { id, amount }).await.map(drop)
    }

    /// Fills balances up that have become low.
    async fn fund(&mut self, world: usize) -> Result<()> {
        let world = &self.worlds[world];
        for (id, spec) in world.users.iter().zip(world.spec.users) {
            let full = spec.balance * self.scale;
            let (balance, _) = users::balance(self.db, &world.key, id).await?;
            if balance.spending_power < full * 6 / 10 {
                // In hundreds, as people send money.
                let missing = (full - balance.spending_power) / 10_000 * 10_000;
                self.db.commit(&world.key, Deposit { id: id.clone(), amount: cents(missing)? }).await?;
            }
        }
        Ok(())
    }

    async fn suspend(&mut self, world: usize) -> Result<()> {
        let world = &self.worlds[world];
        for agent in world.agents.iter().filter(|agent| agent.spec.part == Part::Suspended) {
            let reason = fixed(Line::parse("Booked the same room three times; suspended until the cause is found"))?;
            self.db.commit(world.person(Role::Support), SuspendAgent { id: agent.id.clone(), reason }).await?;
        }
        Ok(())
    }

    async fn resume(&mut self, n: usize) -> Result<()> {
        let flow = &self.flows[n];
        let world = &self.worlds[flow.world];
        let id = world.agents[flow.agent].id.clone();
        softly(self.db.commit(world.person(Role::Admin), ResumeAgent { id }).await).map(drop)
    }

    /// Finance lowers a limit below what was spent, so that its agent is declined.
    async fn lower(&mut self, world: usize) -> Result<()> {
        let world = &self.worlds[world];
        for agent in world.agents.iter().filter(|agent| agent.spec.part == Part::Over) {
            let spent = agents::get(self.db, &world.key, &agent.id).await?.current_spend;
            let limit = Some((cents((spent / 2).max(1_000) / 1_000 * 1_000)?, Frequency::Per24HourPeriod));
            let reason = fixed(Line::parse("Credits run down faster than planned; stop until Monday"))?;
            let command = SetLimit { id: agent.id.clone(), limit, on_exceeded: None, reason, version: None };
            self.db.commit(world.person(Role::Finance), command).await?;
        }
        Ok(())
    }

    /// Finance sets a limit that leaves little room.
    async fn confirm(&mut self, world: usize) -> Result<()> {
        let world = &self.worlds[world];
        for agent in world.agents.iter().filter(|agent| agent.spec.part == Part::Near) {
            let spent = agents::get(self.db, &world.key, &agent.id).await?.current_spend;
            let most = ((spent + spent / 14).max(20_000) / 1_000 + 1) * 1_000;
            let limit = Some((cents(most)?, Frequency::AllTime));
            let reason = fixed(Line::parse("Budget of the library as approved"))?;
            let command = SetLimit { id: agent.id.clone(), limit, on_exceeded: None, reason, version: None };
            self.db.commit(world.person(Role::Finance), command).await?;
        }
        Ok(())
    }

    /// Makes the attempts that are due, and remembers when the failed ones are due again.
    async fn deliver(&mut self) -> Result<()> {
        loop {
            let due = deliver::claim(self.db, 64).await?;
            let many = due.len();
            // Side by side they share a transaction; they are queued, and so written, in the order of the claim.
            let attempts = join_all(due.into_iter().map(|one| deliver::attempt(self.db, self.network, one))).await;
            let mut failed = false;
            for recorded in attempts {
                let recorded = recorded?;
                failed |= !recorded.succeeded;
                if let Some(again) = recorded.next_attempt_at {
                    self.at(again, Step::Deliver);
                }
            }
            // An endpoint gives a few at once, or one while it fails: only then can there be more.
            let end = self.time.now() >= self.time.end();
            if many == 0 || (!failed && !end && (many as i64) < deliver::IN_FLIGHT) {
                return Ok(());
            }
        }
    }

    /// Keys and tokens were used until a moment ago.
    async fn note_uses(&mut self) -> Result<()> {
        for world in self.worlds {
            for grant in std::iter::once(&world.key).chain(world.agents.iter().map(|agent| &agent.token)) {
                let Some(key) = cast::used_id(grant) else { continue };
                let origin = grant.origin();
                let note = KeyUsed {
                    organisation: grant.organisation().clone(),
                    environment: grant.environment(),
                    key,
                    address: origin.address.map(|address| address.to_string()),
                    client: origin.client.clone(),
                    scope: Some("transactions:read".into()),
                };
                self.db.note(note).await?;
            }
        }
        Ok(())
    }
}

/// What the state of things refuses is part of the story; anything else ends it.
fn softly<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::State { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// How long ago the failing receiver stopped to answer.
pub(super) const DOWN_FOR: i64 = 9 * DAY;
