//! The OpenAPI document as it is served, and every answer of the other tests held against it.
use super::support::{Reply, Server};
use axum::{body::Body, http::Method};
use domain::{
    environment::Environment,
    keys::{self, ExposedIn},
};
use serde_json::Value;
use server::api::openapi::document;

/// The documented operation of a call: the one whose address fits with the most words.
fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let asked: Vec<&str> = path.split('?').next().unwrap_or_default().split('/').collect();
    let words = |path: &str| path.split('/').filter(|part| !part.starts_with('{')).count();
    let fits = |path: &str| {
        let parts: Vec<&str> = path.split('/').collect();
        let fit = |(part, asked): (&&str, &&str)| part == asked || part.starts_with('{') && !asked.is_empty();
        parts.len() == asked.len() && parts.iter().zip(&asked).all(fit)
    };
    let paths = document()["paths"].as_object().unwrap().iter();
    let (_, methods) = paths.filter(|(path, _)| fits(path)).max_by_key(|(path, _)| words(path))?;
    methods.get(method.as_str().to_lowercase())
}

/// Panics when an answer of the API is none that its document names: another status, another code, or a
/// documented field that is not there.
pub fn check(method: &Method, path: &str, reply: &Reply) {
    let Some(operation) = operation(method, path) else { return };
    let status = reply.status.as_u16();
    let response = &operation["responses"][status.to_string()];
    let name = operation["operationId"].as_str().unwrap();
    assert!(!response.is_null(), "{name} does not document the status {status}: {}", reply.text);
    let Some(schema) = response.pointer("/content/application~1json/schema") else { return };
    let body = reply.json();
    if status >= 400 {
        let codes = schema.pointer("/allOf/1/properties/error/properties/code/enum").unwrap();
        let code = &body["error"]["code"];
        assert!(codes.as_array().unwrap().contains(code), "{name} does not document {status} {code}: {}", reply.text);
    } else {
        for field in required(schema) {
            assert!(body.get(&field).is_some(), "{name} documents {field}, which is not in {body}");
        }
    }
}

/// The names of the fields that a value of this schema has.
fn required(schema: &Value) -> Vec<String> {
    let schema = match schema["$ref"].as_str() {
        Some(place) => document().pointer(place.strip_prefix('#').unwrap()).unwrap(),
        None => schema,
    };
    let own = schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned());
    own.chain(schema["allOf"].as_array().into_iter().flatten().flat_map(required)).collect()
}

#[tokio::test]
async fn anybody_reads_the_document_and_asks_whether_it_changed() {
    let server = Server::real(&[]).await;
    let path = "/v1/openapi.json";
    let read = server.call(Method::GET, path, &[], Body::empty()).await;
    assert_eq!((read.status.as_u16(), read.header("content-type")), (200, "application/json"));
    assert_eq!(read.json(), *document());
    assert_eq!(read.json()["openapi"], "3.1.0");
    assert_eq!(read.header("cache-control"), "no-cache");
    let tag = read.header("etag");
    let strong = tag.trim_start_matches("W/");
    for (known, status) in [(tag, 304), (strong, 304), ("*", 304), ("\"x\", W/\"y\"", 200), ("", 200)] {
        let again = server.call(Method::GET, path, &[("if-none-match", known)], Body::empty()).await;
        assert_eq!((again.status.as_u16(), again.header("etag")), (status, tag), "{known}");
        assert_eq!(again.text.is_empty(), status == 304, "{known}");
    }
    assert_eq!(server.call(Method::POST, path, &[], Body::empty()).await.refusal().0, 405);
}

#[tokio::test]
async fn a_key_in_its_address_is_refused_and_noted_all_the_same() {
    let server = Server::real(&[]).await;
    let (id, key) = server.make_key(Environment::Dev, None).await;
    let reply = server.call(Method::GET, &format!("/v1/openapi.json?key={key}"), &[], Body::empty()).await;
    assert_eq!(reply.refusal(), (400, "key_in_url".into()));
    let owner = server.fresh.person(Environment::Dev, domain::access::Role::Owner);
    let noted = keys::get(&server.fresh.db, &owner, &id).await.unwrap();
    assert_eq!(noted.exposed.map(|(_, place)| place), Some(ExposedIn::Address));
}
