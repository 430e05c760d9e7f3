//! How long keys of an organisation may live at most.
use crate::{
    Error, Result,
    access::{Grant, Permission, settings},
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    error::Noun,
};
use serde_json::json;

/// The longest life that can be set, days.
pub const MOST_DAYS: i64 = 3_650;

/// The longest life of a key in days, where the organisation set one.
pub async fn longest_life(db: &Db, grant: &Grant) -> Result<Option<i64>> {
    grant.require(Permission::View)?;
    Ok(sql!(db, scalar, "select key_max_age_days from organisations where id = $1", grant.organisation())?)
}

/// Sets or lifts the longest life of keys. Keys that are there keep their ends; making and changing one is held to it.
pub struct SetLongestLife {
    /// Days; none: no limit.
    pub days: Option<i64>,
    /// The version of the organisation's settings that the caller saw; none: whatever they are.
    pub version: Option<i64>,
}

impl Command for SetLongestLife {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::ChangeSecurity
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        if self.days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
            return Err(Error::field("days", format!("must be a whole number from 1 to {MOST_DAYS}, or empty")));
        }
        let before: Option<(String, Option<i64>, i64)> = sql!(
            tx,
            fetch_optional,
            "update organisations set version = version + 1 where id = $1
             returning name, key_max_age_days, version - 1",
            grant.organisation()
        )?;
        let (name, before, version) = before.ok_or(Error::NotFound(Noun::Organisation))?;
        settings::same(self.version, version)?;
        sql!(
            tx,
            execute,
            "update organisations set key_max_age_days = $2 where id = $1",
            grant.organisation(),
            self.days
        )?;
        let subject = Subject::new(Noun::Organisation, grant.organisation(), name);
        let trail = Trail::new(Action::KeyPolicyChanged, subject)
            .before(json!({ "longestLifeDays": before }))
            .after(json!({ "longestLifeDays": self.days }));
        Ok(((), trail.organisation_wide()))
    }
}
