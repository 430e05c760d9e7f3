//! Rates that say how sure they are.
use serde::{Deserialize, Serialize};

/// The 97.5 % point of the normal distribution, for intervals of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// `k` of `n` cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rate {
    /// The cases counted; more than `n` counts as `n`.
    pub k: u64,
    /// All cases.
    pub n: u64,
}

impl Rate {
    /// `k` of `n`.
    pub const fn new(k: u64, n: u64) -> Self {
        Self { k, n }
    }

    /// The share itself, 0 to 1; none of nothing.
    pub fn point(self) -> Option<f64> {
        (self.n > 0).then(|| self.k.min(self.n) as f64 / self.n as f64)
    }

    /// The 95 % confidence interval of the share (Wilson score, without continuity correction), 0 to 1; none of
    /// nothing. Unlike the textbook interval it is never empty and never leaves 0 to 1.
    pub fn interval(self) -> Option<(f64, f64)> {
        let p = self.point()?;
        let n = self.n as f64;
        let scale = 1.0 + Z * Z / n;
        let middle = (p + Z * Z / (2.0 * n)) / scale;
        let half = Z / scale * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        // At the ends the bound is the point itself; rounding would miss it by a hair.
        let low = if self.k == 0 { 0.0 } else { (middle - half).clamp(0.0, p) };
        let high = if self.k >= self.n { 1.0 } else { (middle + half).clamp(p, 1.0) };
        Some((low, high))
    }

    /// Fewer than 20 cases: a page shows the counts, and no verdict.
    pub const fn too_few(self) -> bool {
        self.n < 20
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn intervals_are_those_of_the_literature() {
        for (k, n, low, high) in [(0, 10, 0.0, 27.8), (1, 20, 0.9, 23.6), (8, 10, 49.0, 94.3), (10, 10, 72.2, 100.0)] {
            let (l, h) = Rate::new(k, n).interval().unwrap();
            assert!((l * 100.0 - low).abs() < 0.05 && (h * 100.0 - high).abs() < 0.05, "{k}/{n}: {l} {h}");
        }
    }

    #[test]
    fn nothing_has_no_rate() {
        assert_eq!((Rate::default().point(), Rate::default().interval()), (None, None));
        assert!(Rate::new(0, 19).too_few() && !Rate::new(0, 20).too_few());
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_point_and_stays_within_0_and_1(k in any::<u64>(), n in 1..u64::MAX) {
            let rate = Rate::new(k % n, n);
            for rate in [rate, Rate::new(k % n % 50, n % 50 + 1), Rate::new(k, n)] {
                let (p, (low, high)) = (rate.point().unwrap(), rate.interval().unwrap());
                prop_assert!(0.0 <= low && low <= p && p <= high && high <= 1.0, "{low} {p} {high}");
            }
        }

        #[test]
        fn more_cases_make_it_narrower(k in 0..100_u64, n in 100..1_000_u64) {
            let width = |r: Rate| r.interval().map(|(low, high)| high - low).unwrap();
            prop_assert!(width(Rate::new(k * 10, n * 10)) < width(Rate::new(k, n)));
        }
    }
}
