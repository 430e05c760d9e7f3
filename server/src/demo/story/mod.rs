//! Lives the plan through: every step a command of the house at its own moment, in order, webhooks in between.
mod buying;
mod staff;

use super::{
    cast::{self, World},
    history::Network,
    plan::{Flow, Kind, LOWERED_FOR, SUSPENDED_FOR, Stop, TRIPPED_FOR},
    timeline::Timeline,
};
use domain::{
    Error, Result,
    access::KeyUsed,
    attestations::Redeem,
    db::Db,
    ids::{CardId, IntentId, PurchaseId},
    intents::{self, CancelIntent},
    secret::Plain,
    time::{DAY, HOUR, MINUTE, SECOND, Timestamp},
    webhooks::deliver,
};
use futures::future::join_all;
use indicatif::ProgressBar;
use std::{cmp::Reverse, collections::BinaryHeap};

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
    /// An agent declares what a person must approve.
    Hold(usize),
    /// Finance approves some of it and rejects some.
    Judge(usize),
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
    queue: BinaryHeap<Reverse<(Timestamp, usize, Step)>>,
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
    while let Some(Reverse((at, _, step))) = story.queue.pop() {
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
        self.queue.push(Reverse((at, self.steps, step)));
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
            self.at(end - 5 * HOUR, Step::Hold(world));
            self.at(end - 4 * HOUR, Step::Judge(world));
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
            Step::Hold(world) => self.hold(world).await,
            Step::Judge(world) => self.judge(world).await,
        }
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
