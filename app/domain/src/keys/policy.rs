//! How long keys of an organisation may live at most, and what becomes of those that nobody uses.
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    error::{Noun, fresh},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The longest life that can be set, days.
pub const MOST_DAYS: i64 = 3_650;

/// What an organisation sets for its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct KeyPolicy {
    /// The longest life of a key in days; none: no limit.
    pub longest_days: Option<i64>,
    /// Whether keys that nobody uses are disabled.
    pub disable_idle: bool,
}

/// What the organisation sets.
pub async fn policy(db: &Db, grant: &Grant) -> Result<KeyPolicy> {
    grant.require(Permission::View)?;
    Ok(sql!(
        db,
        fetch_one,
        "select key_max_age_days as longest_days, key_idle_disable as disable_idle from organisations where id = $1",
        grant.organisation()
    )?)
}

/// Sets it. Keys that are there keep their ends; making and changing one is held to it.
pub struct SetKeyPolicy {
    /// The new policy.
    pub policy: KeyPolicy,
    /// The version of the organisation's settings that the caller saw; none: whatever they are.
    pub version: Option<i64>,
}

impl Command for SetKeyPolicy {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::ChangeSecurity
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let KeyPolicy { longest_days, disable_idle } = self.policy;
        if longest_days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
            return Err(Error::field("days", format!("must be a whole number from 1 to {MOST_DAYS}, or empty")));
        }
        let before: Option<(String, Option<i64>, bool, i64)> = sql!(
            tx,
            fetch_optional,
            "update organisations set version = version + 1 where id = $1
             returning name, key_max_age_days, key_idle_disable, version - 1",
            grant.organisation()
        )?;
        let (name, days_before, idle_before, version) = before.ok_or(Error::NotFound(Noun::Organisation))?;
        fresh(self.version, version, "the settings")?;
        sql!(
            tx,
            execute,
            "update organisations set key_max_age_days = $2, key_idle_disable = $3 where id = $1",
            grant.organisation(),
            longest_days,
            disable_idle
        )?;
        let subject = Subject::new(Noun::Organisation, grant.organisation(), name);
        let trail = Trail::new(Action::KeyPolicyChanged, subject)
            .before(json!({ "longestLifeDays": days_before, "disableIdle": idle_before }))
            .after(json!({ "longestLifeDays": longest_days, "disableIdle": disable_idle }));
        Ok(((), trail.organisation_wide()))
    }
}
