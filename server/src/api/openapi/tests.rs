//! What the document promises about itself.
use super::{document, document::of};
use serde_json::Value;
use std::collections::HashSet;

/// Every object and array element within a value, with the value itself.
fn within(value: &Value) -> Vec<&Value> {
    let inner: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(object) => object.values().collect(),
        _ => Vec::new(),
    };
    std::iter::once(value).chain(inner.into_iter().flat_map(within)).collect()
}

fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

#[test]
fn every_route_is_documented_and_every_name_means_one_thing() {
    let (_, wrong) = of(&crate::api::table());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_document_holds_the_routes_and_no_others() {
    let table = crate::api::table();
    let routes = table.routes().iter().map(|r| format!("{} {}", r.method.as_str().to_lowercase(), r.path));
    let open = table.open_to_all().iter().map(|path| format!("get {path}"));
    let declared: HashSet<String> = routes.chain(open).collect();
    let documented: HashSet<String> = operations(document()).map(|(name, _)| name).collect();
    assert_eq!(documented, declared);
}

#[test]
fn each_operation_is_whole() {
    let mut ids = HashSet::new();
    for (name, operation) in operations(document()) {
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{name}");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{name}");
        let wanted: HashSet<&str> = name.split(['{', '}']).skip(1).step_by(2).collect();
        let parameters = operation["parameters"].as_array().unwrap();
        let given: HashSet<&str> =
            parameters.iter().filter(|p| p["in"] == "path").map(|p| p["name"].as_str().unwrap()).collect();
        assert_eq!(given, wanted, "{name}: .at(…) says what the values of an address are");
        let names: HashSet<&str> = parameters.iter().map(|p| p["name"].as_str().unwrap()).collect();
        assert_eq!(names.len(), parameters.len(), "{name}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    for value in within(document) {
        if let Some(place) = value["$ref"].as_str() {
            let pointer = place.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{place}");
            assert!(!place.ends_with("View"), "{place}");
        }
    }
}

/// What a body does not know is refused, so the document says so of every body and all in it.
#[test]
fn bodies_are_closed() {
    let document = document();
    let mut seen = HashSet::new();
    let mut open: Vec<&Value> = operations(document)
        .filter_map(|(_, operation)| operation.pointer("/requestBody/content/application~1json/schema"))
        .collect();
    while let Some(schema) = open.pop() {
        for value in within(schema) {
            if value["properties"].is_object() {
                assert_eq!(value["additionalProperties"], false, "{value:#}");
            }
            if let Some(place) = value["$ref"].as_str().filter(|place| seen.insert(*place)) {
                open.push(document.pointer(place.strip_prefix('#').unwrap()).unwrap());
            }
        }
    }
    assert!(seen.len() > 10, "{seen:?}");
}

#[test]
fn what_is_said_is_for_people() {
    for value in within(document()) {
        let Some(text) = value["description"].as_str() else { continue };
        // Links between our own comments.
        assert!(!text.contains("[`") && !text.contains("::"), "{text}");
    }
}

#[test]
fn null_and_absent_are_told_apart() {
    let schemas = &document()["components"]["schemas"];
    let agent = &schemas["Agent"];
    assert!(agent["required"].as_array().unwrap().contains(&"closedAt".into()), "{agent:#}");
    let edit = &schemas["UpdateAgentBody"];
    assert_eq!(edit["required"], Value::Null, "{edit:#}");
    let nullable = |name: &str| edit["properties"][name].to_string().contains("\"null\"");
    assert!(nullable("description") && nullable("spendingLimit"), "{edit:#}");
    let new = &schemas["CreateAgentBody"];
    assert_eq!(new["required"], serde_json::json!(["userId", "name"]), "{new:#}");
}
