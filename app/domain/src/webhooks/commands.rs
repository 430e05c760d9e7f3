//! Changes to endpoints.
use super::{Endpoint, EndpointStatus, EventType, guard, signature, store::Row};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Noun, fresh, stale},
    ids::EndpointId,
    name::Line,
    secret::Plain,
    vault::Place,
};
use ipnet::IpNet;
use serde_json::{Value, json};
use url::Url;

/// The most endpoints of an environment.
pub const MOST_ENDPOINTS: i64 = 20;

/// What others may have changed meanwhile.
const THIS: &str = "this endpoint";

/// A new endpoint, enabled from the start.
pub struct CreateEndpoint {
    /// Where it is called.
    pub url: String,
    /// What it is for.
    pub description: Option<Line>,
    /// The types it asks for; empty means all.
    pub events: Vec<EventType>,
    /// The networks of its own that the operator lets be called.
    pub allow: Vec<IpNet>,
}

/// An endpoint that was just made: the only moment at which its secret is shown.
pub struct CreatedEndpoint {
    /// Its id.
    pub id: EndpointId,
    /// The key of its signatures, `whsec_…`.
    pub secret: Plain,
}

/// Where the sealed secret of an endpoint lies.
pub(super) fn place<'a>(organisation: &'a str, endpoint: &'a EndpointId) -> Place<'a> {
    Place { table: "webhook_endpoints", column: "secret", organisation, row: endpoint.as_str() }
}

fn judged(url: &str, allow: &[IpNet]) -> Result<Url> {
    let target = guard::parse(url.trim(), allow).map_err(|why| Error::field("url", why.to_string()))?;
    Ok(target.url)
}

fn list(events: &[EventType]) -> Vec<EventType> {
    let mut list = events.to_vec();
    list.sort_unstable();
    list.dedup();
    list
}

pub(super) fn subject(id: &EndpointId, url: &str) -> Subject {
    Subject::new(Noun::Endpoint, id, origin(url))
}

/// The part of an address that the audit log keeps: paths and queries of receivers often hold a secret.
fn origin(url: &str) -> String {
    Url::parse(url).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}

fn facts(endpoint: &Endpoint) -> Value {
    json!({
        "origin": origin(&endpoint.url),
        "description": endpoint.description,
        "events": endpoint.events,
        "status": endpoint.status,
    })
}

pub(super) async fn read(grant: &Grant, tx: &mut Tx, id: &EndpointId) -> Result<Endpoint> {
    let row: Option<Row> = sql!(
        tx,
        fetch_optional,
        "select id, url, description, events, status, disabled_reason, version, created_at from webhook_endpoints
         where organisation_id = $1 and environment = $2 and id = $3 and status <> 'deleted'",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    row.ok_or(Error::NotFound(Noun::Endpoint))?.endpoint()
}

impl Command for CreateEndpoint {
    type Output = CreatedEndpoint;

    fn permission(&self) -> Permission {
        Permission::ManageWebhooks
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(CreatedEndpoint, Trail)> {
        let url = judged(&self.url, &self.allow)?;
        let (organisation, environment, now) = (grant.organisation(), grant.environment(), tx.now());
        // Two at once must not both be the twentieth: the organisation's row is the lock.
        sql!(tx, execute, "update organisations set name = name where id = $1", organisation)?;
        let there: i64 = sql!(
            tx,
            scalar,
            "select count(*) from webhook_endpoints
             where organisation_id = $1 and environment = $2 and status <> 'deleted'",
            organisation,
            environment
        )?;
        if there >= MOST_ENDPOINTS {
            let why =
                format!("cannot be added: an environment has at most {MOST_ENDPOINTS} endpoints; delete one first");
            return Err(Error::field("url", why));
        }
        let id = EndpointId::new(now, tx.chance());
        let secret = Plain::new(signature::secret(&tx.chance().bytes()));
        let sealed = tx.vault().seal(place(organisation.as_str(), &id), &secret, tx.chance());
        let endpoint = Endpoint {
            id: id.clone(),
            url: url.to_string(),
            description: self.description.clone().map(String::from).unwrap_or_default(),
            events: list(&self.events),
            status: EndpointStatus::Enabled,
            disabled_reason: None,
            version: 1,
            created_at: now,
        };
        sql!(
            tx,
            execute,
            "insert into webhook_endpoints
                 (organisation_id, environment, id, url, description, events, status, secret, version, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)",
            organisation,
            environment,
            &id,
            &endpoint.url,
            &endpoint.description,
            json!(endpoint.events).to_string(),
            endpoint.status,
            sealed,
            now
        )?;
        let trail = Trail::new(Action::EndpointCreated, subject(&id, &endpoint.url)).after(facts(&endpoint));
        Ok((CreatedEndpoint { id, secret }, trail))
    }
}

/// Changes an endpoint; what is absent stays.
pub struct UpdateEndpoint {
    /// Which endpoint.
    pub id: EndpointId,
    /// The version that the editor saw; absent means whatever it is now.
    pub version: Option<i64>,
    /// Where it is called.
    pub url: Option<String>,
    /// What it is for; `Some(None)` empties it.
    pub description: Option<Option<Line>>,
    /// The types it asks for; an empty list means all.
    pub events: Option<Vec<EventType>>,
    /// Whether it is called. What waited while it was off is due at once when it is on again.
    pub status: Option<EndpointStatus>,
    /// The networks of its own that the operator lets be called.
    pub allow: Vec<IpNet>,
}

impl Command for UpdateEndpoint {
    /// The endpoint as it now is.
    type Output = Endpoint;

    fn permission(&self) -> Permission {
        Permission::ManageWebhooks
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Endpoint, Trail)> {
        let before = read(grant, tx, &self.id).await?;
        fresh(self.version, before.version, THIS)?;
        let mut after = before.clone();
        after.version += 1;
        if let Some(url) = &self.url {
            after.url = judged(url, &self.allow)?.to_string();
        }
        if let Some(description) = &self.description {
            after.description = description.clone().map(String::from).unwrap_or_default();
        }
        if let Some(events) = &self.events {
            after.events = list(events);
        }
        if let Some(status) = self.status.filter(|status| *status != before.status) {
            after.status = status;
            after.disabled_reason = None;
        }
        let rows = sql!(
            tx,
            execute,
            "update webhook_endpoints
             set url = $4, description = $5, events = $6, status = $7, disabled_reason = $8, version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3 and version = $9 and status <> 'deleted'",
            grant.organisation(),
            grant.environment(),
            &self.id,
            &after.url,
            &after.description,
            json!(after.events).to_string(),
            after.status,
            &after.disabled_reason,
            before.version
        )?;
        if rows == 0 {
            return Err(stale(THIS));
        }
        let mut changed = facts(&after);
        // The address itself is not logged, but that it changed is.
        changed["urlChanged"] = json!(before.url != after.url);
        let trail =
            Trail::new(Action::EndpointChanged, subject(&self.id, &after.url)).before(facts(&before)).after(changed);
        Ok((after, trail))
    }
}

/// Removes an endpoint for good; what still waited for it is given up.
pub struct DeleteEndpoint {
    /// Which endpoint.
    pub id: EndpointId,
}

impl Command for DeleteEndpoint {
    /// How many deliveries were given up.
    type Output = u64;

    fn permission(&self) -> Permission {
        Permission::ManageWebhooks
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(u64, Trail)> {
        let before = read(grant, tx, &self.id).await?;
        let now = tx.now();
        sql!(
            tx,
            execute,
            "update webhook_endpoints set status = 'deleted', version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id
        )?;
        let given_up = sql!(
            tx,
            execute,
            "update deliveries set state = 'abandoned', next_attempt_at = null, claimed_at = null, finished_at = $4,
                                   last_result = 'endpoint_deleted'
             where organisation_id = $1 and environment = $2 and endpoint_id = $3 and state = 'pending'",
            grant.organisation(),
            grant.environment(),
            &self.id,
            now
        )?;
        let trail = Trail::new(Action::EndpointDeleted, subject(&self.id, &before.url))
            .before(facts(&before))
            .after(json!({ "abandonedDeliveries": given_up }));
        Ok((given_up, trail))
    }
}

/// Turns an endpoint off because its receiver asked for it (410).
pub(super) struct DisableEndpoint {
    pub id: EndpointId,
    pub reason: &'static str,
}

impl Command for DisableEndpoint {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Housekeep
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let url: Option<String> = sql!(
            tx,
            scalar_optional,
            "update webhook_endpoints set status = 'disabled', disabled_reason = $4, version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3 and status = 'enabled' returning url",
            grant.organisation(),
            grant.environment(),
            &self.id,
            self.reason
        )?;
        let url = url.ok_or_else(|| stale(THIS))?;
        let trail = Trail::new(Action::EndpointChanged, subject(&self.id, &url))
            .before(json!({ "status": EndpointStatus::Enabled }))
            .after(json!({ "status": EndpointStatus::Disabled }))
            .reason(self.reason);
        Ok(((), trail))
    }
}
