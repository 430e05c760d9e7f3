//! Every address of the dashboard is built here, and nowhere else.
use domain::{
    environment::Environment,
    ids::{
        AccessId, AgentId, AuditId, CardId, DeliveryId, DisputeId, EndpointId, IntentId, InviteId, KeyId, PasskeyId,
        PersonId, PolicyId, ProposalId, PurchaseId, RequestId, TokenId, UserId, ViewId,
    },
    risk::Rule,
};
use http::Uri;
use std::fmt::Display;

/// The root: leads to the overview.
pub const HOME: &str = "/";
/// Signing in.
pub const SIGN_IN: &str = "/sign-in";
/// Signing in again, as the one under way took too long or too many codes.
pub const SIGN_IN_OVER: &str = "/sign-in?over=true";
/// The second half of signing in.
pub const SECOND_FACTOR: &str = "/sign-in/factor";
/// Setting up the first second factor while signing in.
pub const ENROL: &str = "/sign-in/enrol";
/// Showing a factor again before something that asks for it.
pub const STEP_UP: &str = "/step-up";
/// The visitor's own sign-in: password, factors.
pub const ACCOUNT: &str = "/account";
/// A new password.
pub const PASSWORD: &str = "/account/password";
/// The authenticator app.
pub const AUTHENTICATOR: &str = "/account/authenticator";
/// Removing the authenticator app.
pub const REMOVE_AUTHENTICATOR: &str = "/account/authenticator/remove";
/// New recovery codes.
pub const RECOVERY_CODES: &str = "/account/recovery-codes";
/// Signing in with a passkey.
pub const PASSKEY_SIGN_IN: &str = "/sign-in/passkey";
/// The visitor's own passkeys.
pub const PASSKEYS: &str = "/account/passkeys";
/// Removing one of them.
pub const REMOVE_PASSKEY: &str = "/account/passkeys/{id}/remove";

/// Removing this passkey.
pub fn remove_passkey(id: &PasskeyId) -> String {
    format!("{PASSKEYS}/{id}/remove")
}

/// A new passkey.
pub const NEW_PASSKEY: &str = "/account/passkeys/new";
/// The visitor's own sessions and devices.
pub const SESSIONS: &str = "/account/sessions";
/// What the organisation asks for at the door.
pub const SECURITY: &str = "/settings/security";
/// Signing out, by a form.
pub const SIGN_OUT: &str = "/sign-out";
/// The choice of theme, by a form.
pub const THEME: &str = "/theme";
/// The choice of how dense, by a form.
pub const DENSITY: &str = "/density";
/// The first minutes of an installation.
pub const SET_UP: &str = "/set-up/{token}";

/// An invitation, by its link.
pub const INVITATION: &str = "/invite/{token}";
/// Forgotten passwords.
pub const FORGOT: &str = "/forgot";
/// Choosing a new password, by a link.
pub const RESET: &str = "/reset/{token}";

/// The page of an invitation.
pub fn invitation(token: &str) -> String {
    format!("/invite/{token}")
}

/// The page on which a new password is chosen.
pub fn reset(token: &str) -> String {
    format!("/reset/{token}")
}

/// A user's application, by its link.
pub const VERIFY: &str = "/verify/{token}";

/// The page of a user's application.
pub fn verify(token: &str) -> String {
    format!("/verify/{token}")
}

/// The door, leading back to `next` afterwards.
pub fn sign_in(next: Option<&Uri>) -> String {
    match next.and_then(Uri::path_and_query).map(|next| next.as_str()) {
        None | Some(HOME) => SIGN_IN.to_owned(),
        Some(next) => format!("{SIGN_IN}?next={}", encode(next)),
    }
}

/// The second half of signing in, leading to `next` afterwards.
pub fn second_half(path: &str, next: &str) -> String {
    with_query(path, [("next", Some(next))])
}

/// The page that asks for a factor again, leading back to `next`.
pub fn step_up(next: &Uri) -> String {
    with_query(STEP_UP, [("next", next.path_and_query().map(|next| next.as_str()))])
}

/// The page that `next` names, if it is a page of this dashboard and no other site's.
pub fn internal(next: &str) -> Option<&str> {
    let of_ours = ["/live", "/dev", ACCOUNT, "/settings"].iter().any(|start| {
        next.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest.starts_with('?'))
    });
    let plain = next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    (of_ours && plain && !next.contains("//")).then_some(next)
}

macro_rules! lists {
    ($($(#[$meta:meta])* $name:ident $text:literal),+ $(,)?) => {$(
        $(#[$meta])*
        pub fn $name(environment: Environment) -> String {
            format!(concat!("/{}", $text), environment)
        }
    )+};
}

macro_rules! of_one {
    ($($(#[$meta:meta])* $name:ident($id:ty) $before:literal $after:literal),+ $(,)?) => {$(
        $(#[$meta])*
        pub fn $name(environment: Environment, id: &$id) -> String {
            format!(concat!("/{}", $before, "{}", $after), environment, id)
        }
    )+};
}

lists! {
    /// Funding users.
    users "/users",
    /// The overview.
    overview "",
    /// API keys.
    keys "/keys",
    /// A new API key.
    new_key "/keys/new",
    /// How long keys may live.
    key_policy "/keys/policy",
    /// Whose key was found.
    identify_key "/keys/identify",
    /// Agents.
    agents "/agents",
    /// A new agent.
    new_agent "/agents/new",
    /// Cards.
    cards "/cards",
    /// A new card.
    new_card "/cards/new",
    /// Multi-use cards that nobody has used for a while.
    unused_cards "/cards/unused",
    /// Closing those that are chosen.
    close_unused "/cards/unused/close",
    /// Policies.
    policies "/policies",
    /// A new policy.
    new_policy "/policies/new",
    /// What the organisation sets for all cards.
    organisation_rules "/policies/organisation",
    /// Purchases.
    purchases "/purchases",
    /// Disputes.
    disputes "/disputes",
    /// Intents.
    intents "/intents",
    /// Declared purchases that wait for a person.
    held "/held",
    /// What the risk rules found.
    risk "/risk",
    /// How the risk rules are set.
    risk_settings "/risk/settings",
    /// Setting them as a preset has them.
    risk_preset "/risk/preset",
    /// Purchases without a credential read before them.
    unattested "/purchases/unattested",
    /// Credential reads.
    attestations "/attestations",
    /// Webhook endpoints.
    webhooks "/webhooks",
    /// A new webhook endpoint.
    new_webhook "/webhooks/new",
    /// Webhook deliveries.
    deliveries "/webhooks/deliveries",
    /// Attempts at webhook deliveries.
    attempts "/webhooks/attempts",
    /// Panels.
    monitoring "/monitoring",
    /// The log of API calls.
    requests "/requests",
    /// How near callers are to the rates of the API.
    request_rates "/requests/rates",
    /// Taking the log of API calls out.
    export_requests "/requests/export",
    /// The audit log.
    audit "/audit",
    /// Changes that wait for a second person.
    approvals "/approvals",
    /// The organisation's settings.
    settings "/settings",
    /// Its name and time zone.
    organisation "/settings/organisation",
    /// From which amount a raised limit needs a second person.
    threshold "/settings/threshold",
    /// At how many percent of a limit people are told.
    limit_alerts "/settings/alerts",
    /// Stopping all spending.
    stop_spending "/settings/stop",
    /// Allowing it again.
    allow_spending "/settings/allow",
    /// The visitor's own settings.
    profile "/profile",
    /// What the visitor was told.
    notices "/profile/notices",
    /// Leaving the organisation.
    leave "/profile/leave",
    /// The people of the organisation.
    members "/members",
    /// A new invitation.
    invite "/members/invite",
    /// Taking the audit log out.
    export_audit "/audit/export",
    /// Where any id leads to its object.
    jump "/jump",
    /// Saved views of lists.
    views "/views",
    /// Saving a view of a list.
    new_view "/views/new",
}

of_one! {
    /// One API key.
    key(KeyId) "/keys/" "",
    /// Revoking an API key.
    revoke_key(KeyId) "/keys/" "/revoke",
    /// Trying to revoke an API key.
    try_revoking(KeyId) "/keys/" "/trial",
    /// Changing an API key.
    edit_key(KeyId) "/keys/" "/edit",
    /// Pausing an API key.
    disable_key(KeyId) "/keys/" "/disable",
    /// Ending the pause of an API key.
    resume_key(KeyId) "/keys/" "/resume",
    /// Giving an API key a successor.
    rotate_key(KeyId) "/keys/" "/rotate",
    /// Reporting an API key as compromised.
    compromised_key(KeyId) "/keys/" "/compromised",
    /// What was done with an API key.
    key_exposure(KeyId) "/keys/" "/exposure",
    /// Freezing the cards that an API key touched.
    freeze_touched(KeyId) "/keys/" "/freeze",
    /// Ending the overlap of a rotated API key.
    end_overlap(KeyId) "/keys/" "/overlap",
    /// One agent.
    agent(AgentId) "/agents/" "",
    /// An agent's name and purpose.
    edit_agent(AgentId) "/agents/" "/edit",
    /// An agent's limit.
    agent_limit(AgentId) "/agents/" "/limit",
    /// What an agent sets for all its cards.
    agent_rules(AgentId) "/agents/" "/rules",
    /// The policy of an agent's new cards.
    agent_policy(AgentId) "/agents/" "/policy",
    /// Suspending an agent.
    suspend_agent(AgentId) "/agents/" "/suspend",
    /// Resuming an agent.
    resume_agent(AgentId) "/agents/" "/resume",
    /// An agent's risk rules.
    agent_risk(AgentId) "/agents/" "/risk",
    /// Whether they only tell.
    agent_dry_run(AgentId) "/agents/" "/risk/dry-run",
    /// An agent's tokens.
    agent_tokens(AgentId) "/agents/" "/tokens",
    /// Another token of an agent.
    new_token(AgentId) "/agents/" "/tokens/new",
    /// Rotating a token of an agent.
    rotate_token(TokenId) "/agents/tokens/" "/rotate",
    /// Revoking a token of an agent.
    revoke_token(TokenId) "/agents/tokens/" "/revoke",
    /// Closing an agent's cards.
    close_agent_cards(AgentId) "/agents/" "/cards/close",
    /// Deregistering an agent.
    close_agent(AgentId) "/agents/" "/close",
    /// One funding user.
    user(UserId) "/users/" "",
    /// One card.
    card(CardId) "/cards/" "",
    /// Changing what a card sets itself, and its policy.
    card_rules(CardId) "/cards/" "/rules",
    /// Freezing a card.
    freeze_card(CardId) "/cards/" "/freeze",
    /// Unfreezing a card.
    unfreeze_card(CardId) "/cards/" "/unfreeze",
    /// Closing a card.
    close_card(CardId) "/cards/" "/close",
    /// Revealing a card's number.
    reveal_card(CardId) "/cards/" "/reveal",
    /// Asking what would be decided about a purchase with a card.
    try_purchase(CardId) "/cards/" "/try",
    /// Making that purchase in the sandbox.
    post_purchase(CardId) "/cards/" "/try/post",
    /// One policy.
    policy(PolicyId) "/policies/" "",
    /// Changing a policy.
    edit_policy(PolicyId) "/policies/" "/edit",
    /// The risk rules that a card switches.
    card_risk(CardId) "/cards/" "/risk",
    /// One intent.
    intent(IntentId) "/intents/" "",
    /// Approving or rejecting a declared purchase.
    decide_intent(IntentId) "/intents/" "/decide",
    /// One credential read.
    attestation(AccessId) "/attestations/" "",
    /// One purchase.
    purchase(PurchaseId) "/purchases/" "",
    /// What is noted on a purchase.
    purchase_notes(PurchaseId) "/purchases/" "/notes",
    /// A purchase beside today's rules.
    purchase_today(PurchaseId) "/purchases/" "/today",
    /// Disputing a purchase.
    new_dispute(PurchaseId) "/purchases/" "/dispute",
    /// One dispute.
    dispute(DisputeId) "/disputes/" "",
    /// Taking a dispute back.
    cancel_dispute(DisputeId) "/disputes/" "/cancel",
    /// One webhook endpoint.
    webhook(EndpointId) "/webhooks/" "",
    /// Turning a webhook endpoint off.
    disable_webhook(EndpointId) "/webhooks/" "/disable",
    /// Turning a webhook endpoint on again.
    enable_webhook(EndpointId) "/webhooks/" "/enable",
    /// Sending a test event to a webhook endpoint.
    test_webhook(EndpointId) "/webhooks/" "/test",
    /// Removing a webhook endpoint.
    delete_webhook(EndpointId) "/webhooks/" "/delete",
    /// One change that waits for a second person.
    approval(ProposalId) "/approvals/" "",
    /// Approving or rejecting a change.
    decide(ProposalId) "/approvals/" "/decide",
    /// Withdrawing a proposal.
    withdraw_proposal(ProposalId) "/approvals/" "/withdraw",
    /// One saved view.
    view(ViewId) "/views/" "",
    /// Deleting a saved view.
    delete_view(ViewId) "/views/" "/delete",
    /// One person.
    member(PersonId) "/members/" "",
    /// A person's role.
    member_role(PersonId) "/members/" "/role",
    /// Keeping a person out.
    disable_member(PersonId) "/members/" "/disable",
    /// Letting a person in again.
    enable_member(PersonId) "/members/" "/enable",
    /// Removing a person.
    remove_member(PersonId) "/members/" "/remove",
    /// Sending an invitation again.
    resend_invite(InviteId) "/members/invites/" "/resend",
    /// Withdrawing an invitation.
    withdraw_invite(InviteId) "/members/invites/" "/withdraw",
    /// Starting a password reset.
    reset_member(PersonId) "/members/" "/reset",
    /// Taking a person's lost second factors away.
    clear_factors(PersonId) "/members/" "/factors",
    /// Ending a person's sessions.
    end_sessions(PersonId) "/members/" "/sessions",
    /// One webhook delivery.
    delivery(DeliveryId) "/webhooks/deliveries/" "",
    /// One API call.
    request(RequestId) "/requests/" "",
    /// One record of the audit log.
    audit_record(AuditId) "/audit/" "",
}

/// Changing a risk rule.
pub fn risk_rule(environment: Environment, rule: Rule) -> String {
    format!("/{environment}/risk/rules/{rule}")
}

/// Changing a risk rule for an agent.
pub fn agent_risk_rule(environment: Environment, id: &AgentId, rule: Rule) -> String {
    format!("/{environment}/agents/{id}/risk/rules/{rule}")
}

/// An address with a query made of the pairs that have a value.
pub fn with_query<V: Display>(path: &str, pairs: impl IntoIterator<Item = (&'static str, Option<V>)>) -> String {
    let query: Vec<String> = pairs
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| value.to_string()).filter(|v| !v.is_empty()).map(|v| (name, v)))
        .map(|(name, value)| format!("{name}={}", encode(&value)))
        .collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// The API's OpenAPI document.
pub const OPENAPI: &str = "/v1/openapi.json";

/// The reference of the API.
pub fn reference(e: Environment) -> String {
    format!("/{e}/reference")
}

/// The operations of one group.
pub fn reference_group(e: Environment, group: &str) -> String {
    format!("/{e}/reference/{group}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_ours_are_led_back_to() {
        for good in ["/live", "/dev/keys", "/account", "/settings/security", "/live/purchases?status=declined&from=1"] {
            assert_eq!(internal(good), Some(good));
        }
        for bad in [
            "//evil.example",
            "https://evil.example",
            "/livery",
            "/live//evil.example",
            "/\\evil",
            "/sign-out",
            "",
            "/live/\n",
        ] {
            assert_eq!(internal(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_query_holds_what_has_a_value() {
        let pairs = [("status", Some("a b&c")), ("agent", None), ("empty", Some(""))];
        assert_eq!(with_query("/live/purchases", pairs), "/live/purchases?status=a%20b%26c");
    }
}
