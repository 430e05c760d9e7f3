//! What an organisation asks of its people at the door.
use super::{Grant, Permission, Roles, members::house, settings};
use crate::{
    Error, Result,
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    error::Noun,
};
use serde_json::json;

/// Minutes of quiet after which a session may end, at least and at most.
pub const IDLE_MINUTES: std::ops::RangeInclusive<i64> = 5..=60;

/// The settings.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Security {
    /// Roles that must show a second factor.
    pub second_factor_roles: Roles,
    /// After how many quiet minutes a session ends, [`IDLE_MINUTES`].
    pub idle_minutes: i64,
}

/// The settings of the grant's organisation.
pub async fn security(db: &Db, grant: &Grant) -> Result<Security> {
    grant.require(Permission::ChangeSecurity)?;
    let found = sql!(
        db,
        fetch_one,
        "select second_factor_roles, idle_minutes from organisations where id = $1",
        grant.organisation()
    )?;
    Ok(found)
}

/// Changes the settings; they hold from the next request on, and a factor is asked for at the next sign-in.
pub struct ChangeSecurity {
    /// The new settings.
    pub settings: Security,
    /// The version of the organisation's settings that the caller saw; none: whatever they are.
    pub version: Option<i64>,
}

impl Command for ChangeSecurity {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::ChangeSecurity
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        if !IDLE_MINUTES.contains(&self.settings.idle_minutes) {
            return Err(Error::field("idle_minutes", "must be from 5 to 60"));
        }
        house::lock(tx, grant).await?;
        let before: (String, Roles, i64, i64) = sql!(
            tx,
            fetch_one,
            "select name, second_factor_roles, idle_minutes, version from organisations where id = $1",
            grant.organisation()
        )?;
        settings::same(self.version, before.3)?;
        sql!(
            tx,
            execute,
            "update organisations set second_factor_roles = $2, idle_minutes = $3, version = version + 1 where id = $1",
            grant.organisation(),
            self.settings.second_factor_roles,
            self.settings.idle_minutes
        )?;
        let told =
            |roles: Roles, minutes: i64| json!({ "secondFactorRoles": roles.to_string(), "idleMinutes": minutes });
        let trail =
            Trail::new(Action::SecurityChanged, Subject::new(Noun::Organisation, grant.organisation(), before.0))
                .before(told(before.1, before.2))
                .after(told(self.settings.second_factor_roles, self.settings.idle_minutes));
        Ok(((), trail.organisation_wide()))
    }
}
