//! The one error of the house. Its variants are named by what the caller does next.
use crate::{access::Permission, keys::Scope, text::words};
use std::fmt;

/// What went wrong, in words that may reach a person, except [`Error::Broken`], which is logged and replaced.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing for this caller: absent, another organisation's and another environment's are
    /// the same answer.
    #[error("no such {0}")]
    NotFound(Noun),
    /// The caller's role, key or token does not hold this permission.
    #[error("this needs the permission to {0}")]
    Denied(Permission),
    /// The API key's scopes do not hold this one.
    #[error("this needs the scope {0}")]
    OutOfScope(Scope),
    /// The caller may, once a factor is shown again: the last time was too long ago.
    #[error("this needs you to show that it is you: the permission to {0} asks for it every five minutes")]
    StepUp(Permission),
    /// Values that cannot be taken, each with the remedy.
    #[error("{0}")]
    Refused(Refused),
    /// The thing is in a state that forbids the action.
    #[error("{message}")]
    State {
        /// The documented code.
        code: Code,
        /// What stands in the way and what to do about it.
        message: String,
    },
    /// The database is busy or closing; the same call may succeed in a moment.
    #[error("the service is busy; try again in a moment")]
    Busy,
    /// Something that should not happen. The cause is for the log only.
    #[error("something went wrong on our side")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What this crate's functions give back.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A fault of ours, with its cause for the log.
    pub fn broken(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Broken(cause.into())
    }
    /// A refusal of one field.
    pub fn field(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Refused(Refused::default().field(name, why))
    }
    /// A state that forbids the action.
    pub fn state(code: Code, message: impl Into<String>) -> Self {
        Self::State { code, message: message.into() }
    }
}

/// Refuses to change a version that is not the present one any more of `what`, such as "this card". Where the caller names
/// none, the last writer wins.
#[cfg(feature = "store")]
pub(crate) fn fresh(seen: Option<i64>, present: i64, what: &str) -> Result<()> {
    if seen.is_none_or(|seen| seen == present) { Ok(()) } else { Err(stale(what)) }
}

/// The refusal of [`fresh`].
#[cfg(feature = "store")]
pub(crate) fn stale(what: &str) -> Error {
    let message = format!("Somebody changed {what} meanwhile; look again before you change anything.");
    Error::state(Code::StaleEdit, message)
}

/// The fields that were refused, in the order in which they were looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refused(pub Vec<(String, String)>);

impl Refused {
    /// Adds a field and why it was refused.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, why: impl Into<String>) -> Self {
        self.add(name, why);
        self
    }
    /// Adds a field and why it was refused.
    pub fn add(&mut self, name: impl Into<String>, why: impl Into<String>) {
        self.0.push((name.into(), why.into()));
    }
    /// Takes the value of one field, or notes why it was refused.
    pub fn take<T, E: fmt::Display>(&mut self, name: &str, value: Result<T, E>) -> Option<T> {
        value.map_err(|why| self.add(name, why.to_string())).ok()
    }
    /// `value` when nothing was refused.
    pub fn or<T>(self, value: T) -> Result<T> {
        if self.0.is_empty() { Ok(value) } else { Err(Error::Refused(self)) }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (field, why)) in self.0.iter().enumerate() {
            write!(f, "{}{field} {why}", if n > 0 { "; " } else { "" })?;
        }
        Ok(())
    }
}

words! {
    /// The kinds of things that can be missing.
    Noun {
        /// An API key.
        Key = "API key",
        /// A person of the organisation.
        Person = "person",
        /// A change that waits for a second person.
        Proposal = "proposal",
        /// An invitation.
        Invite = "invitation",
        /// A session of a person.
        Session = "session",
        /// A passkey of a person.
        Passkey = "passkey",
        /// An organisation.
        Organisation = "organisation",
        /// A funding user.
        User = "user",
        /// An agent.
        Agent = "agent",
        /// An agent token.
        Token = "agent token",
        /// A card.
        Card = "card",
        /// A policy that cards inherit.
        Policy = "policy",
        /// An intent.
        Intent = "intent",
        /// A credential read.
        Access = "credential read",
        /// A purchase.
        Purchase = "transaction",
        /// A dispute.
        Dispute = "dispute",
        /// Something that a risk rule found.
        Finding = "risk finding",
        /// A webhook endpoint.
        Endpoint = "webhook endpoint",
        /// A webhook delivery.
        Delivery = "webhook delivery",
        /// A call in the request log.
        Request = "request",
        /// A record of the audit log.
        Record = "record",
        /// The audit log or the request log.
        Log = "log",
        /// A saved view of a list.
        View = "view",
        /// A page or route.
        Page = "page",
    }
}

words! {
    /// Documented codes of states that forbid an action (`docs` of the API list them).
    Code {
        /// The operation needs an active card.
        CardNotActive = "card_not_active",
        /// The card is closed already.
        CardAlreadyClosed = "card_already_closed",
        /// The card is frozen already.
        CardAlreadyFrozen = "card_already_frozen",
        /// The card is not frozen, so it cannot be unfrozen.
        CardNotFrozen = "card_not_frozen",
        /// All spending of the organisation is stopped.
        OrganisationSuspended = "organization_suspended",
        /// Spending of the organisation is not stopped, so it cannot be allowed again.
        OrganisationNotSuspended = "organization_not_suspended",
        /// The agent is suspended.
        AgentSuspended = "agent_suspended",
        /// The agent is not suspended, so it cannot be resumed.
        AgentNotSuspended = "agent_not_suspended",
        /// The agent is deregistered; final.
        AgentClosed = "agent_closed",
        /// The agent has open cards, so it cannot be deregistered.
        OpenCards = "open_cards",
        /// The agent has purchases that are not settled, so it cannot be deregistered.
        OpenHolds = "open_transactions",
        /// The agent has its highest number of tokens.
        TokenLimitReached = "token_limit_reached",
        /// The agent has its highest number of open cards.
        CardLimitReached = "card_limit_reached",
        /// The user's application is not approved.
        UserNotApproved = "user_not_approved",
        /// The application is in a state that forbids this step.
        ApplicationState = "application_state",
        /// A pending intent must be declared before credentials are read.
        IntentRequired = "intent_required",
        /// The intent is not pending any more.
        IntentNotPending = "intent_not_pending",
        /// The intent waits for a person, and opens nothing until it is approved.
        IntentPendingApproval = "intent_pending_approval",
        /// The intent does not wait for approval any more.
        ApprovalNotPending = "approval_not_pending",
        /// Who declared a purchase does not approve it.
        OwnIntent = "requester_cannot_approve",
        /// The amount is above what one purchase with the card may take.
        MaxAmountExceeded = "max_amount_exceeded",
        /// The card's limit for a day, a month or its life has no room for the amount.
        CardLimitExceeded = "card_limit_exceeded",
        /// All purchases that the card may make are made.
        AuthCountExceeded = "auth_count_exceeded",
        /// The agent's limit has no room for the amount.
        SpendingLimitExceeded = "spending_limit_exceeded",
        /// The balance does not cover the amount.
        InsufficientFunds = "insufficient_funds",
        /// The card pays in another currency.
        CurrencyNotSupported = "currency_not_supported",
        /// The same caller's id was used with other content.
        IntentConflict = "intent_conflict",
        /// The card has as many open intents as it may have.
        TooManyIntents = "too_many_open_intents",
        /// The card never shows its credentials.
        ExposureForbidden = "exposure_forbidden",
        /// The details token was redeemed before.
        TokenSpent = "token_spent",
        /// The details token's 120 seconds are over.
        TokenExpired = "token_expired",
        /// Ten reads in an hour were made on this card.
        CredentialReadLimit = "credential_read_limit",
        /// People have revealed cards too often lately.
        RevealLimit = "reveal_limit",
        /// The purchase is not in a state for this step.
        TransactionState = "transaction_state",
        /// The purchase was disputed before.
        DisputeExists = "dispute_exists",
        /// The dispute is not in a state for this step.
        DisputeState = "dispute_state",
        /// The webhook endpoint is disabled.
        EndpointDisabled = "endpoint_disabled",
        /// No issuer serves the live environment.
        IssuerNotConfigured = "issuer_not_configured",
        /// The name is taken.
        NameTaken = "name_taken",
        /// The key or token is revoked already.
        AlreadyRevoked = "already_revoked",
        /// The key is not in a state for this step.
        KeyState = "key_state",
        /// The thing was changed by somebody else meanwhile.
        StaleEdit = "stale_edit",
        /// An organisation keeps at least one owner.
        LastOwner = "last_owner",
        /// The proposal is in a state that forbids this step.
        ProposalState = "proposal_state",
        /// The person is in a state that forbids this step.
        MemberState = "member_state",
        /// The sign-in under way is over and begins again.
        SignInOver = "sign_in_over",
        /// The last factor cannot go where one is asked for.
        FactorRequired = "factor_required",
        /// The one-time link was used or is too old.
        LinkSpent = "link_spent",
    }
}

#[cfg(feature = "store")]
impl From<sqlx::Error> for Error {
    /// A database that is busy or gone is [`Error::Busy`]; everything else is [`Error::Broken`].
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => Self::Busy,
            // SQLITE_BUSY and SQLITE_LOCKED; PostgreSQL's serialization failure, deadlock and lock timeout.
            sqlx::Error::Database(e)
                if matches!(e.code().as_deref(), Some("5" | "6" | "261" | "517" | "40001" | "40P01" | "55P03")) =>
            {
                Self::Busy
            }
            _ => Self::broken(error),
        }
    }
}
