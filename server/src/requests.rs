//! The request log's writer: calls are queued off their way and written by the batch; stopping loses none.
use domain::{
    Error,
    db::Db,
    requests::{Entry, Record},
};
use std::time::Duration;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, timeout_at},
};
use tokio_util::task::TaskTracker;

/// Calls that may wait; when the queue is full, the callers wait for it.
const QUEUE: usize = 8192;
/// The most calls that share one transaction.
const BATCH: usize = 512;
/// How long the first call of a batch waits for others: so old is the log at most.
const LINGER: Duration = Duration::from_millis(200);
/// Tries to write a batch while the database is busy.
const TRIES: u32 = 8;

/// Where calls are handed in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RequestLog {
    queue: mpsc::Sender<Message>,
    /// Those that hand in a call while the queue is full and nobody waits for them.
    waiting: TaskTracker,
}

#[derive(Debug)]
enum Message {
    Call(Box<Entry>),
    /// Write what came before, then say so; and stop, if that is wanted.
    Flush(oneshot::Sender<()>, Then),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    GoOn,
    Stop,
}

impl RequestLog {
    /// A log that writes to `db` until it is closed.
    pub fn start(db: Db) -> Self {
        let (queue, calls) = mpsc::channel(QUEUE);
        tokio::spawn(work(db, calls));
        Self { queue, waiting: TaskTracker::new() }
    }

    /// Hands in a call; waits while the queue is full.
    pub async fn record(&self, entry: Entry) {
        if let Err(refused) = self.queue.send(Message::Call(Box::new(entry))).await {
            lost(&refused.0);
        }
    }

    /// Hands in a call that nobody waits for any more: one whose caller went away.
    pub fn record_detached(&self, entry: Entry) {
        match self.queue.try_send(Message::Call(Box::new(entry))) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Closed(message)) => lost(&message),
            Err(mpsc::error::TrySendError::Full(message)) => {
                let queue = self.queue.clone();
                self.waiting.spawn(async move {
                    if let Err(refused) = queue.send(message).await {
                        lost(&refused.0);
                    }
                });
            }
        }
    }

    /// Ends when every call handed in before is written.
    pub async fn flush(&self) {
        self.tell(Then::GoOn).await;
    }

    /// Writes every call handed in before, and takes no more.
    pub async fn close(&self) {
        self.waiting.close();
        self.waiting.wait().await;
        self.tell(Then::Stop).await;
    }

    async fn tell(&self, then: Then) {
        let (done, written) = oneshot::channel();
        if self.queue.send(Message::Flush(done, then)).await.is_ok() {
            // Without an answer the writer has stopped already, and had written everything.
            let _stopped = written.await;
        }
    }
}

fn lost(message: &Message) {
    if let Message::Call(entry) = message {
        tracing::warn!(id = %entry.call.id, "a call ended after the request log was closed; it is not in it");
    }
}

async fn work(db: Db, mut queue: mpsc::Receiver<Message>) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let mut flush = None;
        let mut ended = false;
        let mut until = None;
        while batch.len() < BATCH && flush.is_none() && !ended {
            let message = match until {
                None => queue.recv().await,
                Some(end) => match timeout_at(end, queue.recv()).await {
                    Ok(message) => message,
                    Err(_) => break,
                },
            };
            match message {
                Some(Message::Call(entry)) => {
                    until.get_or_insert_with(|| Instant::now() + LINGER);
                    batch.push(*entry);
                }
                Some(Message::Flush(done, then)) => flush = Some((done, then)),
                None => ended = true,
            }
        }
        if !batch.is_empty() {
            write(&db, std::mem::take(&mut batch)).await;
        }
        if let Some((done, then)) = flush {
            ended |= then == Then::Stop;
            // Whoever asked may have gone away.
            let _gone = done.send(());
        }
        if ended {
            return;
        }
    }
}

/// Writes a batch. While the database is busy it is tried again, and the queue fills up behind it; one call that
/// cannot be written must not take the others with it.
async fn write(db: &Db, batch: Vec<Entry>) {
    for attempt in 1..=TRIES {
        match db.note(Record(batch.clone())).await {
            Ok(()) => return,
            Err(Error::Busy) if attempt < TRIES => sleep(Duration::from_millis(25 << attempt)).await,
            Err(error) => {
                tracing::error!(%error, calls = batch.len(), "a batch of the request log could not be written");
                break;
            }
        }
    }
    for entry in batch {
        let id = entry.call.id.clone();
        if let Err(error) = db.note(Record(vec![entry])).await {
            tracing::error!(%error, %id, "a call could not be written into the request log");
        }
    }
}
