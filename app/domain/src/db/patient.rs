//! Running a future on a thread of its own that is slow to fall asleep.
//!
//! A change is some twenty statements, each answered by SQLite's thread within microseconds. Sleeping until the answer
//! comes and being woken costs more than the statement, so the processor is offered to others for a moment instead.
use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake},
    thread::{self, Thread},
};

/// How often the processor is offered to others before the thread sleeps: some tens of microseconds.
const OFFERS: u32 = 100;

struct Bell {
    rung: AtomicBool,
    thread: Thread,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Runs `future` to its end on this thread.
pub(super) fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let bell = Arc::new(Bell { rung: AtomicBool::new(false), thread: thread::current() });
    let waker = bell.clone().into();
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        let mut offers = 0;
        while !bell.rung.swap(false, Ordering::Acquire) {
            if offers < OFFERS {
                offers += 1;
                thread::yield_now();
            } else {
                thread::park();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[test]
    fn wakes_whether_the_answer_comes_at_once_or_late() {
        for late in [false, true] {
            let (answer, asked) = oneshot::channel();
            let (asleep, wait) = std::sync::mpsc::channel();
            let other = thread::spawn(move || {
                if late {
                    wait.recv().expect("the other thread is about to sleep");
                }
                answer.send(7).expect("somebody waits");
            });
            let answered = run(async {
                asleep.send(()).ok();
                asked.await
            });
            assert_eq!(answered, Ok(7));
            other.join().expect("it answered");
        }
    }
}
