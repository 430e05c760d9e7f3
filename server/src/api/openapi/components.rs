//! The named schemas of the document. What is read refuses what it does not know; what is given has every field.
use super::operation::Shape;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

const PLACE: &str = "#/components/schemas/";

/// The named schemas so far.
#[derive(Default)]
pub(super) struct Components {
    pub schemas: Map<String, Value>,
    /// Names that two different schemas go by: a mistake of ours.
    pub clashes: Vec<String>,
}

impl Components {
    /// The schema of a body, under the name of its operation.
    pub fn taken(&mut self, name: &str, shape: &Shape) -> Value {
        let pass = self.parts(shape, Way::In);
        self.insert(name.to_owned(), pass.finished(shape.schema.clone()));
        refer(name)
    }

    /// The schema of a body of which more is to be said, without a name.
    pub fn taken_whole(&mut self, shape: &Shape) -> Value {
        let pass = self.parts(shape, Way::In);
        pass.finished(shape.schema.clone())
    }

    /// The schema of an answer or of a value in an address, under its own name.
    pub fn given(&mut self, shape: &Shape) -> Value {
        let pass = self.parts(shape, Way::Out);
        let name = public(&shape.name);
        self.insert(name.clone(), pass.finished(shape.schema.clone()));
        refer(&name)
    }

    /// The values of a query, as (name, schema, whether it must be given).
    pub fn query(&mut self, shape: &Shape) -> Vec<(String, Value, bool)> {
        let schema = self.parts(shape, Way::In).finished(shape.schema.clone());
        let required = names(&schema["required"]);
        let properties = schema["properties"].as_object().cloned().unwrap_or_default();
        let value = |(name, schema): (String, Value)| {
            let must = required.contains(&name);
            (name, without_null(schema), must)
        };
        properties.into_iter().map(value).collect()
    }

    fn parts(&mut self, shape: &Shape, way: Way) -> Pass {
        let objects = shape.parts.iter().filter(|(_, schema)| schema.get("properties").is_some());
        let pass = Pass { way, objects: objects.map(|(name, _)| name.clone()).collect() };
        for (name, schema) in &shape.parts {
            self.insert(pass.name(name), pass.finished(schema.clone()));
        }
        pass
    }

    fn insert(&mut self, name: String, schema: Value) {
        match self.schemas.get(&name) {
            Some(first) if *first != schema => self.clashes.push(name),
            Some(_) => {}
            None => {
                self.schemas.insert(name, schema);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    In,
    Out,
}

/// One way through the schemas of a type.
struct Pass {
    way: Way,
    /// The names of its parts that are objects.
    objects: HashSet<String>,
}

pub(super) fn refer(name: &str) -> Value {
    json!({ "$ref": format!("{PLACE}{name}") })
}

/// Its name to a reader, to whom a view is the thing itself.
fn public(name: &str) -> String {
    name.strip_suffix("View").unwrap_or(name).to_owned()
}

fn names(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

impl Pass {
    /// The name of a part: an object that is read is stricter than one that is given, and has a name of its own.
    fn name(&self, name: &str) -> String {
        let suffix = if self.way == Way::In && self.objects.contains(name) { "Input" } else { "" };
        format!("{}{suffix}", public(name))
    }

    /// A schema and all in it, as it is read or given.
    fn finished(&self, schema: Value) -> Value {
        match schema {
            Value::Array(items) => items.into_iter().map(|item| self.finished(item)).collect(),
            Value::Object(object) => {
                let object = object.into_iter().map(|(name, value)| (name, self.finished(value))).collect();
                Value::Object(self.finished_object(object))
            }
            other => other,
        }
    }

    fn finished_object(&self, mut object: Map<String, Value>) -> Map<String, Value> {
        if object.get("type") == Some(&json!("object"))
            && let Some(properties) = object.get("properties").and_then(Value::as_object)
        {
            match self.way {
                Way::In => {
                    object.entry("additionalProperties").or_insert(json!(false));
                }
                // A value that may be null is written as null; what is left out instead is never null.
                Way::Out => {
                    let mut required = names(object.get("required").unwrap_or(&Value::Null));
                    required.extend(properties.iter().filter(|(_, s)| may_be_null(s)).map(|(name, _)| name.clone()));
                    required.sort();
                    required.dedup();
                    object.insert("required".into(), json!(required));
                }
            }
        }
        let text = |name: &str| object.get(name).and_then(Value::as_str);
        // A pattern of one word is that word.
        let word = text("pattern").and_then(|p| p.strip_prefix('^')?.strip_suffix('$'));
        if let Some(word) = word.filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '_')) {
            let word = json!(word);
            object.remove("pattern");
            object.insert("const".into(), word);
        } else if let Some(name) = text("$ref").and_then(|place| place.strip_prefix(PLACE)) {
            let place = json!(format!("{PLACE}{}", self.name(name)));
            object.insert("$ref".into(), place);
        }
        object
    }
}

fn may_be_null(schema: &Value) -> bool {
    let null = json!("null");
    let kind = &schema["type"];
    let one_of = |name: &str| schema[name].as_array().is_some_and(|all| all.iter().any(may_be_null));
    let any = schema.as_object().is_some_and(|object| !object.keys().any(|key| key != "description"));
    any || *kind == null || kind.as_array().is_some_and(|all| all.contains(&null)) || one_of("oneOf") || one_of("anyOf")
}

/// The same schema for a query, which has no null.
fn without_null(mut schema: Value) -> Value {
    let null = json!("null");
    if let Some(kinds) = schema["type"].as_array() {
        let kinds: Vec<Value> = kinds.iter().filter(|kind| **kind != null).cloned().collect();
        schema["type"] = if let [kind] = &kinds[..] { kind.clone() } else { json!(kinds) };
    }
    let Some(all) = schema["oneOf"].as_array() else { return schema };
    let mut left: Vec<Value> = all.iter().filter(|each| each["type"] != null).cloned().collect();
    if left.len() == 1 { left.swap_remove(0) } else { schema }
}
