//! What the rules of now are measured by, and nobody measured for the decision of then.
use crate::limits::{
    Frequency,
    decide::{Case, RuleName, Rules},
    restrictions::{Layer, Level, Velocity},
};

/// What has to be counted afterwards.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Gaps {
    /// What the agent had spent, counted over this.
    pub agent: Option<Frequency>,
    /// What the card had spent in 24 hours.
    pub day: bool,
    /// What it had spent in the month.
    pub month: bool,
    /// How many purchases lay in these windows.
    pub counts: Vec<(Level, Velocity)>,
}

impl Gaps {
    /// Those between a case of then and the rules of now.
    pub fn of(then: &Case, now: &Rules) -> Self {
        let old = &then.rules;
        let asked = |layers: &[Layer], of: fn(&Layer) -> bool| layers.iter().any(of);
        let unasked = |of: fn(&Layer) -> bool| asked(&now.layers, of) && !asked(&old.layers, of);
        let moved = old.zone != now.zone;
        let agent = now.agent_limit.map(|limit| limit.frequency).filter(|frequency| {
            let same = old.agent_limit.is_some_and(|limit| limit.frequency == *frequency);
            let calendar = matches!(frequency, Frequency::PerWeek | Frequency::PerMonth | Frequency::PerYear);
            *frequency != Frequency::PerTransaction && (!same || (calendar && moved))
        });
        let window = |layers: &[Layer], level: Level| {
            layers.iter().find(|layer| layer.level == level).and_then(|layer| layer.set.velocity)
        };
        let counts = now.layers.iter().filter_map(|layer| layer.set.velocity.map(|set| (layer.level, set)));
        let seconds = |set: Velocity| set.window_seconds;
        Self {
            agent,
            day: unasked(|layer| layer.set.limit_per_day.is_some()),
            month: unasked(|layer| layer.set.limit_per_month.is_some())
                || (moved && asked(&now.layers, |layer| layer.set.limit_per_month.is_some())),
            counts: counts
                .filter(|(level, set)| window(&old.layers, *level).map(seconds) != Some(set.window_seconds))
                .collect(),
        }
    }

    /// The rules that are measured by them.
    pub fn rules(&self) -> Vec<RuleName> {
        [
            (self.agent.is_some(), RuleName::AgentLimit),
            (self.day, RuleName::CardDay),
            (self.month, RuleName::CardMonth),
            (!self.counts.is_empty(), RuleName::Velocity),
        ]
        .into_iter()
        .filter_map(|(is, rule)| is.then_some(rule))
        .collect()
    }
}
