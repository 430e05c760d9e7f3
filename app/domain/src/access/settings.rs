//! The organisation's settings: name, time zone, and how much may be raised by one person.
use super::{
    Grant, Permission, Role,
    approvals::{Change, Consent, Effect, proposed},
    members::house,
};
use crate::{
    Error, Result,
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    error::{Noun, fresh},
    ids::PersonId,
    limits::{self, alerts::Levels},
    name::Name,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The highest threshold: an amount cannot be higher.
pub const MOST_THRESHOLD: i64 = crate::money::Amount::MAX.minor();

/// What is set for an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Settings {
    /// Its name.
    pub name: String,
    /// Its time zone: calendar windows of limits turn there.
    pub time_zone: String,
    /// Raising a live limit above so many minor units needs a second person.
    pub approval_threshold: i64,
    /// At how many percent of its limit an agent is told of.
    #[sqlx(try_from = "String")]
    pub limit_alerts: Levels,
    /// Raised by every change.
    pub version: i64,
}

/// What is set for the grant's organisation.
pub async fn get(db: &Db, grant: &Grant) -> Result<Settings> {
    grant.require(Permission::View)?;
    Ok(sql!(
        db,
        fetch_one,
        "select name, time_zone, approval_threshold, limit_alerts, version from organisations where id = $1",
        grant.organisation()
    )?)
}

/// What an owner is about to change, and who that is.
pub(crate) struct Seen {
    /// The settings as they are.
    pub settings: Settings,
    /// Whoever changes them.
    pub actor: PersonId,
    /// Their role.
    pub role: Role,
}

/// The settings under the lock, if they are those that the caller saw and the caller is an owner.
pub(crate) async fn seen(tx: &mut Tx, grant: &Grant, version: i64) -> Result<Seen> {
    house::lock(tx, grant).await?;
    let (actor, role) = house::acting(tx, grant).await?;
    house::may_give(role, Role::Owner)?;
    let settings: Settings = sql!(
        tx,
        fetch_one,
        "select name, time_zone, approval_threshold, limit_alerts, version from organisations where id = $1",
        grant.organisation()
    )?;
    fresh(Some(version), settings.version, "the settings")?;
    Ok(Seen { settings, actor, role })
}

/// Changes name and time zone. With another zone the windows of every limit are counted anew in the same change.
pub struct ChangeSettings {
    /// The new name.
    pub name: Name,
    /// The new zone.
    pub zone: Tz,
    /// The version that the caller saw.
    pub version: i64,
}

impl Command for ChangeSettings {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::ManageOrganisation
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let before = seen(tx, grant, self.version).await?.settings;
        sql!(
            tx,
            execute,
            "update organisations set name = $2, time_zone = $3, version = version + 1 where id = $1",
            grant.organisation(),
            self.name.as_str(),
            self.zone.name()
        )?;
        if before.time_zone != self.zone.name() {
            limits::rebuild(tx, grant.organisation(), self.zone).await?;
        }
        let subject = Subject::new(Noun::Organisation, grant.organisation(), self.name.as_str());
        let trail = Trail::new(Action::SettingsChanged, subject)
            .before(json!({ "name": before.name, "timeZone": before.time_zone }))
            .after(json!({ "name": self.name.as_str(), "timeZone": self.zone.name() }));
        Ok(((), trail.organisation_wide()))
    }
}

/// Changes what needs a second person. Where there is another owner, it needs one itself.
pub struct ChangeThreshold {
    /// Raising a live limit above so many minor units needs a second person.
    pub threshold: i64,
    /// The version that the caller saw.
    pub version: i64,
}

impl Command for ChangeThreshold {
    type Output = Effect;

    fn permission(&self) -> Permission {
        Permission::ManageOrganisation
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Effect, Trail)> {
        self.make(grant, tx, Consent::NotAsked).await
    }
}

impl ChangeThreshold {
    /// Makes the change, or proposes it where a second person has to be asked.
    pub(super) async fn make(&self, grant: &Grant, tx: &mut Tx, consent: Consent) -> Result<(Effect, Trail)> {
        let before = seen(tx, grant, self.version).await?.settings;
        if !(0..=MOST_THRESHOLD).contains(&self.threshold) {
            return Err(Error::field("threshold", "must be from 0 to 10,000,000,000"));
        }
        if before.approval_threshold == self.threshold {
            return Err(Error::field("threshold", "is that already; choose another"));
        }
        let subject = Subject::new(Noun::Organisation, grant.organisation(), before.name);
        let change =
            Change::Threshold { before: before.approval_threshold, threshold: self.threshold, version: self.version };
        if let Some((id, trail)) = proposed(tx, grant, consent, &change, &subject).await? {
            return Ok((Effect::Proposed(id), trail));
        }
        sql!(
            tx,
            execute,
            "update organisations set approval_threshold = $2, version = version + 1 where id = $1",
            grant.organisation(),
            self.threshold
        )?;
        let trail = Trail::new(Action::SettingsChanged, subject)
            .before(json!({ "approvalThreshold": before.approval_threshold }))
            .after(json!({ "approvalThreshold": self.threshold }));
        Ok((Effect::Done, trail.organisation_wide()))
    }
}
