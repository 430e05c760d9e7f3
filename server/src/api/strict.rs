//! Reading typed values strictly, with the name of what is wrong and in words that name no type of ours.
use super::error::Failure;
use serde::de::{DeserializeOwned, Deserializer};
use std::fmt::Display;

/// Reads `T`, refusing what `T` does not know of, whether or not its author thought of it.
pub(super) fn read<'de, T, D>(values: D) -> Result<T, Failure>
where
    T: DeserializeOwned,
    D: Deserializer<'de>,
    D::Error: Display,
{
    let mut unknown = None;
    let mut note = |path: serde_ignored::Path<'_>| {
        // What may be absent stands in the path as a question mark.
        unknown.get_or_insert_with(|| path.to_string().replace(".?", ""));
    };
    let read = serde_path_to_error::deserialize(serde_ignored::Deserializer::new(values, &mut note));
    match (read, unknown) {
        (_, Some(name)) => Err(Failure::unknown(name)),
        (Ok(value), None) => Ok(value),
        (Err(error), None) => Err(explain(&error.path().to_string(), &error.inner().to_string())),
    }
}

/// The refusal that stands behind an error of serde, whose text is all that it gives.
fn explain(path: &str, error: &str) -> Failure {
    let quoted = |start: &str| error.strip_prefix(start)?.split_once('`').map(|(name, _)| name);
    // An error of the whole has a dot for its path.
    let parent = path.trim_start_matches('.');
    let within = |name: &str| if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
    if let Some(name) = quoted("missing field `") {
        return Failure::missing(within(name));
    }
    if let Some(name) = quoted("unknown field `") {
        // The path ends with the name already, when it came that far.
        let name = if parent == name || parent.ends_with(&format!(".{name}")) { parent.into() } else { within(name) };
        return Failure::unknown(name);
    }
    let param = if parent.is_empty() { "The request" } else { parent };
    let why = match error.split_once(", expected ") {
        Some((start, expected)) if start.starts_with("invalid ") || start.starts_with("unknown variant ") => {
            format!("must be {}", kind(expected))
        }
        _ if error.contains("invalid digit") || error.contains("number too") => "must be a whole number".to_owned(),
        _ if error.contains("provided string was not `true` or `false`") => "must be true or false".to_owned(),
        _ => error.to_owned(),
    };
    Failure::value(param, &why)
}

/// What serde expected, as a caller says it.
fn kind(expected: &str) -> String {
    match expected {
        "u8" => "a whole number from 0 to 255".into(),
        "u16" => "a whole number from 0 to 65535".into(),
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number".into(),
        "u32" | "u64" | "u128" | "usize" => "a whole number, not negative".into(),
        "f32" | "f64" => "a number".into(),
        "a boolean" => "true or false".into(),
        "a sequence" => "an array".into(),
        "a map" => "an object".into(),
        "a string" | "string" | "a borrowed string" => "a string".into(),
        _ if expected.starts_with("struct ") => "an object".into(),
        _ if expected.starts_with("a tuple") || expected.starts_with("an array") => "an array".into(),
        _ => expected.replace('`', ""),
    }
}
