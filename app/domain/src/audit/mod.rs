//! The audit log: who did what to which thing, in every commit.
use crate::text::words;

#[cfg(feature = "store")]
mod commands;
#[cfg(feature = "store")]
mod search;
#[cfg(feature = "store")]
pub mod store;
#[cfg(feature = "store")]
pub use commands::{DenyAccess, EndExport, Log, StartExport};
#[cfg(feature = "testing")]
pub use search::search_within;
#[cfg(feature = "store")]
pub use search::{Found, Reach, search};
#[cfg(feature = "store")]
pub use store::{Beside, Filter, Record, beside, get, list};

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
        /// A person got another role.
        RoleChanged = "person.role_changed",
        /// A person was disabled.
        PersonDisabled = "person.disabled",
        /// A person was enabled again.
        PersonEnabled = "person.enabled",
        /// A person was removed, or left.
        PersonRemoved = "person.removed",
        /// Somebody ended a person's sessions.
        SessionsEnded = "person.sessions_ended",
        /// An owner took a person's second factors away, who had lost them.
        FactorsCleared = "person.factors_cleared",
        /// Somebody was invited.
        InviteSent = "invitation.sent",
        /// An invitation got a new link.
        InviteResent = "invitation.sent_again",
        /// An invitation was taken back.
        InviteWithdrawn = "invitation.withdrawn",
        /// An invitation was accepted.
        InviteAccepted = "invitation.accepted",
        /// A password reset was started.
        ResetStarted = "person.reset_started",
        /// A person chose a new password by a reset link.
        PasswordReset = "person.password_reset",
        /// A change was proposed that needs a second person.
        ProposalMade = "proposal.made",
        /// A proposal was approved, and the change made.
        ProposalApproved = "proposal.approved",
        /// A proposal was rejected.
        ProposalRejected = "proposal.rejected",
        /// A proposal was withdrawn.
        ProposalWithdrawn = "proposal.withdrawn",
        /// Nobody decided a proposal in time.
        ProposalExpired = "proposal.expired",
        /// The organisation's settings changed.
        SettingsChanged = "organisation.changed",
        /// A person changed their own name or time zone.
        ProfileChanged = "person.changed",
        /// A person signed in, or tried.
        SignedIn = "session.started",
        /// A person signed out.
        SignedOut = "session.ended",
        /// Somebody tried what the role does not allow.
        AccessDenied = "access.denied",
        /// A log began to be taken out.
        ExportStarted = "export.started",
        /// A log was taken out, or part of it.
        ExportEnded = "export.ended",
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
        /// A view of a list was saved.
        ViewSaved = "view.saved",
        /// A saved view was changed.
        ViewChanged = "view.changed",
        /// A saved view was deleted.
        ViewDeleted = "view.deleted",
        /// The installation's master key was replaced.
        MasterKeyReplaced = "master_key.replaced",
        /// An API key was created.
        KeyCreated = "api_key.created",
        /// The revocation of an API key is tried.
        KeyTried = "api_key.revocation_tried",
        /// An API key was revoked.
        KeyRevoked = "api_key.revoked",
        /// An API key's name, place, power or end changed.
        KeyChanged = "api_key.changed",
        /// An API key was paused.
        KeyDisabled = "api_key.disabled",
        /// Nobody uses an API key, which will be disabled.
        KeyIdle = "api_key.idle",
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
        /// A user's application began, or began anew.
        ApplicationStarted = "user.application_started",
        /// A user's application moved on without being decided.
        ApplicationMoved = "user.application_moved",
        /// A document of a user's application was looked at.
        DocumentReceived = "user.document_received",
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
        /// What an agent sets for all its cards changed.
        AgentRulesChanged = "agent.rules_changed",
        /// What the organisation sets for all cards changed.
        OrganisationRulesChanged = "organisation.rules_changed",
        /// A policy was made.
        PolicyCreated = "policy.created",
        /// A policy changed, and with it every card that inherits it.
        PolicyChanged = "policy.changed",
        /// A card's own rules, or the policy that it inherits, changed.
        CardRulesChanged = "card.rules_changed",
        /// The organisation's risk rules changed.
        RiskChanged = "organisation.risk_changed",
        /// What an agent sets of the risk rules changed.
        AgentRiskChanged = "agent.risk_changed",
        /// Risk rules were switched on or off for a card.
        CardRiskChanged = "card.risk_changed",
        /// A risk rule found something in a purchase.
        RiskFound = "risk.found",
        /// All spending of an environment was stopped.
        SpendingStopped = "organisation.spending_stopped",
        /// Spending of an environment was allowed again.
        SpendingResumed = "organisation.spending_resumed",
        /// An agent was suspended.
        AgentSuspended = "agent.suspended",
        /// An agent was resumed.
        AgentResumed = "agent.resumed",
        /// An agent was deregistered.
        AgentClosed = "agent.closed",
        /// An agent got another token.
        TokenCreated = "agent_token.created",
        /// A token of an agent got a successor.
        TokenRotated = "agent_token.rotated",
        /// The end of an agent's token was kept when the clock was set back.
        TokenExpired = "agent_token.expired",
        /// A token of an agent was revoked.
        TokenRevoked = "agent_token.revoked",
        /// A card was issued.
        CardIssued = "card.issued",
        /// A card was frozen.
        CardFrozen = "card.frozen",
        /// A card was unfrozen.
        CardUnfrozen = "card.unfrozen",
        /// A card was closed.
        CardClosed = "card.closed",
        /// A person saw a card's number, expiry and security code.
        CardRevealed = "card.revealed",
        /// An intent was declared.
        IntentDeclared = "intent.declared",
        /// An intent was canceled.
        IntentCanceled = "intent.canceled",
        /// A declared purchase was approved, or could not be.
        IntentApproved = "intent.approved",
        /// A declared purchase was rejected.
        IntentRejected = "intent.rejected",
        /// A second purchase used an intent.
        IntentReused = "intent.reused",
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
        /// Something was noted on a purchase.
        PurchaseAnnotated = "purchase.annotated",
        /// A purchase was disputed.
        DisputeOpened = "dispute.opened",
        /// The card network began to look at a dispute.
        DisputeReviewed = "dispute.reviewed",
        /// A dispute was decided for the cardholder.
        DisputeWon = "dispute.won",
        /// A dispute was decided for the merchant.
        DisputeLost = "dispute.lost",
        /// A dispute was taken back.
        DisputeCanceled = "dispute.canceled",
        /// A webhook endpoint was added.
        EndpointCreated = "webhook.created",
        /// A webhook endpoint was changed.
        EndpointChanged = "webhook.changed",
        /// A webhook endpoint was removed.
        EndpointDeleted = "webhook.deleted",
        /// A test event was sent to a webhook endpoint.
        EndpointTested = "webhook.tested",
    }
}
