//! What a route's declaration says for the document: its name, what it takes, what it gives, why it refuses.
use domain::error::{Code, Noun};
use serde_json::Value;
use std::marker::PhantomData;
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

/// A type as a schema, with the named schemas that it refers to.
pub(super) struct Shape {
    pub name: String,
    pub schema: Value,
    pub parts: Vec<(String, Value)>,
}

impl Shape {
    pub fn of<T: ToSchema>() -> Self {
        // What serde_json cannot write, such as a map whose keys are no text, no schema of utoipa has.
        let json = |schema: RefOr<Schema>| serde_json::to_value(schema).unwrap_or_default();
        let mut parts = Vec::new();
        T::schemas(&mut parts);
        let parts = parts.into_iter().map(|(name, schema)| (name, json(schema))).collect();
        Self { name: T::name().into_owned(), schema: json(T::schema()), parts }
    }

    /// The names that must be given.
    pub fn requires(&self) -> Vec<&str> {
        self.schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.schema["properties"].as_object().is_none_or(|properties| properties.is_empty())
    }
}

/// What a success holds.
pub(super) enum Gives {
    /// One thing.
    One(Shape),
    /// A list of things, in the list envelope.
    List(Shape),
}

/// The documentation of a route.
pub(in crate::api) struct Operation {
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) notes: &'static str,
    pub(super) takes: Shape,
    pub(super) gives: Gives,
    pub(super) paged: bool,
    /// Whether it takes a file in a form instead of JSON.
    pub(super) filed: bool,
    pub(super) statuses: &'static [u16],
    pub(super) path: Vec<(&'static str, Shape)>,
    pub(super) nouns: Vec<Noun>,
    pub(super) codes: Vec<Code>,
}

/// A route just declared, which waits for its documentation; `In` is its body or its query.
pub struct Entry<'a, In> {
    operation: &'a mut Option<Operation>,
    paged: bool,
    filed: bool,
    takes: PhantomData<fn(In)>,
}

impl<'a, In> Entry<'a, In> {
    pub(in crate::api) fn new(operation: &'a mut Option<Operation>) -> Self {
        Self { operation, paged: false, filed: false, takes: PhantomData }
    }

    /// It gives pages: it takes `limit` and `cursor`, too.
    pub(in crate::api) fn paged(self) -> Self {
        Self { paged: true, ..self }
    }

    /// It takes a file in a form, beside the fields of `In`.
    pub(in crate::api) fn filed(self) -> Self {
        Self { filed: true, ..self }
    }
}

impl<'a, In: ToSchema> Entry<'a, In> {
    /// It answers 200 with a `T`. `id` is the operation's name in clients that are made from the document: it never
    /// changes.
    pub fn answers<T: ToSchema>(self, id: &'static str, summary: &'static str) -> Documented<'a> {
        self.documented(id, summary, Gives::One(Shape::of::<T>()))
    }

    /// It answers 200 with a list of `T`.
    pub fn lists<T: ToSchema>(self, id: &'static str, summary: &'static str) -> Documented<'a> {
        self.documented(id, summary, Gives::List(Shape::of::<T>()))
    }

    fn documented(self, id: &'static str, summary: &'static str, gives: Gives) -> Documented<'a> {
        Documented(self.operation.insert(Operation {
            id,
            summary,
            notes: "",
            takes: Shape::of::<In>(),
            gives,
            paged: self.paged,
            filed: self.filed,
            statuses: &[200],
            path: Vec::new(),
            nouns: Vec::new(),
            codes: Vec::new(),
        }))
    }
}

/// A route with its documentation, to which more can be said.
pub struct Documented<'a>(&'a mut Operation);

impl Documented<'_> {
    /// The value `name` in its address is an id of this kind; where there is no such thing the call answers 404.
    pub fn at<Id: ToSchema>(self, name: &'static str, noun: Noun) -> Self {
        self.0.path.push((name, Shape::of::<Id>()));
        self.misses(noun)
    }

    /// It answers 201, as it makes something.
    pub fn made(self) -> Self {
        self.0.statuses = &[201];
        self
    }

    /// It answers 201 where it makes something, and 200 where that had been made before.
    pub fn made_once(self) -> Self {
        self.0.statuses = &[200, 201];
        self
    }

    /// It answers 404 where this thing, which the body names, is not there.
    pub fn misses(self, noun: Noun) -> Self {
        self.0.nouns.push(noun);
        self
    }

    /// States that forbid it.
    pub fn refuses(self, codes: &[Code]) -> Self {
        self.0.codes.extend(codes);
        self
    }

    /// What else a caller should know.
    pub fn notes(self, notes: &'static str) -> Self {
        self.0.notes = notes;
        self
    }
}
