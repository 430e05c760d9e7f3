//! Doing a call once.
use super::{
    IdempotencyKey,
    store::{self, Found, Slot},
    turns::Turn,
};
use crate::{
    Error, Result,
    access::Grant,
    db::{Db, Told, Tx, command::Change},
    ids::RequestId,
};
use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

/// A call that carries a key.
#[derive(Debug, Clone)]
pub struct Keyed {
    /// The key: it stands for one call of one organisation, environment, agent where an agent's token calls, and route.
    pub key: IdempotencyKey,
    /// The method and the template of the route.
    pub route: String,
    /// What the call says, method, address and body: as a hash in hexadecimal digits.
    pub fingerprint: String,
}

/// What a call was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// The body as it is kept, where that is another: without secrets.
    pub kept: Option<String>,
}

/// What became of a call that carries a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome<R> {
    /// It was done, and this is its answer.
    Done(Answered),
    /// It was done before, by the request of this id.
    Replayed(Answered, Option<RequestId>),
    /// Its key stands for a call that said something else.
    Changed,
    /// The same is under way.
    UnderWay,
    /// It was refused; nothing of it remains.
    Refused(R),
}

/// What a call does.
pub trait Work: Send + Sync + 'static {
    /// Why it was not done.
    type Refusal: Send + 'static;

    /// Does it, through `db` alone: what is read and changed there is one transaction. It may be run again after a try
    /// that was rolled back.
    fn run(&self, db: Db) -> impl Future<Output = Result<Answered, Self::Refusal>> + Send;

    /// Whether the refusal says that the database was busy, so that another try may succeed.
    fn was_busy(refusal: &Self::Refusal) -> bool;
}

/// Does the work of a call with the grant's key, or gives the answer of the first with that key.
///
/// The grant's permissions are for the caller to check before: a replay runs nothing.
pub async fn once<W: Work>(db: &Db, grant: &Grant, call: Keyed, work: W) -> Result<Outcome<W::Refusal>> {
    let slot = Slot::new(grant, &call);
    // Most repeats come long after the first, and are answered without a change.
    if let Some(found) = store::find(db, &slot).await? {
        return found.outcome(db, &slot, &call.fingerprint);
    }
    let Some(turn) = db.turns().take(slot.name()) else { return Ok(Outcome::UnderWay) };
    let refusal = Arc::new(Mutex::new(None));
    let request = grant.origin().request.clone();
    let change = Once { slot, call, request, work, refusal: refusal.clone(), _turn: turn };
    let done = db.change(change).await;
    let refused = refusal.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (done, refused) {
        (Ok((outcome, told)), _) => {
            for (grant, done) in told {
                done.iter().for_each(|entry| entry.log(&grant));
            }
            Ok(outcome)
        }
        (Err(_), Some(refusal)) => Ok(Outcome::Refused(refusal)),
        (Err(error), None) => Err(error),
    }
}

struct Once<W: Work> {
    slot: Slot,
    call: Keyed,
    request: Option<RequestId>,
    work: W,
    /// What the work was refused with: an error of ours cannot carry it.
    refusal: Arc<Mutex<Option<W::Refusal>>>,
    /// Given back with the change, even where the caller went away while it was queued.
    _turn: Turn,
}

impl<W: Work> Change for Once<W> {
    type Output = (Outcome<W::Refusal>, Told);

    async fn apply(&self, tx: &mut Tx) -> Result<Self::Output> {
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = None;
        // Another process may be at the same: its row makes this statement wait.
        if !store::open(tx, &self.slot, &self.call.fingerprint, self.request.as_ref()).await? {
            let found: Found = store::read(tx, &self.slot).await?;
            return Ok((found.outcome_in(tx, &self.slot, &self.call.fingerprint)?, Told::new()));
        }
        let (result, told) = {
            let (db, loan) = tx.lend();
            let result = self.work.run(db).await;
            (result, loan.told())
        };
        match result {
            Ok(answered) => {
                store::keep(tx, &self.slot, &answered).await?;
                Ok((Outcome::Done(answered), told))
            }
            Err(refusal) => {
                let busy = W::was_busy(&refusal);
                *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
                Err(if busy { Error::Busy } else { Error::broken("a call with a key was refused") })
            }
        }
    }
}
