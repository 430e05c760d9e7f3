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
    limits::Frequency,
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
        let Some(agent) = world.agents.iter().find(|agent| agent.spec.part == Part::Usual) else { return Ok(()) };
        let card = IssueCard {
            require_approval: true,
            auto_approve_below: Some(cents(10_000)?),
            ..cast::card(&agent.id, "Equipment above the petty cash", CardType::Multi, Some(400_000))?
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
                "chair" => {
                    let reason = Some(fixed(Line::parse("Agreed with the doctor's note"))?);
                    softly(self.db.commit(finance, ApproveIntent { id, reason }).await).map(drop)?;
                }
                "screens" => {
                    let reason = fixed(Line::parse("Two screens are enough; declare them again without the third"))?;
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
    ("chair", "A standing chair for the new colleague in accounting", 38_900, "Herman Miller"),
    ("screens", "Three 27 inch screens for the meeting room", 104_700, "Dell"),
    ("laptop", "Replacement laptop for Noor, the old one does not start", 164_900, "Apple Store"),
    ("desks", "Two desks for the room on the second floor", 89_800, "IKEA"),
    ("toner", "Toner for both printers, a year's worth", 27_450, "Staples"),
];
