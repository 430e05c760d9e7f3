//! The credential read that a purchase follows.
use super::{AttestationStatus, correlate};
use crate::{
    Result,
    access::Grant,
    db::{Batch, Tx, batch, sql},
    ids::{AccessId, CardId, PurchaseId},
    limits::store::Locked,
};

/// How well a purchase of now is attested, and by which read of the card's details: the last one, where it is near enough.
pub(crate) fn of(locked: &Locked) -> (AttestationStatus, Option<AccessId>) {
    let card = &locked.card;
    let minutes = u32::try_from(card.attestation_window_minutes).unwrap_or(0);
    let status = correlate::status(card.read_at, locked.at, minutes);
    (status, card.read_id.clone().filter(|_| status != AttestationStatus::Unattested))
}

/// Takes back that a purchase followed a read: it was a card check, and the purchase that was meant is still to come.
pub(crate) async fn unfollow(tx: &mut Tx, grant: &Grant, card: &CardId, purchase: &PurchaseId) -> Result<()> {
    sql!(
        tx,
        execute,
        "update accesses set purchase_id = null, attestation_status = null
         where organisation_id = $1 and environment = $2 and card_id = $3 and purchase_id = $4",
        grant.organisation(),
        grant.environment(),
        card,
        purchase
    )?;
    Ok(())
}

/// Notes on the read which purchase followed it: the first approved one, and how soon.
pub(crate) fn follow(
    rows: &mut Batch,
    grant: &Grant,
    card: &CardId,
    access: &AccessId,
    purchase: &PurchaseId,
    status: AttestationStatus,
) -> Result<()> {
    batch!(
        *rows,
        "update accesses set purchase_id = $5, attestation_status = $6
         where organisation_id = $1 and environment = $2 and card_id = $3 and id = $4 and purchase_id is null",
        grant.organisation(),
        grant.environment(),
        card,
        access,
        purchase,
        status
    )?;
    Ok(())
}
