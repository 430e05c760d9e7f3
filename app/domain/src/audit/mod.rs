//! The audit log: who did what to which thing, in every commit.
use crate::text::words;

#[cfg(feature = "store")]
pub mod store;
#[cfg(feature = "store")]
pub use store::{Filter, Record, list};

words! {
    /// How it went.
    Outcome {
        /// It was done.
        Done = "done",
        /// It was refused by a rule.
        Refused = "refused",
    }
}

words! {
    /// What was done.
    Action {
        /// The organisation and its owner were made.
        OrganisationCreated = "organisation.created",
        /// A person was added.
        PersonAdded = "person.added",
        /// A person signed in, or tried.
        SignedIn = "session.started",
        /// A person signed out.
        SignedOut = "session.ended",
        /// A password was right, and a second factor was asked for.
        HalfSignedIn = "session.second_factor_asked",
        /// A person who is signed in showed a factor again.
        FactorShown = "session.factor_shown",
        /// A password was changed by its person.
        PasswordChanged = "password.changed",
        /// An authenticator app was set up or replaced.
        TotpAdded = "authenticator.added",
        /// An authenticator app was removed.
        TotpRemoved = "authenticator.removed",
        /// A passkey was added.
        PasskeyAdded = "passkey.added",
        /// A passkey was renamed.
        PasskeyRenamed = "passkey.renamed",
        /// A passkey was removed.
        PasskeyRemoved = "passkey.removed",
        /// New recovery codes were made.
        RecoveryCodesMade = "recovery_codes.made",
        /// The organisation's rules at the door were changed.
        SecurityChanged = "organisation.security_changed",
        /// An API key was created.
        KeyCreated = "api_key.created",
        /// An API key was revoked.
        KeyRevoked = "api_key.revoked",
        /// An API key's name, place, power or end changed.
        KeyChanged = "api_key.changed",
        /// An API key was paused.
        KeyDisabled = "api_key.disabled",
        /// An API key's pause ended.
        KeyResumed = "api_key.resumed",
        /// An API key got a successor.
        KeyRotated = "api_key.rotated",
        /// The overlap of a rotated API key was cut short.
        KeyOverlapCut = "api_key.overlap_cut",
        /// Somebody asked whose a found key is.
        KeyIdentified = "api_key.identified",
        /// The longest life of API keys was set.
        KeyPolicyChanged = "api_key.policy_changed",
        /// An API key ends soon.
        KeyExpiring = "api_key.expiring",
        /// An API key's time is over.
        KeyExpired = "api_key.expired",
        /// A whole API key was sent in an address or a body.
        KeyExposed = "api_key.exposed",
        /// A user was created.
        UserCreated = "user.created",
        /// A user's application changed its status.
        ApplicationDecided = "user.application_decided",
        /// Money arrived for a user.
        DepositReceived = "user.deposit_received",
        /// An agent was registered.
        AgentCreated = "agent.created",
        /// An agent's data changed.
        AgentChanged = "agent.changed",
        /// An agent's limit changed.
        LimitChanged = "agent.limit_changed",
        /// An agent was suspended.
        AgentSuspended = "agent.suspended",
        /// An agent was resumed.
        AgentResumed = "agent.resumed",
        /// A card was issued.
        CardIssued = "card.issued",
        /// A card was frozen.
        CardFrozen = "card.frozen",
        /// A card was unfrozen.
        CardUnfrozen = "card.unfrozen",
        /// A card was closed.
        CardClosed = "card.closed",
        /// An intent was declared.
        IntentDeclared = "intent.declared",
        /// An intent was canceled.
        IntentCanceled = "intent.canceled",
        /// An intent ran out.
        IntentExpired = "intent.expired",
        /// Card credentials were read.
        CredentialsRead = "credentials.read",
        /// A details token was redeemed.
        CredentialsRedeemed = "credentials.redeemed",
        /// A purchase was decided.
        PurchaseDecided = "purchase.decided",
        /// A purchase was captured.
        PurchaseCaptured = "purchase.captured",
        /// A purchase was reversed or refunded.
        PurchaseReversed = "purchase.reversed",
        /// A webhook endpoint was added.
        EndpointCreated = "webhook.created",
        /// A webhook endpoint was changed.
        EndpointChanged = "webhook.changed",
        /// A webhook endpoint was removed.
        EndpointDeleted = "webhook.deleted",
    }
}
