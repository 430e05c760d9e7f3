//! The dashboard's routes with the ids of a world filled in, and a value for whatever their forms need.
use super::World;
use app::{guard::Access, screen::RouteInfo};
use domain::{access::Role, environment::Environment};
use serde_json::{Value, json};
use std::sync::OnceLock;

impl World {
    /// The address of a route in the grant's environment, about the things of this world.
    pub fn path(&self, route: &RouteInfo) -> String {
        self.path_in(route, self.owner.environment())
    }

    /// The same things under another environment's address.
    pub fn path_in(&self, route: &RouteInfo, environment: Environment) -> String {
        let id: String = match route.path.split('/').nth(1).unwrap_or_default() {
            _ if route.path.starts_with("/webhooks/deliveries/") => self.delivery.to_string(),
            "agents" if route.path.starts_with("/agents/tokens/") => self.token.to_string(),
            // It has no card, and is suspended.
            "agents" if ["/agents/{id}/resume", "/agents/{id}/close"].contains(&route.path) => self.idle.to_string(),
            "agents" => self.agent.to_string(),
            "users" => self.user.to_string(),
            "cards" if route.path.ends_with("/unfreeze") => self.frozen.to_string(),
            "cards" => self.card.to_string(),
            "purchases" if route.path.ends_with("/dispute") => self.settled.to_string(),
            "disputes" => self.dispute.to_string(),
            "policies" => self.policy.to_string(),
            "purchases" => self.purchase.to_string(),
            "intents" if route.path.ends_with("/decide") => self.held.to_string(),
            "intents" => self.intent.to_string(),
            "attestations" => self.read.to_string(),
            "keys" => self.api_key.to_string(),
            "approvals" => self.proposal.to_string(),
            "members" if route.path.starts_with("/members/invites/") => self.invite.to_string(),
            "members" => self.member.to_string(),
            "requests" => self.request.to_string(),
            "views" => self.view.to_string(),
            "audit" => self.record.to_string(),
            "webhooks" => self.endpoint.to_string(),
            _ => String::new(),
        };
        fill(route, environment, &id)
    }

    /// The same route about a thing that never was.
    pub fn missing(&self, route: &RouteInfo, environment: Environment) -> String {
        let path = self.path_in(route, environment);
        let id = path.split('/').find(|part| part.contains('_')).expect("an id");
        let (prefix, rest) = id.split_once('_').unwrap();
        let other: String = rest.chars().rev().collect();
        path.replace(id, &format!("{prefix}_{other}"))
    }
}

/// The one group of the API's reference.
const GROUP: &str = "cards";

/// The document of an API with one operation.
pub fn api() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let operation = json!({
            "operationId": "listCards", "summary": "List cards", "tags": [GROUP], "parameters": [], "responses": {},
        });
        json!({
            "info": { "version": "1", "description": "Cards." },
            "tags": [{ "name": GROUP }],
            "paths": { "/v1/cards": { "get": operation } },
        })
    })
}

/// A route's address with this id in it.
pub fn fill(route: &RouteInfo, environment: Environment, id: &str) -> String {
    let path = route.path.replace("{id}", id).replace("{group}", GROUP).replace("{rule}", "velocityLimit");
    assert!(!path.contains('{'), "{path}: the test must learn what to fill in");
    format!("/{environment}{}", if path == "/" { "" } else { &path })
}

/// A value for every entry of every form: whatever a form needs is there.
pub const ENTRIES: [(&str, &str); 45] = [
    ("amount", "1"),
    ("merchant", "STAPLES*9"),
    ("category_code", "5943"),
    ("city", ""),
    ("country", ""),
    ("why", "duplicate"),
    ("evidence", ""),
    ("notes", "new"),
    ("tags", "new"),
    ("category", "new"),
    ("name", "new"),
    ("expires", "30"),
    ("user", "user_x"),
    ("agent", "agt_x"),
    ("purpose", "new"),
    ("card_type", "multi"),
    ("description", "new"),
    ("limit", "1"),
    ("frequency", "perMonth"),
    ("on_exceeded", "decline"),
    ("reason", "because"),
    ("version", "1"),
    ("url", "https://new.example/"),
    ("role", "support"),
    ("time_zone", "UTC"),
    ("threshold", "5"),
    ("levels", "50, 80"),
    ("decision", "approve"),
    ("email", "new@entries.example"),
    ("overlap", "24h"),
    ("typed", "backend"),
    ("since", "7"),
    ("found", "nothing"),
    ("enabled", "on"),
    ("action", "alert"),
    ("dry_run", "on"),
    ("only_tell", "on"),
    ("dry", "true"),
    ("duplicate_detection", "inherit"),
    ("velocity_limit", "inherit"),
    ("spend_spike", "inherit"),
    ("unattested_spend", "inherit"),
    ("intent_mismatch", "inherit"),
    ("cooldown_violation", "inherit"),
    ("merchant_drift", "inherit"),
];

/// Whether an owner may enter in this environment: what is tried out in dev is closed in live.
pub fn opens(route: &RouteInfo, environment: Environment) -> bool {
    match route.access {
        Access::Needs(permission) => Role::Owner.permissions(environment).has(permission),
        Access::Public => true,
    }
}
