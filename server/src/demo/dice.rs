//! The story's own chance: the same seed tells the same story.
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// A seeded source of choices.
pub(super) struct Dice(ChaCha20Rng);

impl Dice {
    /// The choices that belong to `seed`.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }

    /// A whole number from `low` to `high`, both included.
    pub fn range(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// Whether something of this probability happens.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A number from 0 to 1.
    pub fn unit(&mut self) -> f64 {
        self.0.random_range(0.0..1.0)
    }

    /// A place in a list of `length` things; 0 for an empty one.
    pub fn place(&mut self, length: usize) -> usize {
        if length == 0 { 0 } else { self.0.random_range(0..length) }
    }
}
