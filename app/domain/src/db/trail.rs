//! What a change leaves behind, written in its own transaction: audit records, outbox events, counters.
use super::{Batch, Tx};
use crate::{
    Result,
    access::{Grant, Origin},
    audit::{self, Action, Outcome},
    error::Noun,
    monitoring,
    name::Line,
    text::words,
    time::Timestamp,
    webhooks::{
        EventType,
        outbox::{self, Listeners},
    },
};
use serde_json::Value;
use std::fmt::Display;

/// What a record is about.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The kind of thing.
    pub noun: Noun,
    /// Its id.
    pub id: String,
    /// Its name at the time, for readers.
    pub name: String,
}

impl Subject {
    /// The thing of this kind, id and name.
    pub fn new(noun: Noun, id: impl Display, name: impl Into<String>) -> Self {
        Self { noun, id: id.to_string(), name: name.into() }
    }
}

/// An event for the webhook endpoints that ask for its type.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its type.
    pub kind: EventType,
    /// Its data: ids and amounts, never a secret.
    pub data: Value,
}

words! {
    /// What the panels count, by quarter-hour.
    Counter {
        /// Authorizations decided.
        Decided = "decided",
        /// Authorizations declined.
        Declined = "declined",
        /// Intents that a purchase matched.
        Matched = "matched",
        /// Intents that a purchase missed.
        Mismatched = "mismatched",
        /// Intents that ran out.
        Expired = "expired",
        /// Webhook attempts finished.
        Attempted = "attempted",
        /// Webhook attempts that failed.
        Failed = "failed",
        /// Deliveries given up after their last attempt.
        Abandoned = "abandoned",
    }
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub action: Action,
    pub subject: Subject,
    pub outcome: Outcome,
    pub before: Option<Value>,
    pub after: Option<Value>,
    pub reason: Option<String>,
}

/// What the log is told of an entry: ids, and no names or values.
pub(crate) struct Done {
    action: Action,
    noun: Noun,
    id: String,
    outcome: Outcome,
}

impl Done {
    /// Writes the line: who did what to which thing, in whose house, how it went, by which request from where.
    pub fn log(&self, grant: &Grant) {
        let (kind, actor) = grant.actor().kind_and_id();
        let Origin { request, address, .. } = grant.origin();
        tracing::info!(
            target: "audit",
            organisation = %grant.organisation(),
            environment = %grant.environment(),
            actor = kind,
            actor_id = actor,
            action = %self.action,
            object = %self.noun,
            object_id = %self.id,
            outcome = %self.outcome,
            request = request.as_ref().map(tracing::field::display),
            address = address.as_ref().map(tracing::field::display),
            "recorded"
        );
    }
}

/// What a change leaves behind. It always says what was done, and to what.
pub struct Trail {
    rows: Vec<Batch>,
    entries: Vec<Entry>,
    events: Vec<Event>,
    counts: Vec<Counter>,
    counted_at: Option<Timestamp>,
    organisation_wide: bool,
    listeners: Option<Listeners>,
}

impl Trail {
    /// The trail of `action` on `subject`.
    pub fn new(action: Action, subject: Subject) -> Self {
        let entry = Entry { action, subject, outcome: Outcome::Done, before: None, after: None, reason: None };
        Self {
            rows: Vec::new(),
            entries: vec![entry],
            events: Vec::new(),
            counts: Vec::new(),
            counted_at: None,
            organisation_wide: false,
            listeners: None,
        }
    }

    /// What the log is told of it.
    pub(super) fn done(&self) -> Vec<Done> {
        let done =
            |e: &Entry| Done { action: e.action, noun: e.subject.noun, id: e.subject.id.clone(), outcome: e.outcome };
        self.entries.iter().map(done).collect()
    }

    /// A further thing that the same change did.
    #[must_use]
    pub fn also(mut self, action: Action, subject: Subject) -> Self {
        self.entries.push(Entry { action, subject, outcome: Outcome::Done, before: None, after: None, reason: None });
        self
    }

    fn last(mut self, change: impl FnOnce(&mut Entry)) -> Self {
        if let Some(entry) = self.entries.last_mut() {
            change(entry);
        }
        self
    }

    /// The values before; never a secret.
    #[must_use]
    pub fn before(self, value: Value) -> Self {
        self.last(|e| e.before = Some(value))
    }

    /// The values after; never a secret.
    #[must_use]
    pub fn after(self, value: Value) -> Self {
        self.last(|e| e.after = Some(value))
    }

    /// Why, in the actor's words.
    #[must_use]
    pub fn reason(self, why: impl Into<String>) -> Self {
        self.last(|e| e.reason = Some(why.into()))
    }

    /// The same where somebody said it.
    #[must_use]
    pub fn because(self, why: Option<&Line>) -> Self {
        self.last(|e| e.reason = why.map(|why| why.as_str().to_owned()))
    }

    /// It was tried and refused: a sign-in with a wrong password, a declined purchase.
    #[must_use]
    pub fn refused(self) -> Self {
        self.last(|e| e.outcome = Outcome::Refused)
    }

    /// Rows that nothing of the same change reads: they are written just before the trail, so that they cost no trip of
    /// their own.
    #[must_use]
    pub(crate) fn rows(mut self, rows: Batch) -> Self {
        self.rows.push(rows);
        self
    }

    /// This trail and then another of the same transaction.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.rows.extend(other.rows);
        self.entries.extend(other.entries);
        self.events.extend(other.events);
        self.counts.extend(other.counts);
        self.counted_at = self.counted_at.or(other.counted_at);
        self.organisation_wide |= other.organisation_wide;
        self.listeners = self.listeners.or(other.listeners);
        self
    }

    /// An event for the webhook endpoints.
    #[must_use]
    pub fn event(mut self, kind: EventType, data: Value) -> Self {
        self.events.push(Event { kind, data });
        self
    }

    /// The endpoints that its events go to, where the change has read them already.
    #[must_use]
    pub(crate) fn heard_by(mut self, listeners: Listeners) -> Self {
        self.listeners = Some(listeners);
        self
    }

    /// One more of what a panel counts.
    #[must_use]
    pub fn count(mut self, counter: Counter) -> Self {
        self.counts.push(counter);
        self
    }

    /// Counts in the quarter-hour of `at`, the moment that the changed row carries, where that is not the
    /// transaction's own.
    #[must_use]
    pub fn counted_at(mut self, at: Timestamp) -> Self {
        self.counted_at = Some(at);
        self
    }

    /// It concerns both environments: people, sessions, settings.
    #[must_use]
    pub fn organisation_wide(mut self) -> Self {
        self.organisation_wide = true;
        self
    }
}

/// Writes a trail in the transaction of its change. Records and counters come last: the number of the last
/// record is shared by everything that happens in the organisation, a counter by everything in the same quarter-hour, so
/// they are locked for the shortest time.
pub(super) async fn write(grant: &Grant, tx: &mut Tx, mut trail: Trail) -> Result<()> {
    let environment = (!trail.organisation_wide).then(|| grant.environment());
    let mut batch = trail.rows.pop().unwrap_or_else(|| Batch::new(tx));
    for rows in trail.rows {
        rows.run(tx).await?;
    }
    if !trail.events.is_empty() {
        let listeners = match trail.listeners {
            Some(listeners) => listeners,
            None => Listeners::read(grant, tx).await?,
        };
        outbox::enqueue(grant, tx, &mut batch, &trail.events, &listeners)?;
    }
    for entry in &trail.entries {
        audit::store::insert(grant, environment, tx, &mut batch, entry)?;
    }
    let bucket = monitoring::bucket(trail.counted_at.unwrap_or_else(|| tx.now()));
    let mut counts = trail.counts;
    counts.sort_unstable();
    for counter in counts {
        monitoring::store::count(&mut batch, grant.organisation(), grant.environment(), bucket, counter)?;
    }
    Ok(batch.run(tx).await?)
}
