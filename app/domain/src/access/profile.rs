//! What a person sets for themselves: name, and the zone in which they read times.
use super::{
    Grant, Permission,
    members::{self, house},
};
use crate::{
    Error, Result,
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    name::Name,
};
use chrono_tz::Tz;
use serde_json::json;

/// Changes the acting person's own name and zone.
pub struct ChangeProfile {
    /// The name that others see.
    pub name: Name,
    /// The zone in which they read times; none: the organisation's.
    pub zone: Option<Tz>,
    /// The version of the person that the caller saw; none: whatever it is.
    pub version: Option<i64>,
}

impl Command for ChangeProfile {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Enter
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        house::lock(tx, grant).await?;
        let (actor, _) = house::acting(tx, grant).await?;
        let before = members::find(tx, grant, &actor).await?;
        if self.version.is_some_and(|version| version != before.version) {
            return Err(Error::state(Code::StaleEdit, "You were changed meanwhile. Look again."));
        }
        let zone = self.zone.map(|zone| zone.name());
        sql!(
            tx,
            execute,
            "update people set name = $3, time_zone = $4, version = version + 1 where organisation_id = $1 and id = $2",
            grant.organisation(),
            &actor,
            self.name.as_str(),
            zone
        )?;
        let trail = Trail::new(Action::ProfileChanged, Subject::new(Noun::Person, &actor, self.name.as_str()))
            .before(json!({ "name": before.name, "timeZone": before.zone }))
            .after(json!({ "name": self.name.as_str(), "timeZone": zone }));
        Ok(((), trail.organisation_wide()))
    }
}
