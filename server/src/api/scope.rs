//! Which scopes of an API key a route needs.
use axum::http::Method;
use domain::keys::{
    Scope,
    scopes::Resource::{Agents, Approvals, Cards, Credentials, Intents, Sandbox, Transactions, Users, Webhooks},
};

/// The scopes of a route, all of which a key must have; none for an address that is no route of the API.
///
/// A route about one resource under another's address belongs to the inner one: `/v1/cards/{id}/intents` is about
/// intents. The cards of a user are about both.
pub fn of(method: &Method, path: &str) -> &'static [Scope] {
    let reads = *method == Method::GET;
    let mut parts = path.split('/').skip(1);
    let (Some("v1"), Some(first)) = (parts.next(), parts.next()) else { return &[] };
    match (first, parts.nth(1), reads) {
        ("sandbox", ..) => const { &[Scope::write(Sandbox)] },
        ("cards", Some("intents"), true) => const { &[Scope::read(Intents)] },
        ("cards", Some("intents"), false) => const { &[Scope::write(Intents)] },
        ("cards", Some("details"), _) | ("details", ..) => const { &[Scope::write(Credentials)] },
        ("cards" | "agents" | "users", Some("transactions"), _) => const { &[Scope::read(Transactions)] },
        ("users", Some("cards"), true) => const { &[Scope::read(Users), Scope::read(Cards)] },
        ("agents", Some("cards"), false) => const { &[Scope::write(Cards)] },
        // The list of tokens is for those who make them.
        ("agents", Some("tokens"), _) => const { &[Scope::write(Agents)] },
        ("verification", Some(_), true) => const { &[Scope::read(Users)] },
        ("verification", ..) => const { &[Scope::write(Users)] },
        ("users", _, true) => const { &[Scope::read(Users)] },
        ("users" | "applications", ..) => const { &[Scope::write(Users)] },
        ("agents", _, true) => const { &[Scope::read(Agents)] },
        ("agents", ..) => const { &[Scope::write(Agents)] },
        ("cards", _, true) => const { &[Scope::read(Cards)] },
        ("cards", ..) => const { &[Scope::write(Cards)] },
        // Rules are what agents may do; asking what they would say changes nothing.
        ("policies" | "settings", _, true) | ("spend", ..) => const { &[Scope::read(Agents)] },
        ("policies" | "settings", ..) => const { &[Scope::write(Agents)] },
        // Who may declare purchases need not be who may approve them.
        ("intents", Some("approve" | "reject"), _) => const { &[Scope::write(Approvals)] },
        ("intents", _, true) => const { &[Scope::read(Intents)] },
        ("intents", ..) => const { &[Scope::write(Intents)] },
        ("accesses", ..) => const { &[Scope::read(Credentials)] },
        ("transactions" | "disputes", _, true) => const { &[Scope::read(Transactions)] },
        ("transactions" | "disputes", ..) => const { &[Scope::write(Transactions)] },
        ("webhooks", _, true) => const { &[Scope::read(Webhooks)] },
        ("webhooks", ..) => const { &[Scope::write(Webhooks)] },
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_has_its_scope() {
        let words = |method: &Method, path: &str| {
            of(method, path).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        let table: Vec<String> = crate::api::table()
            .routes()
            .iter()
            .map(|route| format!("{} {}: {}", route.method, route.path, words(&route.method, route.path)))
            .collect();
        for line in &table {
            assert!(!line.ends_with(": "), "{line} has no scope");
        }
        for line in [
            "GET /v1/users/{id}: users:read",
            "GET /v1/users/{id}/cards: users:read cards:read",
            "POST /v1/applications/user/initiate: users:write",
            "GET /v1/verification/user/{id}: users:read",
            "PUT /v1/verification/user/{id}/document: users:write",
            "PATCH /v1/agents/{id}: agents:write",
            "DELETE /v1/agents/{id}/tokens/{tokenId}: agents:write",
            "POST /v1/agents/{id}/tokens/{tokenId}/rotate: agents:write",
            "POST /v1/agents/{id}/cards: cards:write",
            "GET /v1/agents/{id}/tokens: agents:write",
            "GET /v1/cards/{id}/transactions: transactions:read",
            "PATCH /v1/transactions/{id}: transactions:write",
            "POST /v1/transactions/{id}/disputes: transactions:write",
            "GET /v1/disputes/{id}: transactions:read",
            "GET /v1/webhooks/{id}/deliveries: webhooks:read",
            "POST /v1/cards/{id}/details: credentials:write",
            "POST /v1/details/redeem: credentials:write",
            "GET /v1/accesses: credentials:read",
            "POST /v1/cards/{id}/intents: intents:write",
            "POST /v1/intents/{id}/approve: approvals:write",
            "POST /v1/intents/{id}/cancel: intents:write",
            "POST /v1/sandbox/authorizations/{id}/capture: sandbox:write",
            "DELETE /v1/webhooks/{id}: webhooks:write",
        ] {
            assert!(table.contains(&line.to_owned()), "{line} is not in {table:#?}");
        }
        assert!(of(&Method::GET, "/v1/things").is_empty() && of(&Method::GET, "/").is_empty());
    }
}
