//! Making and changing policies.
use super::{MOST, store};
use crate::{
    Error, Result,
    access::{
        Grant, Permission,
        approvals::{self, Consent, Effect, proposed},
    },
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    environment::Environment,
    error::{Code, Noun, fresh},
    ids::PolicyId,
    limits::{
        store::organisation_zone,
        terms::{Change, OnExpiry, Terms},
        wider::{most, widens},
    },
    money::Amount,
    name::{Line, Name},
    time::MINUTE,
};
use serde_json::json;

/// Makes a policy.
pub struct CreatePolicy {
    /// Its name: no other policy of the environment has it.
    pub name: Name,
    /// What it is for.
    pub description: Option<Line>,
    /// What it sets.
    pub set: Change,
}

/// Changes a policy, and with it every open card that inherits it.
pub struct UpdatePolicy {
    /// Which.
    pub id: PolicyId,
    /// Another name.
    pub name: Option<Name>,
    /// Another description, or none.
    pub description: Option<Option<Line>>,
    /// What it sets from now on.
    pub set: Change,
    /// Why, for the audit log: people always say it.
    pub reason: Option<Line>,
    /// The version that the caller saw; absent: any.
    pub version: Option<i64>,
}

/// Two at once must not both take a name, or both be the last that there is room for: the organisation's row is the lock.
async fn one_at_a_time(tx: &mut Tx, grant: &Grant) -> Result<()> {
    sql!(tx, execute, "update organisations set version = version where id = $1", grant.organisation())?;
    Ok(())
}

async fn free(tx: &mut Tx, grant: &Grant, name: &Name, but: Option<&PolicyId>) -> Result<()> {
    let taken: Option<PolicyId> = sql!(
        tx,
        scalar_optional,
        "select id from policies where organisation_id = $1 and environment = $2 and name = $3",
        grant.organisation(),
        grant.environment(),
        name.as_str()
    )?;
    match taken {
        Some(id) if Some(&id) != but => {
            Err(Error::state(Code::NameTaken, format!("Another policy is called {name}; choose another name.")))
        }
        _ => Ok(()),
    }
}

impl Command for CreatePolicy {
    type Output = PolicyId;

    fn permission(&self) -> Permission {
        Permission::RaiseLimit
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(PolicyId, Trail)> {
        one_at_a_time(tx, grant).await?;
        let zone = organisation_zone(tx, grant).await?;
        let terms = self.set.clone().apply(&Terms::default(), zone)?;
        free(tx, grant, &self.name, None).await?;
        let there: i64 = sql!(
            tx,
            scalar,
            "select count(*) from policies where organisation_id = $1 and environment = $2",
            grant.organisation(),
            grant.environment()
        )?;
        if there >= MOST {
            return Err(Error::field("name", format!("cannot be added: {MOST} policies are the most")));
        }
        let now = tx.now();
        let id = PolicyId::new(now, tx.chance());
        sql!(
            tx,
            execute,
            "insert into policies (organisation_id, environment, id, name, description, restrictions, ttl_minutes,
                                   on_expiry, merchant_hint, intent_tolerance_bp, credential_exposure, created_at,
                                   updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
            grant.organisation(),
            grant.environment(),
            &id,
            self.name.as_str(),
            self.description.as_ref().map(Line::as_str),
            serde_json::to_string(&terms.rules).map_err(Error::broken)?,
            terms.ttl_minutes,
            terms.on_expiry,
            &terms.merchant_hint,
            terms.intent_tolerance,
            terms.exposure,
            now
        )?;
        let trail = Trail::new(Action::PolicyCreated, Subject::new(Noun::Policy, &id, self.name.as_str()))
            .after(json!({ "description": self.description.as_ref().map(Line::as_str), "terms": terms }));
        Ok((id, trail))
    }
}

/// Whether a second person has to be asked: of live rules that let more through, where a single purchase may then be
/// above the organisation's threshold.
pub(crate) async fn asks(tx: &mut Tx, grant: &Grant, before: &Terms, after: &Terms) -> Result<bool> {
    Ok(widens(before, after) && above(tx, grant, most(&after.rules)).await?)
}

/// Whether a live purchase that may take `most`, or as much as there is, may be above the organisation's threshold.
pub(crate) async fn above(tx: &mut Tx, grant: &Grant, most: Option<Amount>) -> Result<bool> {
    if grant.environment() != Environment::Live {
        return Ok(false);
    }
    let threshold: i64 =
        sql!(tx, scalar, "select approval_threshold from organisations where id = $1", grant.organisation())?;
    Ok(most.is_none_or(|most| most.minor() > threshold))
}

impl Command for UpdatePolicy {
    type Output = Effect;

    fn permission(&self) -> Permission {
        Permission::RaiseLimit
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Effect, Trail)> {
        self.make(grant, tx, Consent::NotAsked).await
    }
}

impl UpdatePolicy {
    /// Changes it, or proposes that where a second person has to be asked.
    pub(crate) async fn make(&self, grant: &Grant, tx: &mut Tx, consent: Consent) -> Result<(Effect, Trail)> {
        if self.name.is_some() {
            one_at_a_time(tx, grant).await?;
        }
        let before = store::read(tx, grant, &self.id).await?;
        fresh(self.version, before.version, "this policy")?;
        let zone = organisation_zone(tx, grant).await?;
        let terms = self.set.clone().apply(&before.terms, zone)?;
        if before.terms.rules.per_purchase().is_some() && terms.rules.per_purchase().is_none() {
            self.caps_nothing(grant, tx).await?;
        }
        let name = self.name.as_ref().map_or(before.name.as_str(), Name::as_str);
        if let Some(name) = &self.name {
            free(tx, grant, name, Some(&self.id)).await?;
        }
        let description = match &self.description {
            Some(changed) => changed.as_ref().map(|line| line.as_str().to_owned()),
            None => before.description.clone(),
        };
        if asks(tx, grant, &before.terms, &terms).await? {
            let change = approvals::Change::Policy {
                policy: self.id.clone(),
                name: name.to_owned(),
                description: description.clone(),
                before: before.terms.clone(),
                after: terms.clone(),
                reason: self.reason.clone().map(String::from),
                version: before.version,
            };
            let subject = Subject::new(Noun::Policy, &self.id, &before.name);
            if let Some((id, trail)) = proposed(tx, grant, consent, &change, &subject).await? {
                return Ok((Effect::Proposed(id), trail));
            }
        }
        let now = tx.now();
        sql!(
            tx,
            execute,
            "update policies set name = $4, description = $5, restrictions = $6, ttl_minutes = $7, on_expiry = $8,
                                 merchant_hint = $9, intent_tolerance_bp = $10, credential_exposure = $11,
                                 updated_at = $12, version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            name,
            &description,
            serde_json::to_string(&terms.rules).map_err(Error::broken)?,
            terms.ttl_minutes,
            terms.on_expiry,
            &terms.merchant_hint,
            terms.intent_tolerance,
            terms.exposure,
            now
        )?;
        if (terms.ttl_minutes, terms.on_expiry) != (before.terms.ttl_minutes, before.terms.on_expiry) {
            lifetimes(tx, grant, &self.id, &terms).await?;
        }
        let trail = Trail::new(Action::PolicyChanged, Subject::new(Noun::Policy, &self.id, name))
            .before(json!({ "name": before.name, "description": before.description, "terms": before.terms }))
            .after(json!({ "name": name, "description": description, "terms": terms }))
            .because(self.reason.as_ref());
        Ok((Effect::Done, trail))
    }
}

impl UpdatePolicy {
    /// Refuses to take the most per purchase away while it is the compulsory cap of open single-use cards. Whoever gives
    /// or takes a card's own cap locks the policy first, so none comes to depend on it meanwhile.
    async fn caps_nothing(&self, grant: &Grant, tx: &mut Tx) -> Result<()> {
        let cards: i64 = sql!(
            tx,
            scalar,
            "select count(*) from cards
             where organisation_id = $1 and environment = $2 and policy_id = $3 and type = 'single'
               and status <> 'closed' and max_amount is null",
            grant.organisation(),
            grant.environment(),
            &self.id
        )?;
        let them = match cards {
            0 => return Ok(()),
            1 => {
                "1 open single-use card that sets none itself; leave it, or give that card a maxAmount first".to_owned()
            }
            many => format!(
                "{many} open single-use cards that set none themselves; leave it, or give those cards a maxAmount first"
            ),
        };
        Err(Error::field("maxAmount", format!("cannot be taken away: it is the cap of {them}")))
    }
}

/// Lays the ends of the cards that inherit the policy anew, as [`crate::limits::terms::lifetime`] would for each.
async fn lifetimes(tx: &mut Tx, grant: &Grant, id: &PolicyId, terms: &Terms) -> Result<()> {
    sql!(
        tx,
        execute,
        "update cards set ends_at = created_at + coalesce(ttl_minutes, $4) * $6,
                          at_end = case when coalesce(ttl_minutes, $4) is null then null
                                        else coalesce(on_expiry, $5) end
         where organisation_id = $1 and environment = $2 and policy_id = $3 and status <> 'closed'",
        grant.organisation(),
        grant.environment(),
        id,
        terms.ttl_minutes,
        terms.on_expiry.unwrap_or(OnExpiry::Close),
        MINUTE
    )?;
    Ok(())
}
