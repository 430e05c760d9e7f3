//! Power as a value: a [`Grant`] is made by a guard of this slice and by nobody else.
use super::permission::{Permission, Permissions, Role};
use crate::{
    Error, Result,
    environment::Environment,
    ids::{AgentId, KeyId, OrganisationId, PersonId, RequestId, TokenId},
    keys::{Scope, Scopes},
    text::words,
    time::{MINUTE, Timestamp},
};
use std::net::IpAddr;

/// For how long a factor that was shown counts as fresh.
pub const FRESH_MS: i64 = 5 * MINUTE;

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person, signed in to the dashboard.
    Person {
        /// Who.
        id: PersonId,
        /// The name that the audit log shows.
        name: String,
        /// The role at the time of the request.
        role: Role,
    },
    /// A backend with an API key.
    Key {
        /// Which key.
        id: KeyId,
        /// Its name.
        name: String,
    },
    /// An agent with a token of its own.
    Token {
        /// Which token.
        id: TokenId,
        /// The only agent that it reaches.
        agent: AgentId,
    },
    /// A job of this process.
    Job(Job),
    /// The door: set-up, sign-in, before anybody is known.
    Door,
}

impl Actor {
    /// The kind of actor in one word, and its id where it has one.
    pub(crate) fn kind_and_id(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Person { id, .. } => ("person", Some(id.as_str())),
            Self::Key { id, .. } => ("api_key", Some(id.as_str())),
            Self::Token { id, .. } => ("agent_token", Some(id.as_str())),
            Self::Job(_) => ("job", None),
            Self::Door => ("door", None),
        }
    }
}

words! {
    /// The jobs that act on rows of an organisation.
    Job {
        /// Delivers webhooks.
        Deliveries = "deliveries",
        /// Expires intents.
        Expiry = "expiry",
        /// Sends mail, and starts what is sent by it.
        Mail = "mail",
        /// A command that somebody gave on the host itself.
        Host = "operator of the host",
    }
}

/// Where a request came from, for the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The id that the answer carries.
    pub request: Option<RequestId>,
    /// The source address.
    pub address: Option<IpAddr>,
    /// The client as it names itself, shortened.
    pub client: Option<String>,
    /// How the person signed in.
    pub sign_in: Option<String>,
}

/// The power to act: an organisation, an environment, an actor and its permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    organisation: OrganisationId,
    environment: Environment,
    actor: Actor,
    permissions: Permissions,
    scopes: Scopes,
    origin: Origin,
    /// Of the permissions, those that ask for a factor shown lately.
    step_up: Permissions,
    /// When a factor was last shown.
    factor_at: Timestamp,
}

impl Grant {
    /// Only guards of `access` make grants.
    pub(in crate::access) fn new(
        organisation: OrganisationId,
        environment: Environment,
        actor: Actor,
        permissions: Permissions,
        origin: Origin,
    ) -> Self {
        let (step_up, factor_at) = (Permissions::default(), Timestamp::default());
        let scopes = Scopes::FULL;
        Self { organisation, environment, actor, permissions, scopes, origin, step_up, factor_at }
    }

    /// The same, kept to the scopes of an API key.
    pub(in crate::access) fn scoped(self, scopes: Scopes) -> Self {
        Self { scopes, ..self }
    }

    /// The same power, of which `step_up` is held only for as long as the factor shown at `factor_at` is fresh.
    pub(in crate::access) fn stepping(mut self, step_up: Permissions, factor_at: Timestamp) -> Self {
        (self.step_up, self.factor_at) = (step_up, factor_at);
        self
    }

    /// The tenant: every query filters by it.
    pub fn organisation(&self) -> &OrganisationId {
        &self.organisation
    }
    /// The environment: every query filters by it.
    pub fn environment(&self) -> Environment {
        self.environment
    }
    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
    /// Where the request came from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
    /// Whether the grant holds `permission`: for showing or hiding a control.
    pub fn has(&self, permission: Permission) -> bool {
        self.permissions.has(permission) && self.scopes.leaves(permission)
    }
    /// Ends with [`Error::Denied`] unless the grant holds `permission`.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.has(permission) { Ok(()) } else { Err(Error::Denied(permission)) }
    }
    /// Ends with [`Error::OutOfScope`] when the key's scopes keep it from a call that needs `scope`.
    pub fn require_scope(&self, scope: Scope) -> Result<()> {
        if self.scopes.allow(scope) { Ok(()) } else { Err(Error::OutOfScope(scope)) }
    }
    /// Whether the grant could use `permission` at `now` without showing a factor again.
    pub fn is_fresh(&self, permission: Permission, now: Timestamp) -> bool {
        !self.step_up.has(permission) || now.since(self.factor_at) <= FRESH_MS
    }
    /// Ends with [`Error::Denied`] unless the grant holds `permission`, and with [`Error::StepUp`] when that asks for a
    /// factor shown within [`FRESH_MS`] before `now`: for doing what the permission allows.
    pub fn demand(&self, permission: Permission, now: Timestamp) -> Result<()> {
        self.require(permission)?;
        if self.is_fresh(permission, now) { Ok(()) } else { Err(Error::StepUp(permission)) }
    }
    /// The only agent that this grant reaches, when it is an agent token's.
    pub fn only_agent(&self) -> Option<&AgentId> {
        match &self.actor {
            Actor::Token { agent, .. } => Some(agent),
            _ => None,
        }
    }
    /// Whether the grant reaches `agent`: an agent token reaches its own only.
    pub fn reaches(&self, agent: &AgentId) -> bool {
        self.only_agent().is_none_or(|own| own == agent)
    }
}
