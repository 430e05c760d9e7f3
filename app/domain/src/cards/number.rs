//! A card found by its number.
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Db, sql},
    error::Noun,
    ids::{AgentId, CardId},
    issuer::{Issuer, Sandbox},
    secret::Plain,
};

/// The card with this number, for whoever may post purchases. A number of another organisation's card, of the other
/// environment's or of none is not found: none of them can be told from another.
pub async fn by_number(db: &Db, grant: &Grant, number: &Plain) -> Result<CardId> {
    grant.require(Permission::Settle)?;
    let missing = Error::NotFound(Noun::Card);
    let Some(serial) = Sandbox::new(db.vault()).serial(number.expose()) else { return Err(missing) };
    let found: Option<(CardId, AgentId)> = sql!(
        db,
        fetch_optional,
        "select id, agent_id from cards where organisation_id = $1 and environment = $2 and serial = $3",
        grant.organisation(),
        grant.environment(),
        i64::from(serial)
    )?;
    found.filter(|(_, agent)| grant.reaches(agent)).map(|(card, _)| card).ok_or(missing)
}
