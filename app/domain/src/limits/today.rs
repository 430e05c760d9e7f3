//! A past purchase by the rules that are in force now: the same request at the same moment, decided once more.
use super::decide::{AgentLimit, Decision, Evaluated, RuleName, Verdict};
use serde::{Deserialize, Serialize};

#[cfg(any(feature = "store", test))]
mod gaps;
#[cfg(feature = "store")]
mod store;
#[cfg(feature = "store")]
pub use store::today;

/// Two decisions about one request: that of then as it is stored, and that by the rules of now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Today {
    /// What was decided then.
    pub then: Decision,
    /// The agent's limit of then.
    pub then_limit: Option<AgentLimit>,
    /// What would be decided by what people have set since.
    pub now: Decision,
    /// The agent's limit of now.
    pub now_limit: Option<AgentLimit>,
    /// Rules of now whose measure no rule of then had asked for: it was counted afterwards, from what is left of the
    /// purchases before this one, so that money given back since is missing in it.
    pub counted: Vec<RuleName>,
}

/// One rule's part in both decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside<'a> {
    /// Then; none where that version of the rules did not ask it.
    pub then: Option<&'a Evaluated>,
    /// Now.
    pub now: &'a Evaluated,
    /// Whether its verdict, its limit or the time that it counts over is another one.
    pub differs: bool,
}

impl Today {
    /// Both decisions rule by rule, in the order of now.
    pub fn beside(&self) -> Vec<Beside<'_>> {
        let frequency = |limit: Option<AgentLimit>| limit.map(|limit| limit.frequency);
        let window = frequency(self.then_limit) != frequency(self.now_limit);
        let all = self.now.evaluated.iter().map(|now| {
            let then = self.then.evaluated.iter().find(|then| then.rule == now.rule);
            // A version that did not ask for a rule had nobody who set one.
            let said = then.map_or((Verdict::Pass, None), |then| (then.verdict, then.limit));
            let differs = said != (now.verdict, now.limit)
                || self.counted.contains(&now.rule)
                || (now.rule == RuleName::AgentLimit && window);
            Beside { then, now, differs }
        });
        all.collect()
    }
}

#[cfg(test)]
mod tests;
