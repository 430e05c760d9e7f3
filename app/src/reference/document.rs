//! Reading the OpenAPI document.
use crate::{cx::Cx, problem::Problem};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The document of this server's API.
#[derive(Clone, Copy)]
pub struct Document(&'static Value);

/// One operation of it.
#[derive(Clone, Copy)]
pub struct Operation {
    /// `GET`.
    pub method: &'static str,
    /// `/v1/agents/{id}`.
    pub path: &'static str,
    value: &'static Value,
}

/// A refusal: its status, its code, what it means.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    pub status: String,
    pub code: String,
    pub meaning: String,
}

const METHODS: [(&str, &str); 5] =
    [("get", "GET"), ("post", "POST"), ("put", "PUT"), ("patch", "PATCH"), ("delete", "DELETE")];

impl Document {
    /// The document that the server gave the dashboard.
    pub fn of(cx: &Cx) -> Result<Self, Problem> {
        cx.app.settings.api.map(|api| Self(api())).ok_or_else(|| Problem::NotFound("reference".into()))
    }

    /// The version of the API.
    pub fn version(self) -> &'static str {
        text(&self.0["info"]["version"])
    }

    /// What it says of itself.
    pub fn about(self) -> &'static str {
        text(&self.0["info"]["description"])
    }

    /// The groups, each with its operations, in the order in which a newcomer needs them.
    pub fn groups(self) -> Vec<(&'static str, Vec<Operation>)> {
        let mut all = BTreeMap::<&str, Vec<Operation>>::new();
        for (path, methods) in self.0["paths"].as_object().into_iter().flatten() {
            for (name, method) in METHODS {
                if let Some(value) = methods.get(name) {
                    all.entry(text(&value["tags"][0])).or_default().push(Operation { method, path, value });
                }
            }
        }
        let tags = self.0["tags"].as_array().into_iter().flatten();
        tags.filter_map(|tag| all.remove_entry(text(&tag["name"]))).collect()
    }

    /// What a reference leads to; anything else is itself.
    pub fn resolve(self, schema: &'static Value) -> &'static Value {
        let place = schema["$ref"].as_str().and_then(|place| place.strip_prefix('#'));
        place.and_then(|pointer| self.0.pointer(pointer)).unwrap_or(schema)
    }

    /// What every operation of a key can be refused with; with `bodies`, what every one that takes a body can be.
    pub fn common(self, bodies: bool) -> Vec<Refusal> {
        let operations = self.groups().into_iter().flat_map(|(_, operations)| operations);
        let mut all = operations.filter(|each| each.needs_key() && (!bodies || each.method != "GET"));
        let Some(first) = all.next() else { return Vec::new() };
        all.fold(first.refusals(), |common, each| {
            let own = each.refusals();
            common.into_iter().filter(|refusal| own.contains(refusal)).collect()
        })
    }
}

impl Operation {
    /// Its name in generated clients, and its place on its page.
    pub fn id(self) -> &'static str {
        text(&self.value["operationId"])
    }

    /// What it does, in a few words.
    pub fn summary(self) -> &'static str {
        text(&self.value["summary"])
    }

    /// What to know about it.
    pub fn description(self) -> &'static str {
        text(&self.value["description"])
    }

    /// Whether it asks for a key.
    pub fn needs_key(self) -> bool {
        self.value["security"].as_array().is_some_and(|all| !all.is_empty())
    }

    /// The values in its address, its query and its headers.
    pub fn parameters(self) -> impl Iterator<Item = &'static Value> {
        self.value["parameters"].as_array().into_iter().flatten()
    }

    /// The schema of its body, be it an object or a form.
    pub fn body(self) -> Option<&'static Value> {
        let object = self.value.pointer("/requestBody/content/application~1json/schema");
        object.or_else(|| self.form())
    }

    /// The schema of its body where that is a form with a file.
    pub fn form(self) -> Option<&'static Value> {
        self.value.pointer("/requestBody/content/multipart~1form-data/schema")
    }

    /// Its successes: status, meaning, schema.
    pub fn successes(self) -> impl Iterator<Item = (&'static str, &'static str, Option<&'static Value>)> {
        let successes = self.responses().filter(|(status, _)| status.starts_with(['2', '3']));
        successes.map(|(status, answer)| {
            (status.as_str(), text(&answer["description"]), answer.pointer("/content/application~1json/schema"))
        })
    }

    /// What it can be refused with.
    pub fn refusals(self) -> Vec<Refusal> {
        let refused = self.responses().filter(|(status, _)| status.starts_with(['4', '5']));
        let lines = refused.flat_map(|(status, answer)| {
            let lines =
                text(&answer["description"]).lines().filter_map(|line| line.strip_prefix("- `")?.split_once("`: "));
            lines.map(|(code, meaning)| Refusal {
                status: status.clone(),
                code: code.to_owned(),
                meaning: meaning.to_owned(),
            })
        });
        lines.collect()
    }

    fn responses(self) -> impl Iterator<Item = (&'static String, &'static Value)> {
        self.value["responses"].as_object().into_iter().flat_map(Map::iter)
    }
}

/// The text of a value, or none.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
