//! The rows of saved views.
use super::{Screen, View};
use crate::{
    Error, Result,
    access::{Actor, Grant, Permission},
    db::{Db, Tx, sql},
    error::Noun,
    ids::{PersonId, ViewId},
};

/// Every column of [`View`] for the reader `$3`, of what that reader sees.
macro_rules! views_where {
    ($more:literal) => {
        concat!(
            "select v.id, v.screen, v.name, v.query, v.shared, v.person_id, p.name as person_name,
                    c.view_id is not null as chosen
             from views v
             join people p on p.organisation_id = v.organisation_id and p.id = v.person_id
             left join views_chosen c on c.organisation_id = v.organisation_id and c.environment = v.environment
                                     and c.person_id = $3 and c.screen = v.screen and c.view_id = v.id
             where v.organisation_id = $1 and v.environment = $2 and (v.shared or v.person_id = $3)",
            $more
        )
    };
}

/// The person whose views these are.
pub(super) fn reader(grant: &Grant) -> Result<&PersonId> {
    grant.require(Permission::View)?;
    match grant.actor() {
        Actor::Person { id, .. } => Ok(id),
        _ => Err(Error::Denied(Permission::View)),
    }
}

/// The views of a list that the grant's holder sees, by name.
pub async fn list(db: &Db, grant: &Grant, screen: Screen) -> Result<Vec<View>> {
    let reader = reader(grant)?;
    let text = views_where!(" and v.screen = $4 order by v.name, v.id limit 500");
    Ok(sql!(db, fetch_all, text, grant.organisation(), grant.environment(), reader, screen)?)
}

/// The views of every list that the grant's holder sees, by list and name.
pub async fn all(db: &Db, grant: &Grant) -> Result<Vec<View>> {
    let reader = reader(grant)?;
    let text = views_where!(" order by v.screen, v.name, v.id limit 2000");
    Ok(sql!(db, fetch_all, text, grant.organisation(), grant.environment(), reader)?)
}

/// One view.
pub async fn get(db: &Db, grant: &Grant, id: &ViewId) -> Result<View> {
    let reader = reader(grant)?;
    let found: Option<View> = sql!(
        db,
        fetch_optional,
        views_where!(" and v.id = $4"),
        grant.organisation(),
        grant.environment(),
        reader,
        id
    )?;
    found.ok_or(Error::NotFound(Noun::View))
}

/// The same within a change.
pub(super) async fn in_change(tx: &mut Tx, grant: &Grant, id: &ViewId) -> Result<View> {
    let reader = reader(grant)?;
    let found: Option<View> = sql!(
        tx,
        fetch_optional,
        views_where!(" and v.id = $4"),
        grant.organisation(),
        grant.environment(),
        reader,
        id
    )?;
    found.ok_or(Error::NotFound(Noun::View))
}
