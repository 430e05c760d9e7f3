//! What would be decided now, and what rules and counters it would be decided by: questions that change nothing.
use super::{
    decide::{Case, Decision, Request},
    restrictions::Level,
    store,
    terms::OnExpiry,
};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    attestations::{self, ExposureMode},
    db::Db,
    ids::CardId,
    intents::matching::Fraction,
    money::{Amount, Currency},
    purchases::Merchant,
};
use serde::{Deserialize, Serialize};

/// What would be asked.
pub struct Question {
    /// With which card.
    pub card_id: CardId,
    /// How much, in minor units.
    pub amount: Amount,
    /// In which currency: anything but the user's own is refused.
    pub currency: Currency,
    /// By whom.
    pub merchant: Merchant,
}

/// Decides about a purchase that nobody makes: by the same rules, state and moment as if it were made now. Nothing is
/// written, so another purchase may change the answer before the real one comes.
pub async fn evaluate(db: &Db, grant: &Grant, question: &Question) -> Result<(Case, Decision)> {
    grant.require(Permission::View)?;
    let (case, _) = look(db, grant, &question.card_id, |at, own| {
        if question.currency != own {
            return Err(Error::field("currency", format!("must be {own}: foreign currencies are not taken")));
        }
        Ok(Request {
            amount: question.amount,
            currency: question.currency,
            merchant_name: question.merchant.name().to_owned(),
            merchant_category_code: question.merchant.category_code().to_owned(),
            at,
        })
    })
    .await?;
    let decision = case.decide();
    Ok((case, decision))
}

/// What stands for a card besides its rules for purchases, each with who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// How far a purchase may be from an intent that does not say: the card's word, else its policy's, else the
    /// organisation's.
    pub tolerance: (Level, Fraction),
    /// How its details may be read: the stricter of the card's word and its policy's.
    pub exposure: (Level, ExposureMode),
    /// How many minutes it lives from its making on: the card's word, else its policy's; none: as long as its number.
    pub lifetime: Option<(Level, i64)>,
    /// What happens to it then: the card's word, else its policy's; none: nobody says, and it is closed.
    pub at_end: Option<(Level, OnExpiry)>,
}

/// The rules of a card on all its levels, and what they are measured by now, for a purchase of one minor unit.
pub async fn standing(db: &Db, grant: &Grant, card: &CardId) -> Result<(Case, Reading)> {
    grant.require(Permission::View)?;
    look(db, grant, card, |at, currency| {
        Ok(Request {
            amount: Amount::MIN,
            currency,
            merchant_name: String::new(),
            merchant_category_code: String::new(),
            at,
        })
    })
    .await
}

async fn look(
    db: &Db,
    grant: &Grant,
    card: &CardId,
    request: impl FnOnce(crate::time::Timestamp, Currency) -> Result<Request>,
) -> Result<(Case, Reading)> {
    let seen = store::see(db, grant, card).await?;
    let request = request(seen.at, seen.user.currency)?;
    let (attestation, _) = attestations::link::of(&seen);
    let rules = seen.rules()?;
    let measured = store::look(db, grant, &seen, &rules, attestation).await?;
    let state = seen.state(store::seen(db, grant, &seen).await?, measured);
    let reading = Reading {
        tolerance: seen.tolerance_of(),
        exposure: seen.exposure_of(),
        lifetime: seen.lifetime_of(),
        at_end: seen.at_end_of(),
    };
    Ok((Case { request, rules, state }, reading))
}
