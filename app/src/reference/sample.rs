//! A call as somebody would type it.
use super::document::{Document, Operation, text};
use serde_json::{Map, Value, json};

/// The call with curl: to this server, with the key and the ids in variables of the shell.
pub fn curl(document: Document, server: &str, operation: Operation) -> String {
    let mut path = String::new();
    for (n, part) in operation.path.split(['{', '}']).enumerate() {
        match n % 2 {
            0 => path.push_str(part),
            _ => path.push_str(&format!("${}", part.to_uppercase())),
        }
    }
    let mut lines = vec![match operation.method {
        "GET" => format!("curl \"{server}{path}\""),
        method => format!("curl -X {method} \"{server}{path}\""),
    }];
    if operation.needs_key() {
        lines.push("-H \"Api-Key: $KEY\"".into());
    }
    if let Some(form) = operation.form() {
        for (name, schema) in form["properties"].as_object().into_iter().flatten() {
            lines.push(match (&schema["format"], value(document, schema)) {
                (Value::String(format), _) if format == "binary" => format!("-F '{name}=@{name}.pdf'"),
                (_, Value::String(word)) => format!("-F '{name}={word}'"),
                (_, other) => format!("-F '{name}={other}'"),
            });
        }
    } else if let Some(schema) = operation.body() {
        lines.push("-H \"Content-Type: application/json\"".into());
        // No sample has a quote that would end the shell's.
        lines.push(format!("-d '{}'", value(document, schema)));
    }
    lines.join(" \\\n  ")
}

/// A value that the schema takes: with what must be given, or with one field where nothing must.
fn value(document: Document, schema: &'static Value) -> Value {
    let schema = document.resolve(schema);
    if let Some(first) = schema["oneOf"].as_array().and_then(|all| all.iter().find(|each| each["type"] != "null")) {
        return value(document, first);
    }
    if let Some(example) = schema["examples"].get(0).or_else(|| schema["enum"].get(0)) {
        return example.clone();
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"].get(0)?.as_str()).unwrap_or_default();
    match kind {
        "object" => object(document, schema),
        "array" => json!([value(document, &schema["items"])]),
        "integer" => json!(schema["maximum"].as_i64().map_or(1, |most| most.min(5_000))),
        "number" => json!(0.1),
        "boolean" => json!(true),
        _ => match text(&schema["pattern"]) {
            pattern if pattern.contains("[0-9]{4}") => json!("5734"),
            pattern if pattern.contains("[A-Z]{2}") => json!("US"),
            pattern if pattern.contains("[Hh]") => json!("https://example.com/hook"),
            pattern if pattern.contains("[!-~]") => json!("order-1"),
            _ => json!("Example"),
        },
    }
}

fn object(document: Document, schema: &'static Value) -> Value {
    let Some(properties) = schema["properties"].as_object() else { return json!({}) };
    let required = schema["required"].as_array();
    let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|each| each == name));
    let mut shown: Map<String, Value> = Map::new();
    for (name, inner) in properties.iter().filter(|(name, _)| is_required(name)) {
        shown.insert(name.clone(), value(document, inner));
    }
    if shown.is_empty()
        && let Some((name, inner)) = properties.iter().next()
    {
        shown.insert(name.clone(), value(document, inner));
    }
    Value::Object(shown)
}
