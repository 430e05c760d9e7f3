//! What people do in the story: they fund users, and stop, resume and limit agents.
use super::{Story, softly};
use crate::demo::{
    cast::{self, cents, fixed},
    roster::Part,
};
use domain::{
    Result,
    access::Role,
    agents::{self, ResumeAgent, SetLimit, SuspendAgent},
    cards::{CardType, IssueCard},
    intents::{self, ApproveIntent, DeclareIntent, RejectIntent},
    limits::{Frequency, terms::Change},
    money::Currency,
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

    /// An agent whose dear purchases a person approves declares some.
    pub(super) async fn hold(&mut self, world: usize) -> Result<()> {
        let world = &self.worlds[world];
        // The one with the smallest limit that has room for all of them.
        let most = |agent: &&cast::Agent| agent.spec.limit.map_or(0, |(most, _)| most);
        let usual = world.agents.iter().filter(|agent| agent.spec.part == Part::Usual && most(agent) >= 1_000_000);
        let Some(agent) = usual.min_by_key(most) else { return Ok(()) };
        let card = IssueCard {
            set: Change {
                require_approval: Some(Some(true)),
                auto_approve_below: Some(Some(cents(10_000)?)),
                ..Change::default()
            },
            ..cast::card(&agent.id, "Trips above the travel policy", CardType::Multi, Some(400_000))?
        };
        let Some(card_id) = softly(self.db.commit(&world.key, card).await)? else { return Ok(()) };
        for (intent_id, what, amount, merchant) in HELD {
            let declare = DeclareIntent {
                card_id: card_id.clone(),
                intent_id: intent_id.to_owned(),
                summary: fixed(Line::parse(what))?,
                expected_amount: Some(cents(amount)?),
                expected_currency: Currency::USD,
                expected_merchant: Some(fixed(Line::parse(merchant))?),
                tolerance: None,
                ttl_minutes: Some(1_440),
                metadata: None,
            };
            softly(self.db.commit(&agent.token, declare).await)?;
        }
        Ok(())
    }

    /// Finance says yes to the first and no to the second; the others wait.
    pub(super) async fn judge(&mut self, world: usize) -> Result<()> {
        let world = &self.worlds[world];
        let finance = world.person(Role::Finance);
        for held in intents::held(self.db, finance).await? {
            let id = held.intent.id;
            match held.intent.intent_id.as_str() {
                "fair" => {
                    let reason = Some(fixed(Line::parse("Agreed in the budget of the fair"))?);
                    softly(self.db.commit(finance, ApproveIntent { id, reason }).await).map(drop)?;
                }
                "offsite" => {
                    let reason = fixed(Line::parse("Two nights are enough; declare it again without the third"))?;
                    softly(self.db.commit(finance, RejectIntent { id, reason }).await).map(drop)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// What waits for a person: the caller's own id, what the agent says, cents, the merchant.
const HELD: [(&str, &str, i64, &str); 5] = [
    ("fair", "Two flights to the trade fair, booked before prices rise on Monday", 38_900, "Lufthansa"),
    ("offsite", "Rooms for the team's three days in Bremen", 104_700, "Booking.com"),
    ("customer", "Flight to Zurich, the only one that arrives before noon", 64_900, "SWISS"),
    ("rail", "Yearly rail pass for Noor, cheaper than single tickets", 164_900, "Deutsche Bahn"),
    ("rides", "Rides during the fair, two days for four people", 27_450, "FREE NOW"),
];
