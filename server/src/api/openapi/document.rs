//! The document as a whole.
use super::{
    components::{Components, refer},
    operation::{Gives, Operation, Shape},
    refusals,
};
use crate::api::{
    idempotency, page, scope,
    table::{Class, Route, Table},
    upload,
};
use axum::http::Method;
use serde_json::{Map, Value, json};

const ABOUT: &str = "Control what AI agents spend with virtual cards: agents, cards, intents, transactions, webhooks.\n\n\
    Send a key of your organisation or a token of an agent in the `Api-Key` header. A key belongs to one environment, \
    `live` or `dev`, and sees nothing of the other.\n\n\
    Amounts are whole minor units, such as cents; moments are milliseconds since 1970, UTC. Bodies are JSON objects; \
    a name that a call does not know is refused. In a change, what is absent stays and `null` clears.\n\n\
    Besides what stands at each operation, every address may answer 405, 414, 431 or 505, and 400 `malformed_request` \
    where the request itself cannot be read, with the same envelope.";

/// The document, and what is wrong with it: names that mean two things, routes that are not documented.
pub(super) fn of(table: &Table) -> (Value, Vec<String>) {
    let mut components = Components::default();
    let mut paths = Map::new();
    let mut missing = Vec::new();
    let mut tags = Vec::new();
    let request_id = components.given(&Shape::of::<domain::ids::RequestId>());
    for (route, operation) in table.documented() {
        let Some(operation) = operation else {
            missing.push(format!("{} {} has no documentation", route.method, route.path));
            continue;
        };
        let tag = group(route);
        if !tags.contains(&tag) {
            tags.push(tag.clone());
        }
        let written = write(route, operation, &tag, &mut components);
        let methods = paths.entry(route.path).or_insert_with(|| json!({}));
        methods[route.method.as_str().to_lowercase()] = written;
    }
    for path in table.open_to_all() {
        paths.insert((*path).into(), json!({ "get": open() }));
    }
    tags.push(DOCUMENT.into());
    components.schemas.insert("Error".into(), refusals::envelope());
    missing.extend(components.clashes.iter().map(|name| format!("the schema {name} means two things")));
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "LedgerOS API", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT },
        "servers": [{ "url": "/", "description": "The server that gave this document" }],
        "tags": tags.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": components.schemas,
            "headers": {
                "RequestId": {
                    "description": "The call's id, which the answer, the request log and the audit log share.",
                    "required": true,
                    "schema": request_id,
                },
                "Replayed": {
                    "description": "The call was made before with this `Idempotency-Key`, and this is what was answered.",
                    "schema": { "const": "true" },
                },
                "RetryAfter": {
                    "description": "Seconds until the same call may succeed.",
                    "required": true,
                    "schema": { "type": "integer", "minimum": 1 },
                },
            },
            "securitySchemes": {
                "ApiKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Api-Key",
                    "description": "A key of the organisation (`lk_live_…`, `lk_dev_…`) or a token of an agent \
                                    (`at_live_…`, `at_dev_…`).",
                },
            },
        },
    });
    (document, missing)
}

/// The group of the document itself.
const DOCUMENT: &str = "document";

/// The group in which a route stands: what it is about.
fn group(route: &Route) -> String {
    scope::of(&route.method, route.path).last().map_or(DOCUMENT.into(), |scope| scope.resource.to_string())
}

fn write(route: &Route, operation: &Operation, tag: &str, components: &mut Components) -> Value {
    let reads = route.method == Method::GET;
    let scopes: Vec<String> = scope::of(&route.method, route.path).iter().map(ToString::to_string).collect();
    let mut parameters: Vec<Value> = operation
        .path
        .iter()
        .map(|(name, shape)| json!({ "name": name, "in": "path", "required": true, "schema": components.given(shape) }))
        .collect();
    if operation.paged {
        parameters.extend(page::parameters());
    }
    if route.method == Method::POST {
        parameters.push(idempotency::parameter());
    }
    let mut written = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "description": description(route, operation, &scopes),
        "tags": [tag],
        "security": [{ "ApiKey": scopes }],
        "x-permission": route.permission,
    });
    if reads {
        let values = components.query(&operation.takes).into_iter();
        parameters.extend(values.map(|(name, mut schema, required)| {
            let described = schema.as_object_mut().and_then(|schema| schema.remove("description"));
            let mut value = json!({ "name": name, "in": "query", "required": required, "schema": schema });
            if let Some(text) = described {
                value["description"] = text;
            }
            value
        }));
    } else if operation.filed {
        let mut schema = components.taken_whole(&operation.takes);
        schema["properties"][upload::FILE] = json!({ "type": "string", "format": "binary" });
        schema["required"].as_array_mut().into_iter().for_each(|required| required.push(upload::FILE.into()));
        written["requestBody"] =
            json!({ "required": true, "content": { "multipart/form-data": { "schema": schema } } });
    } else if !operation.takes.is_empty() {
        let schema = components.taken(&body_name(operation.id), &operation.takes);
        written["requestBody"] = json!({
            "required": !operation.takes.requires().is_empty(),
            "content": { "application/json": { "schema": schema } },
        });
    }
    written["parameters"] = json!(parameters);
    written["responses"] = responses(route, operation, components);
    written
}

/// The name of a body: that of its operation with a capital.
fn body_name(id: &str) -> String {
    let mut letters = id.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default() + "Body"
}

fn description(route: &Route, operation: &Operation, scopes: &[String]) -> String {
    let draws = match route.class {
        Class::Read => "Draws on the rate of reads.",
        Class::Write => "Draws on the rate of writes.",
        Class::Card => "Draws on the rate of card creation.",
        Class::Free => "Draws on no rate. Live keys find it only where the sandbox issues live cards.",
    };
    let needs = format!("Needs the permission to {} and, of a key, the scope {}.", route.permission, scopes.join(", "));
    [operation.notes, &needs, draws].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
}

fn responses(route: &Route, operation: &Operation, components: &mut Components) -> Value {
    let schema = match &operation.gives {
        Gives::One(shape) => one(components.given(shape)),
        Gives::List(shape) => list(components.given(shape)),
    };
    let mut headers = json!({ "X-Request-Id": { "$ref": "#/components/headers/RequestId" } });
    if route.method == Method::POST {
        headers["Idempotent-Replayed"] = json!({ "$ref": "#/components/headers/Replayed" });
    }
    let mut all = Map::new();
    for status in operation.statuses {
        let meaning = match status {
            201 => "Made.",
            _ if operation.statuses.len() > 1 => "Made before.",
            _ => "Done.",
        };
        let success = json!({
            "description": meaning,
            "headers": headers,
            "content": { "application/json": { "schema": schema } },
        });
        all.insert(status.to_string(), success);
    }
    for (status, codes) in refusals::of(route, operation) {
        all.insert(status.to_string(), refusals::response(status, &codes));
    }
    Value::Object(all)
}

/// A thing with what every success carries.
fn one(schema: Value) -> Value {
    json!({ "allOf": [
        schema,
        {
            "type": "object",
            "properties": {
                "requestId": refer("RequestId"),
                "withheld": {
                    "type": "string",
                    "description": "Why a repeated call does not show the secret that its first answer showed.",
                },
            },
            "required": ["requestId"],
        },
    ] })
}

/// The list envelope around things.
fn list(item: Value) -> Value {
    json!({
        "type": "object",
        "properties": {
            "object": { "const": "list" },
            "data": { "type": "array", "items": item },
            "hasMore": { "type": "boolean", "description": "Whether another page follows." },
            "cursor": {
                "type": ["string", "null"],
                "description": "Give it as `cursor` to get the page that follows; null on the last page.",
            },
            "requestId": refer("RequestId"),
        },
        "required": ["object", "data", "hasMore", "cursor", "requestId"],
    })
}

/// The document's own operation.
fn open() -> Value {
    let refused = |status: u16, codes: &[(&'static str, &str)]| {
        let codes = codes.iter().map(|(code, meaning)| (*code, (*meaning).to_owned())).collect();
        refusals::response(status, &codes)
    };
    json!({
        "operationId": "readDocument",
        "summary": "Read this document",
        "description": "For anybody, with or without a key. Draws on no rate.",
        "tags": [DOCUMENT],
        "security": [],
        "parameters": [],
        "responses": {
            "200": {
                "description": "The OpenAPI document. Its tag is another when it is another.",
                "headers": {
                    "X-Request-Id": { "$ref": "#/components/headers/RequestId" },
                    "ETag": { "required": true, "schema": { "type": "string" } },
                },
                "content": { "application/json": { "schema": {
                    "type": "object",
                    "properties": { "openapi": { "const": "3.1.0" } },
                    "required": ["openapi", "info", "paths", "components"],
                } } },
            },
            "304": {
                "description": "It is the one that `If-None-Match` names.",
                "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } },
            },
            "400": refused(400, &[
                ("invalid_host", "The `Host` header names another server."),
                ("key_in_url", "The address holds a key: revoke it."),
            ]),
            "403": refused(403, &[
                ("access_denied", "A browser sent the call from another site."),
                ("https_required", "The call came without encryption."),
            ]),
            "500": refused(500, &[("internal_error", "A fault of ours.")]),
        },
    })
}
