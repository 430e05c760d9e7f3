//! The fields of a schema, as rows of a table: those of inner objects follow their own.
use super::{
    document::{Document, text},
    prose,
};
use crate::ui::{Column, Table};
use leptos::prelude::*;
use serde_json::Value;

/// A field as a reader sees it.
#[derive(Debug, Clone)]
struct Field {
    name: String,
    kind: String,
    must: bool,
    about: String,
}

/// The fields of an object, in a table. `must` says what a field that must be there is called.
pub fn table(document: Document, caption: String, schema: &'static Value, must: Option<&'static str>) -> AnyView {
    let mut fields = Vec::new();
    gather(document, schema, "", true, 0, &mut fields);
    rows(caption, fields, must)
}

/// The parameters of an address, in a table.
pub fn parameters(document: Document, caption: String, all: Vec<&'static Value>) -> AnyView {
    let fields = all.into_iter().map(|value| {
        let mut field = field(document, text(&value["name"]).to_owned(), &value["schema"], value["required"] == true);
        if let Some(own) = value["description"].as_str() {
            own.clone_into(&mut field.about);
        }
        field.kind =
            format!("{}, in the {}", field.kind, if value["in"] == "path" { "address" } else { text(&value["in"]) });
        field
    });
    rows(caption, fields.collect(), Some("required"))
}

fn rows(caption: String, fields: Vec<Field>, must: Option<&'static str>) -> AnyView {
    // Two columns, so that a small screen has room for both.
    let columns = vec![Column::prose("Name"), Column::prose("What it holds")];
    let rows = fields
        .into_iter()
        .map(|Field { name, kind, must: needed, about }| {
            let must = must.filter(|_| needed).map(|word| view! { <br /><strong class="hint">{word}</strong> });
            vec![
                view! { <code class="mono">{name}</code>{must} }.into_any(),
                view! { <span class="hint">{kind}</span>{prose::view(&about)} }.into_any(),
            ]
        })
        .collect();
    view! { <Table caption quiet=true columns rows /> }.into_any()
}

fn gather(document: Document, schema: &'static Value, prefix: &str, must: bool, depth: u8, fields: &mut Vec<Field>) {
    let schema = document.resolve(schema);
    let parts = ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|name| Some((name, schema[name].as_array()?)));
    for (name, all) in parts {
        for each in all.iter().filter(|each| each["type"] != "null") {
            gather(document, each, prefix, must && name == "allOf", depth, fields);
        }
    }
    let required = schema["required"].as_array();
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        let needed = must && required.is_some_and(|all| all.iter().any(|each| each == name));
        fields.push(field(document, format!("{prefix}{name}"), inner, needed));
        if depth < 3 {
            let (below, mark) = match document.resolve(bare(inner)) {
                list if list["items"].is_object() => (&list["items"], "[]"),
                other => (other, ""),
            };
            gather(document, below, &format!("{prefix}{name}{mark}."), true, depth + 1, fields);
        }
    }
}

/// The schema without its null.
fn bare(schema: &'static Value) -> &'static Value {
    let only = |all: &'static Vec<Value>| {
        let mut left = all.iter().filter(|each| each["type"] != "null");
        left.next().filter(|_| left.next().is_none())
    };
    schema["oneOf"].as_array().and_then(only).unwrap_or(schema)
}

fn field(document: Document, name: String, schema: &'static Value, must: bool) -> Field {
    let inner = document.resolve(bare(schema));
    let about = [schema, bare(schema), inner]
        .into_iter()
        .map(|schema| text(&schema["description"]))
        .find(|text| !text.is_empty());
    let null = if may_be_null(schema) { " or null" } else { "" };
    let about = about.unwrap_or_default().to_owned();
    Field { name, kind: format!("{}{null}", kind(document, inner)), must, about }
}

fn may_be_null(schema: &Value) -> bool {
    let null =
        |value: &Value| value == "null" || value.as_array().is_some_and(|all| all.iter().any(|each| each == "null"));
    null(&schema["type"]) || schema["oneOf"].as_array().is_some_and(|all| all.iter().any(|each| null(&each["type"])))
}

/// Words beyond these are too many to read.
const FEW: usize = 12;

/// What a value can be, in words.
fn kind(document: Document, schema: &'static Value) -> String {
    if let Some(only) = schema.get("const") {
        return format!("always {}", only.as_str().map_or_else(|| only.to_string(), str::to_owned));
    }
    if let Some(words) = schema["enum"].as_array() {
        let shown: Vec<&str> = words.iter().take(FEW).map(text).collect();
        let more = if words.len() > FEW { format!(" and {} more", words.len() - FEW) } else { String::new() };
        return format!("one of {}{more}", shown.join(", "));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(all) => all.iter().map(text).filter(|kind| *kind != "null").collect(),
        other => vec![text(other)],
    };
    let number = |name: &str| schema[name].as_number().map(ToString::to_string);
    let range = |least: &str, most: &str| match (number(least), number(most)) {
        (Some(least), Some(most)) if least == most => format!(" of {least}"),
        (Some(least), Some(most)) => format!(" of {least} to {most}"),
        (Some(least), None) => format!(" from {least}"),
        (None, Some(most)) => format!(" up to {most}"),
        (None, None) => String::new(),
    };
    match types[..] {
        ["string"] => match range("minLength", "maxLength") {
            none if none.is_empty() => "text".into(),
            range => format!("text{range} characters"),
        },
        ["integer"] => format!("whole number{}", range("minimum", "maximum")),
        ["number"] => format!("number{}", range("minimum", "maximum")),
        ["boolean"] => "true or false".into(),
        ["array"] => format!("list of {}", kind(document, document.resolve(&schema["items"]))),
        ["object"] => "object".into(),
        _ if schema["allOf"].is_array() || schema["oneOf"].is_array() => "object".into(),
        _ => "any value".into(),
    }
}
