//! Rate limits: a bucket of tokens for each organisation, environment and class of calls (security X-B5).
use super::{error::whole_seconds, table::Class};
use crate::{State, config::Rate};
use domain::{access::Grant, environment::Environment, ids::OrganisationId, time::MINUTE, time::Timestamp};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// The buckets of this process. Each process of an installation has its own.
pub struct Limits {
    read: Rate,
    write: Rate,
    card: Rate,
    buckets: Mutex<HashMap<(OrganisationId, Environment, Class), Bucket>>,
}

/// What is left, in 60,000ths of a token: a minute's rate then adds whole numbers every millisecond.
#[derive(Clone, Copy)]
struct Bucket {
    level: i64,
    at: Timestamp,
}

impl Bucket {
    const TOKEN: i64 = MINUTE;

    fn full(rate: Rate, now: Timestamp) -> Self {
        Self { level: i64::from(rate.burst) * Self::TOKEN, at: now }
    }

    /// After how many milliseconds there will be a token; nothing where there is one.
    fn wait(mut self, rate: Rate, now: Timestamp) -> Option<i64> {
        self.take(rate, now).err()
    }

    /// Takes a token, or says after how many milliseconds there will be one. A clock that is set back adds none.
    fn take(&mut self, rate: Rate, now: Timestamp) -> Result<(), i64> {
        let (per_ms, most) = (i64::from(rate.per_minute), i64::from(rate.burst) * Self::TOKEN);
        let passed = now.since(self.at).max(0);
        self.level = self.level.saturating_add(passed.saturating_mul(per_ms)).min(most);
        self.at = now;
        let lacking = Self::TOKEN - self.level;
        if lacking > 0 {
            return Err((lacking + per_ms - 1) / per_ms);
        }
        self.level -= Self::TOKEN;
        Ok(())
    }
}

/// The rates as the dashboard shows them, with the routes that draw on each and the wait that it would be told now.
pub(crate) fn rates(state: &State) -> Vec<app::Rate> {
    let config = &state.config;
    let classes = [
        (Class::Read, "Reads", config.rate_read),
        (Class::Write, "Writes", config.rate_write),
        (Class::Card, "Card creation", config.rate_card),
    ];
    let table = super::table();
    let routes = |class| table.routes().iter().filter(move |route| route.class == class);
    classes
        .map(|(class, label, Rate { per_minute, burst })| {
            let routes = routes(class).map(|route| (route.method.to_string(), route.path)).collect();
            let state = state.clone();
            let wait = app::Wait::of(move |grant, now| state.limits.wait(grant, class, now).map(whole_seconds));
            app::Rate { label, per_minute, burst, routes, wait }
        })
        .into()
}

impl Limits {
    /// Full buckets for everybody.
    pub fn new(read: Rate, write: Rate, card: Rate) -> Self {
        Self { read, write, card, buckets: Mutex::default() }
    }

    /// Takes a token of the class from the grant's organisation and environment, or says how many milliseconds
    /// to wait.
    pub fn take(&self, grant: &Grant, class: Class, now: Timestamp) -> Result<(), i64> {
        let Some(rate) = self.rate(class) else { return Ok(()) };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (grant.organisation().clone(), grant.environment(), class);
        buckets.entry(key).or_insert_with(|| Bucket::full(rate, now)).take(rate, now)
    }

    /// How many milliseconds [`Self::take`] would say to wait; none where it would take a token. Takes none.
    pub fn wait(&self, grant: &Grant, class: Class, now: Timestamp) -> Option<i64> {
        let rate = self.rate(class)?;
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (grant.organisation().clone(), grant.environment(), class);
        buckets.get(&key)?.wait(rate, now)
    }

    const fn rate(&self, class: Class) -> Option<Rate> {
        match class {
            Class::Read => Some(self.read),
            Class::Write => Some(self.write),
            Class::Card => Some(self.card),
            Class::Free => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATE: Rate = Rate { per_minute: 100, burst: 20 };

    #[test]
    fn the_shown_wait_is_exact() {
        let mut bucket = Bucket::full(RATE, Timestamp(0));
        assert_eq!((0..20).filter(|_| bucket.take(RATE, Timestamp(0)).is_ok()).count(), 20);
        assert_eq!(bucket.take(RATE, Timestamp(0)), Err(600));
        assert_eq!(bucket.take(RATE, Timestamp(599)), Err(1));
        assert_eq!(bucket.take(RATE, Timestamp(600)), Ok(()));
        assert_eq!(bucket.take(RATE, Timestamp(-9_000)), Err(600), "a clock set back gives nothing away");
        assert_eq!(bucket.take(RATE, Timestamp(i64::MAX)), Ok(()));
    }

    proptest! {
        /// In any stretch of time no more pass than the bucket held plus what came back.
        #[test]
        fn nobody_gets_more_than_rate_and_burst(
            steps in prop::collection::vec(0i64..2_000, 1..300), per_minute in 1u32..500, burst in 1u32..50,
        ) {
            let rate = Rate { per_minute, burst };
            let mut bucket = Bucket::full(rate, Timestamp(0));
            let (mut now, mut passed) = (0, 0);
            for step in steps {
                now += step;
                match bucket.take(rate, Timestamp(now)) {
                    Ok(()) => passed += 1,
                    Err(wait) => prop_assert!(wait > 0 && bucket.take(rate, Timestamp(now + wait - 1)).is_err()),
                }
                // The look ahead above moved the bucket's moment on.
                now = bucket.at.0;
                prop_assert!(passed <= i64::from(burst) + now * i64::from(per_minute) / MINUTE);
            }
        }
    }
}
