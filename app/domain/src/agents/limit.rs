//! Changing an agent's limit.
use super::store;
use crate::{
    Result,
    access::{
        Grant, Permission,
        approvals::{Change, Consent, Effect, proposed},
    },
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    environment::Environment,
    error::{Noun, fresh},
    ids::AgentId,
    limits::{Frequency, OnLimitExceeded},
    money::Amount,
    name::Line,
};
use serde_json::json;

/// Sets, changes or lifts an agent's limit. What was spent before counts under the new limit too.
pub struct SetLimit {
    /// Which agent.
    pub id: AgentId,
    /// The new limit and its window; none lifts it.
    pub limit: Option<(Amount, Frequency)>,
    /// What happens when a purchase would pass it.
    pub on_exceeded: Option<OnLimitExceeded>,
    /// Why, for the audit log.
    pub reason: Line,
    /// The version that the caller saw; absent: any.
    pub version: Option<i64>,
}

/// A limit with all that says how hard it is.
type Terms = (Option<(Amount, Frequency)>, Option<OnLimitExceeded>);

/// Whether `after` may let something through that `before` would not: a higher or lifted limit, another window,
/// or a limit that is not enforced any more.
fn loosens(before: Terms, after: Terms) -> bool {
    let Some((old, frequency)) = before.0 else { return false };
    let higher = after.0.is_none_or(|(new, other)| new > old || other != frequency);
    higher || (OnLimitExceeded::enforces(before.1) && !OnLimitExceeded::enforces(after.1))
}

/// Whether these terms let more than `threshold` minor units through, so that two people must want them.
fn above(terms: Terms, threshold: i64) -> bool {
    terms.0.is_none_or(|(limit, _)| limit.minor() > threshold) || !OnLimitExceeded::enforces(terms.1)
}

async fn threshold(tx: &mut Tx, grant: &Grant) -> Result<i64> {
    Ok(sql!(tx, scalar, "select approval_threshold from organisations where id = $1", grant.organisation())?)
}

impl Command for SetLimit {
    type Output = Effect;

    fn permission(&self) -> Permission {
        Permission::LowerLimit
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Effect, Trail)> {
        self.make(grant, tx, Consent::NotAsked).await
    }
}

impl SetLimit {
    /// Sets the limit, or proposes it where a second person has to be asked: a live limit that a person raises above
    /// the organisation's threshold. A key acts for a backend, which has nobody to ask.
    pub(crate) async fn make(&self, grant: &Grant, tx: &mut Tx, consent: Consent) -> Result<(Effect, Trail)> {
        let agent = store::lock(tx, grant, &self.id).await?;
        fresh(self.version, agent.version, "this agent")?;
        let before = (agent.spending_limit.zip(agent.spending_limit_frequency), agent.on_limit_exceeded);
        let after = (self.limit, self.on_exceeded);
        if loosens(before, after) {
            grant.demand(Permission::RaiseLimit, tx.now())?;
            if grant.environment() == Environment::Live && above(after, threshold(tx, grant).await?) {
                let currency = sql!(
                    tx,
                    scalar,
                    "select currency from users where organisation_id = $1 and environment = $2 and id = $3",
                    grant.organisation(),
                    grant.environment(),
                    &agent.user_id
                )?;
                let change = Change::Limit {
                    agent: self.id.clone(),
                    before: before.0,
                    limit: self.limit,
                    on_exceeded: self.on_exceeded,
                    reason: self.reason.to_string(),
                    version: agent.version,
                    currency,
                };
                let subject = Subject::new(Noun::Agent, &self.id, &agent.name);
                if let Some((id, trail)) = proposed(tx, grant, consent, &change, &subject).await? {
                    return Ok((Effect::Proposed(id), trail));
                }
            }
        }
        sql!(
            tx,
            execute,
            "update agents set spending_limit = $4, spending_limit_frequency = $5, on_limit_exceeded = $6,
                               version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            self.limit.map(|(amount, _)| amount),
            self.limit.map(|(_, frequency)| frequency),
            self.on_exceeded
        )?;
        let told = |(limit, on_exceeded): Terms| {
            let (amount, frequency) = limit.unzip();
            json!({ "spendingLimit": amount, "spendingLimitFrequency": frequency, "onLimitExceeded": on_exceeded })
        };
        let trail = Trail::new(Action::LimitChanged, Subject::new(Noun::Agent, &self.id, agent.name))
            .before(told(before))
            .after(told(after))
            .reason(self.reason.as_str());
        Ok((Effect::Done, trail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_people_are_asked_above_the_threshold_only() {
        let terms = |amount: i64, on| (Some((Amount::try_from(amount).unwrap(), Frequency::PerWeek)), on);
        assert!(!above(terms(100, None), 100));
        assert!(above(terms(101, None), 100));
        assert!(above((None, None), 100), "no limit is above every threshold");
        assert!(above(terms(1, Some(OnLimitExceeded::Notify)), 100), "what is not enforced holds nothing");
    }

    #[test]
    fn whatever_lets_more_through_is_a_raise() {
        let terms = |amount: i64, frequency, on| (Some((Amount::try_from(amount).unwrap(), frequency)), on);
        let week = terms(100, Frequency::PerWeek, None);
        let loose = [
            (None, None),
            terms(101, Frequency::PerWeek, None),
            terms(1, Frequency::PerTransaction, None),
            terms(1, Frequency::PerWeek, Some(OnLimitExceeded::Notify)),
            terms(100, Frequency::PerWeek, Some(OnLimitExceeded::None)),
        ];
        for after in loose {
            assert!(loosens(week, after), "{after:?}");
        }
        for after in
            [week, terms(99, Frequency::PerWeek, None), terms(100, Frequency::PerWeek, Some(OnLimitExceeded::Suspend))]
        {
            assert!(!loosens(week, after), "{after:?}");
        }
        assert!(!loosens((None, None), week), "a first limit only lowers");
        let tracked = terms(100, Frequency::PerWeek, Some(OnLimitExceeded::None));
        assert!(!loosens(tracked, terms(100, Frequency::PerWeek, Some(OnLimitExceeded::Notify))));
        assert!(loosens(tracked, terms(101, Frequency::PerWeek, Some(OnLimitExceeded::Notify))));
    }
}
