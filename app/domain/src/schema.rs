//! JSON schemas of the house's own types: each says exactly what its type takes and gives.
//!
//! Patterns are what ECMA, Python and Rust read alike.
use crate::ids;
use utoipa::openapi::{
    RefOr,
    schema::{
        AdditionalProperties, ArrayBuilder, KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
    },
};

/// Gives a type its schema, by the type's own name.
macro_rules! schema {
    ($name:ident, $object:expr) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $crate::schema::of($object)
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}
pub(crate) use schema;

pub(crate) fn of(object: Object) -> RefOr<Schema> {
    RefOr::T(Schema::Object(object))
}

fn string(description: impl Into<String>) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}

fn integer(description: impl Into<String>) -> ObjectBuilder {
    let int64 = SchemaFormat::KnownFormat(KnownFormat::Int64);
    ObjectBuilder::new().schema_type(Type::Integer).format(Some(int64)).description(Some(description))
}

/// A closed set of words, each with its meaning.
pub(crate) fn words<W: Copy>(all: &[W], word: fn(W) -> &'static str, meaning: fn(W) -> &'static str) -> Object {
    let lines: Vec<String> = all.iter().map(|&each| format!("- `{}`: {}", word(each), meaning(each).trim())).collect();
    string(lines.join("\n")).enum_values(Some(all.iter().map(|&each| word(each)))).build()
}

/// An id of this prefix.
pub(crate) fn id(prefix: &str) -> Object {
    let pattern = format!("^{prefix}[0-9a-hjkmnp-tv-z]{{{}}}$", ids::LENGTH);
    let length = prefix.len() + ids::LENGTH;
    let example = format!("{prefix}{}", "0".repeat(ids::LENGTH));
    string(format!("An id that starts with `{prefix}`."))
        .pattern(Some(pattern))
        .min_length(Some(length))
        .max_length(Some(length))
        .examples([example])
        .build()
}

/// A text with something to see in it.
pub(crate) fn text(most: usize) -> Object {
    string(format!("Text of 1 to {most} characters, not space alone, without control characters."))
        .min_length(Some(1))
        .max_length(Some(most))
        .pattern(Some(r"\S"))
        .build()
}

/// One of a caller's own words, without a comma.
pub(crate) fn tag(most: usize) -> Object {
    string(format!("1 to {most} characters, without a comma."))
        .min_length(Some(1))
        .max_length(Some(most))
        .pattern(Some(r"^[^,]*[^,\s][^,]*$"))
        .build()
}

/// A list of at most so many.
pub(crate) fn list(item: Object, most: usize) -> RefOr<Schema> {
    RefOr::T(Schema::Array(ArrayBuilder::new().items(item).max_items(Some(most)).build()))
}

/// An e-mail address.
pub(crate) fn email() -> Object {
    string("An e-mail address; it is kept in lower case.")
        .max_length(Some(254))
        .pattern(Some(r"^[^@]+@[^@]*[^@.]\.[^@]*$"))
        .examples(["name@example.com"])
        .build()
}

/// A merchant category code.
pub(crate) fn category() -> Object {
    string("A merchant category code.").pattern(Some("^[0-9]{4}$")).examples(["5734"]).build()
}

/// A currency code.
pub(crate) fn currency<'a>(codes: impl Iterator<Item = &'a str>) -> Object {
    string("A currency of ISO 4217.").enum_values(Some(codes)).examples(["USD"]).build()
}

/// An amount in minor units.
pub(crate) fn amount(least: i64, most: i64) -> Object {
    integer("Minor units, such as cents.").minimum(Some(least)).maximum(Some(most)).build()
}

/// A caller's own data.
pub(crate) fn metadata(most: usize) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::FreeForm(true)))
        .description(Some(format!("Your own data, at most {most} bytes as JSON. It is carried along and never read.")))
        .build()
}

/// A moment.
pub(crate) fn moment() -> Object {
    integer("Milliseconds since the beginning of 1970, UTC.").build()
}

/// A secret that one answer shows.
pub(crate) fn secret() -> Object {
    string("Shown in this answer only: the answer to a repeated call holds null, and it cannot be read again.")
        .schema_type(SchemaType::Array(vec![Type::String, Type::Null]))
        .min_length(Some(1))
        .build()
}
