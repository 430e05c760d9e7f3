//! Randomness as an argument: the operating system's in service, a seed's in the demo and in tests.
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use std::sync::{Mutex, PoisonError};

/// Where random bytes come from.
pub trait Chance: Send + Sync + 'static {
    /// Fills `bytes` with unpredictable (or, from a seed, reproducible) values.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn Chance {
    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

/// The operating system's generator. The process ends when the system has none to give: no secret may
/// ever be made from less.
#[cfg(feature = "store")]
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemChance;

#[cfg(feature = "store")]
impl Chance for SystemChance {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the operating system")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// Reproducible bytes from a seed. Never for secrets outside the demo and tests.
#[derive(Debug)]
pub struct SeededChance(Mutex<ChaCha20Rng>);

impl SeededChance {
    /// The sequence that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha20Rng::seed_from_u64(seed)))
    }
}

impl Chance for SeededChance {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}
