//! The promises, each with what was measured.

/// What was promised and whether it was kept.
#[derive(Default)]
pub struct Gates(Vec<(bool, String)>);

impl Gates {
    /// `value` is promised to be at most `bound`.
    pub fn at_most(&mut self, what: &str, value: f64, bound: f64) {
        self.0.push((value <= bound, format!("{what}: {value:.2}, at most {bound}")));
    }

    /// `value` is promised to be at least `bound`.
    pub fn at_least(&mut self, what: &str, value: f64, bound: f64) {
        self.0.push((value >= bound, format!("{what}: {value:.2}, at least {bound}")));
    }

    /// Prints them all; whether each was kept.
    pub fn report(&self) -> bool {
        for (kept, line) in &self.0 {
            println!("{}  {line}", if *kept { "ok    " } else { "MISSED" });
        }
        self.0.iter().all(|(kept, _)| *kept)
    }
}
