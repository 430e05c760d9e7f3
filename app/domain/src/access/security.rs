//! What an organisation asks of its people at the door.
use super::{
    Grant, Permission, Role, Security,
    approvals::{Change, Consent, Effect, proposed},
    members::house,
};
use crate::{
    Error, Result,
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    error::{Code, Noun},
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
    /// The settings that the caller saw.
    pub before: Security,
    /// The new ones.
    pub after: Security,
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
        let (before, after) = (self.before, self.after);
        if !IDLE_MINUTES.contains(&after.idle_minutes) {
            return Err(Error::field("idle_minutes", "must be from 5 to 60"));
        }
        house::lock(tx, grant).await?;
        let (actor, acting) = house::acting(tx, grant).await?;
        house::may_give(acting, Role::Owner)?;
        let (name, now): (String, Security) = {
            let row: NamedRow = sql!(
                tx,
                fetch_one,
                "select name, second_factor_roles, passkey_roles, idle_minutes from organisations where id = $1",
                grant.organisation()
            )?;
            (row.name, row.security)
        };
        if now != before {
            return Err(Error::state(Code::StaleEdit, "The settings were changed meanwhile. Look again."));
        }
        let own: i64 = sql!(
            tx,
            scalar,
            "select count(*) from passkeys where organisation_id = $1 and person_id = $2",
            grant.organisation(),
            actor
        )?;
        if after.passkey_roles.has(acting) && own == 0 {
            return Err(Error::field(
                "passkey_roles",
                "cannot have your own role before you have a passkey: add one first",
            ));
        }
        let subject = Subject::new(Noun::Organisation, grant.organisation(), name);
        let change = Change::Security { before, after };
        if after.asks_less_than(before)
            && let Some((id, trail)) = proposed(tx, grant, consent, &change, &subject).await?
        {
            return Ok((Effect::Proposed(id), trail));
        }
        sql!(
            tx,
            execute,
            "update organisations set second_factor_roles = $2, passkey_roles = $3, idle_minutes = $4 where id = $1",
            grant.organisation(),
            after.second_factor_roles,
            after.passkey_roles,
            after.idle_minutes
        )?;
        let trail = Trail::new(Action::SecurityChanged, subject).before(json!(before)).after(json!(after));
        Ok((Effect::Done, trail.organisation_wide()))
    }
}

#[derive(sqlx::FromRow)]
struct NamedRow {
    name: String,
    #[sqlx(flatten)]
    security: Security,
}
