//! What people do in the story: they fund users, and stop, resume and limit agents.
use super::{Story, softly};
use crate::demo::{
    cast::{cents, fixed},
    roster::Part,
};
use domain::{
    Result,
    access::Role,
    agents::{self, ResumeAgent, SetLimit, SuspendAgent},
    limits::Frequency,
    name::Line,
    users::{self, Deposit},
};

impl Story<'_, '_> {
    /// Fills balances up that have become low.
    pub(super) async fn fund(&mut self, world: usize) -> Result<()> {
        let world = &self.worlds[world];
        for (id, spec) in world.users.iter().zip(world.spec.users) {
            let full = spec.balance * self.scale;
            let (balance, _) = users::balance(self.db, &world.key, id).await?;
            if balance.spending_power < full * 6 / 10 {
                // In hundreds, as people send money.
                let missing = (full - balance.spending_power) / 10_000 * 10_000;
                self.db.commit(&world.key, Deposit { id: id.clone(), amount: cents(missing)? }).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn suspend(&mut self, world: usize) -> Result<()> {
        let world = &self.worlds[world];
        for agent in world.agents.iter().filter(|agent| agent.spec.part == Part::Suspended) {
            let reason = fixed(Line::parse("Booked the same room three times; suspended until the cause is found"))?;
            self.db.commit(world.person(Role::Support), SuspendAgent { id: agent.id.clone(), reason }).await?;
        }
        Ok(())
    }

    pub(super) async fn resume(&mut self, n: usize) -> Result<()> {
        let flow = &self.flows[n];
        let world = &self.worlds[flow.world];
        let id = world.agents[flow.agent].id.clone();
        softly(self.db.commit(world.person(Role::Admin), ResumeAgent { id }).await).map(drop)
    }

    /// Finance lowers a limit below what was spent, so that its agent is declined.
    pub(super) async fn lower(&mut self, world: usize) -> Result<()> {
        let world = &self.worlds[world];
        for agent in world.agents.iter().filter(|agent| agent.spec.part == Part::Over) {
            let spent = agents::get(self.db, &world.key, &agent.id).await?.current_spend;
            let limit = Some((cents((spent / 2).max(1_000) / 1_000 * 1_000)?, Frequency::Per24HourPeriod));
            let reason = fixed(Line::parse("Credits run down faster than planned; stop until Monday"))?;
            let command = SetLimit { id: agent.id.clone(), limit, on_exceeded: None, reason, version: None };
            self.db.commit(world.person(Role::Finance), command).await?;
        }
        Ok(())
    }

    /// Finance sets a limit that leaves little room.
    pub(super) async fn confirm(&mut self, world: usize) -> Result<()> {
        let world = &self.worlds[world];
        for agent in world.agents.iter().filter(|agent| agent.spec.part == Part::Near) {
            let spent = agents::get(self.db, &world.key, &agent.id).await?.current_spend;
            let most = ((spent + spent / 14).max(20_000) / 1_000 + 1) * 1_000;
            let limit = Some((cents(most)?, Frequency::AllTime));
            let reason = fixed(Line::parse("Budget of the library as approved"))?;
            let command = SetLimit { id: agent.id.clone(), limit, on_exceeded: None, reason, version: None };
            self.db.commit(world.person(Role::Finance), command).await?;
        }
        Ok(())
    }
}
