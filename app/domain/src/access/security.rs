//! What an organisation asks of its people at the door.
use super::{
    Grant, Permission, Security,
    approvals::{Change, Consent, Effect, proposed},
    settings::{self, Seen},
};
use crate::{
    Error, Result,
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    error::Noun,
};
use serde_json::json;

/// Minutes of quiet after which a session may end, at least and at most.
pub const IDLE_MINUTES: std::ops::RangeInclusive<i64> = 5..=60;

/// The settings of the grant's organisation.
pub async fn security(db: &Db, grant: &Grant) -> Result<Security> {
    grant.require(Permission::ChangeSecurity)?;
    let found = sql!(
        db,
        fetch_one,
        "select second_factor_roles, passkey_roles, idle_minutes from organisations where id = $1",
        grant.organisation()
    )?;
    Ok(found)
}

/// Changes the settings; they hold from the next request on, and a factor is asked for at the next sign-in. Where there
/// is another owner, asking for less needs their approval; asking for more does not.
pub struct ChangeSecurity {
    /// The new settings.
    pub after: Security,
    /// The version of the organisation's settings that the caller saw.
    pub version: i64,
}

impl Command for ChangeSecurity {
    type Output = Effect;

    fn permission(&self) -> Permission {
        Permission::ChangeSecurity
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Effect, Trail)> {
        self.make(grant, tx, Consent::NotAsked).await
    }
}

impl ChangeSecurity {
    /// Makes the change, or proposes it where a second person has to be asked.
    pub(super) async fn make(&self, grant: &Grant, tx: &mut Tx, consent: Consent) -> Result<(Effect, Trail)> {
        let (after, version) = (self.after, self.version);
        if !IDLE_MINUTES.contains(&after.idle_minutes) {
            return Err(Error::field("idle_minutes", "must be from 5 to 60"));
        }
        let Seen { settings, actor, role } = settings::seen(tx, grant, version).await?;
        let before: Security = sql!(
            tx,
            fetch_one,
            "select second_factor_roles, passkey_roles, idle_minutes from organisations where id = $1",
            grant.organisation()
        )?;
        let own: i64 = sql!(
            tx,
            scalar,
            "select count(*) from passkeys where organisation_id = $1 and person_id = $2",
            grant.organisation(),
            &actor
        )?;
        if after.passkey_roles.has(role) && own == 0 {
            return Err(Error::field(
                "passkey_roles",
                "cannot have your own role before you have a passkey: add one first",
            ));
        }
        let subject = Subject::new(Noun::Organisation, grant.organisation(), settings.name);
        let change = Change::Security { before, after, version };
        if after.asks_less_than(before)
            && let Some((id, trail)) = proposed(tx, grant, consent, &change, &subject).await?
        {
            return Ok((Effect::Proposed(id), trail));
        }
        sql!(
            tx,
            execute,
            "update organisations
             set second_factor_roles = $2, passkey_roles = $3, idle_minutes = $4, version = version + 1 where id = $1",
            grant.organisation(),
            after.second_factor_roles,
            after.passkey_roles,
            after.idle_minutes
        )?;
        let trail = Trail::new(Action::SecurityChanged, subject).before(json!(before)).after(json!(after));
        Ok((Effect::Done, trail.organisation_wide()))
    }
}
