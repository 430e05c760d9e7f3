//! The credential read that a purchase follows.
use super::{AttestationStatus, correlate};
use crate::{
    Result,
    access::Grant,
    db::{Db, Tx, sql},
    ids::{AccessId, CardId, PurchaseId},
    limits::store::Locked,
    time::Timestamp,
};

/// How well a purchase at the moment of `$locked` is attested, and by which read: the card's last one of 24 hours.
macro_rules! attested {
    ($db:expr, $grant:expr, $locked:expr) => {{
        let read: Option<(AccessId, Timestamp)> = sql!(
            $db,
            fetch_optional,
            "select id, created_at from accesses
             where organisation_id = $1 and environment = $2 and card_id = $3 and id >= $4 order by id desc limit 1",
            $grant.organisation(),
            $grant.environment(),
            &$locked.card.id,
            AccessId::floor($locked.at - correlate::READ_TO_PURCHASE)
        )?;
        let minutes = u32::try_from($locked.card.attestation_window_minutes).unwrap_or(0);
        let status = correlate::status(read.as_ref().map(|(_, at)| *at), $locked.at, minutes);
        Ok((status, read.map(|(id, _)| id).filter(|_| status != AttestationStatus::Unattested)))
    }};
}

/// How well a purchase at the lock's moment is attested, and by which read.
pub(crate) async fn find(tx: &mut Tx, grant: &Grant, locked: &Locked) -> Result<(AttestationStatus, Option<AccessId>)> {
    attested!(tx, grant, locked)
}

/// The same for a card that is not locked.
pub(crate) async fn look(db: &Db, grant: &Grant, seen: &Locked) -> Result<(AttestationStatus, Option<AccessId>)> {
    attested!(db, grant, seen)
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
pub(crate) async fn follow(
    tx: &mut Tx,
    grant: &Grant,
    card: &CardId,
    access: &AccessId,
    purchase: &PurchaseId,
    status: AttestationStatus,
) -> Result<()> {
    sql!(
        tx,
        execute,
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
