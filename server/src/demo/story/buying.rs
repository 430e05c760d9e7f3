//! What agents do in the story, from the card that they are given to the money that comes back.
use super::{Step, Story, softly};
use crate::demo::{
    cast::{self, cents, fixed},
    plan::{After, Kind},
};
use domain::{
    Result,
    access::Grant,
    attestations::ReadCredentials,
    cards::CardType,
    ids::CardId,
    intents::DeclareIntent,
    money::Currency,
    name::{Line, Quote},
    purchases::{Authorize, Capture, Merchant, Purchase, PurchaseStatus, Reverse},
    time::SECOND,
};

impl Story<'_, '_> {
    pub(super) fn agent(&self, n: usize) -> &Grant {
        let flow = &self.flows[n];
        &self.worlds[flow.world].agents[flow.agent].token
    }

    fn key(&self, n: usize) -> &Grant {
        &self.worlds[self.flows[n].world].key
    }

    fn card(&self, n: usize) -> Option<CardId> {
        let flow = &self.flows[n];
        let card = |place: usize| self.worlds[flow.world].agents[flow.agent].cards[place].id.clone();
        flow.card.map(card).or_else(|| self.made[n].card.clone())
    }

    pub(super) async fn issue(&mut self, n: usize) -> Result<()> {
        let flow = &self.flows[n];
        let agent = &self.worlds[flow.world].agents[flow.agent].id;
        let most = (flow.expected + flow.expected / 4 + 999) / 1_000 * 1_000;
        let command = cast::card(agent, flow.shop.what, CardType::Single, Some(most))?;
        self.made[n].card = softly(self.db.commit(self.key(n), command).await)?;
        Ok(())
    }

    pub(super) async fn declare(&mut self, n: usize) -> Result<()> {
        let Some(card_id) = self.card(n) else { return Ok(()) };
        let flow = &self.flows[n];
        let command = DeclareIntent {
            card_id,
            intent_id: format!("order-{:05}", n + 1),
            summary: fixed(Line::parse(flow.shop.what))?,
            expected_amount: Some(cents(flow.expected)?),
            expected_currency: Currency::USD,
            expected_merchant: Some(fixed(Line::parse(flow.shop.declared))?),
            tolerance: None,
            ttl_minutes: Some(flow.minutes),
            metadata: None,
        };
        let declared = softly(self.db.commit(self.agent(n), command).await)?;
        self.made[n].intent = declared.map(|declared| declared.intent.id);
        Ok(())
    }

    pub(super) async fn read(&mut self, n: usize) -> Result<()> {
        let Some(card_id) = self.card(n) else { return Ok(()) };
        let flow = &self.flows[n];
        let command = ReadCredentials {
            card_id,
            summary: fixed(Quote::parse(flow.shop.what))?,
            expected_amount: Some(cents(flow.expected)?),
            expected_currency: Currency::USD,
            merchant_text: Some(fixed(Quote::parse(flow.shop.declared))?),
            reason: None,
            client_context: None,
        };
        let read = softly(self.db.commit(self.agent(n), command).await)?;
        self.made[n].token = read.and_then(|read| read.token).map(|(token, _)| token);
        Ok(())
    }

    pub(super) async fn charge(&mut self, n: usize) -> Result<Option<Purchase>> {
        let Some(card_id) = self.card(n) else { return Ok(None) };
        let flow = &self.flows[n];
        let shop = flow.bought_at;
        let command = Authorize {
            card_id,
            amount: cents(flow.amount)?,
            currency: Currency::USD,
            merchant: Merchant::parse(shop.name, shop.mcc, Some(shop.city), Some(shop.country))?,
        };
        self.db.commit(self.key(n), command).await.map(Some)
    }

    pub(super) async fn authorize(&mut self, n: usize) -> Result<()> {
        let Some(purchase) = self.charge(n).await? else { return Ok(()) };
        if purchase.status != PurchaseStatus::Pending {
            return Ok(());
        }
        self.made[n].purchase = Some(purchase.id);
        let flow = &self.flows[n];
        self.at(flow.settled_at, Step::Settle(n));
        if matches!(flow.after, After::Refunded | After::Discounted) {
            self.at(flow.refunded_at, Step::Refund(n));
        }
        if flow.kind == Kind::Twice {
            self.at(flow.at + 25 * SECOND, Step::Again(n));
        }
        Ok(())
    }

    pub(super) async fn settle(&mut self, n: usize) -> Result<()> {
        let Some(id) = self.made[n].purchase.clone() else { return Ok(()) };
        let flow = &self.flows[n];
        match flow.after {
            After::Released => self.db.commit(self.key(n), Reverse { id, amount: None }).await?,
            After::Partly => {
                let amount = Some(cents(flow.amount * 9 / 10)?);
                self.db.commit(self.key(n), Capture { id, amount }).await?
            }
            _ => self.db.commit(self.key(n), Capture { id, amount: None }).await?,
        };
        Ok(())
    }

    pub(super) async fn refund(&mut self, n: usize) -> Result<()> {
        let Some(id) = self.made[n].purchase.clone() else { return Ok(()) };
        let flow = &self.flows[n];
        let amount = if flow.after == After::Discounted { Some(cents(flow.amount / 4)?) } else { None };
        self.db.commit(self.key(n), Reverse { id, amount }).await.map(drop)
    }
}
