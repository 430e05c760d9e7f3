//! JSON bodies, strictly: UTF-8, at most 64 KiB and 32 levels, no name twice, none unknown, nothing coerced.
use super::{Call, auth, error::Failure, strict};
use axum::{
    body::{self, Body, Bytes},
    http::{HeaderMap, StatusCode, header},
};
use serde::de::{
    self, Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor,
    value::MapAccessDeserializer,
};
use serde_json::{Map, Number, Value};
use std::{fmt, marker::PhantomData};

/// Bytes that a body may have.
pub const BODY: usize = 64 * 1024;
/// Objects and arrays inside one another.
pub const DEPTH: usize = 32;

/// Takes in the whole body. One with a key of ours in it is refused.
pub(super) async fn whole(call: &Call, headers: &HeaderMap, body: Body) -> Result<Bytes, Failure> {
    let bytes = body::to_bytes(body, BODY).await.map_err(|error| unread(&error))?;
    if bytes.is_empty() {
        return Ok(bytes);
    }
    if !is_json(headers) {
        let message = "Send the body as application/json.";
        return Err(Failure::request(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message));
    }
    auth::refuse_keys_in(call, &bytes).await?;
    Ok(bytes)
}

/// Reads the body as `B`. An empty one counts as `{}`, so that calls without values need no body.
pub(super) fn body<B: DeserializeOwned>(bytes: &[u8]) -> Result<B, Failure> {
    parse(if bytes.is_empty() { b"{}" } else { bytes })
}

fn unread(error: &axum::Error) -> Failure {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains("length limit exceeded") {
            let message = "The body is larger than 64 KiB.";
            return Failure::request(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message);
        }
        if error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::TimedOut) {
            let message = "The body did not arrive in time.";
            return Failure::request(StatusCode::REQUEST_TIMEOUT, "request_timeout", message);
        }
        cause = error.source();
    }
    Failure::request(StatusCode::BAD_REQUEST, "body_parse_error", "The body did not arrive whole.")
}

/// `application/json`, with no parameter but the one charset that JSON has.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(text)) = headers.get(header::CONTENT_TYPE).map(|value| value.to_str()) else { return false };
    let mut parts = text.split(';').map(str::trim);
    parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"))
        && parts.all(|p| p.eq_ignore_ascii_case("charset=utf-8") || p.eq_ignore_ascii_case("charset=\"utf-8\""))
}

fn parse<B: DeserializeOwned>(bytes: &[u8]) -> Result<B, Failure> {
    let refuse = |message: String| Failure::request(StatusCode::BAD_REQUEST, "body_parse_error", message);
    let text = std::str::from_utf8(bytes).map_err(|_| refuse("The body is not UTF-8.".into()))?;
    let mut json = serde_json::Deserializer::from_str(text);
    let value = Tree(DEPTH).deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    let value = value.map_err(|error| refuse(format!("The body is not JSON as we take it: {error}.")))?;
    if !value.is_object() {
        return Err(refuse("The body must be a JSON object.".into()));
    }
    strict::read(value)
}

/// A JSON value whose names occur once and whose depth has an end; the number is the levels that are left.
#[derive(Clone, Copy)]
struct Tree(usize);

impl Tree {
    fn inner<E: de::Error>(self) -> Result<Self, E> {
        self.0.checked_sub(1).map(Self).ok_or_else(|| E::custom(format!("more than {DEPTH} levels")))
    }
}

impl<'de> DeserializeSeed<'de> for Tree {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut object = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(inner)?;
            if object.contains_key(&name) {
                return Err(de::Error::custom(format!("{name:?} stands twice in an object")));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// A field of a change: absent leaves the value, `null` clears it. Use with
/// `#[serde(default, deserialize_with = "present")]`.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(field: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(field).map(Some)
}

/// A `T` that is written as an object. A struct alone is also read from an array, which becomes one without entries where
/// every field may be absent.
#[derive(Debug, Default)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }
            fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(entries))
            }
        }

        json.deserialize_map(Entries(PhantomData)).map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Body {
        amount: i64,
        name: Option<String>,
        #[serde(default)]
        limits: Limits,
        #[serde(default)]
        metadata: Map<String, Value>,
        #[serde(default, deserialize_with = "present")]
        note: Option<Option<String>>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Limits {
        per_day: Option<u8>,
    }

    fn refusal(json: &str) -> (&'static str, String) {
        let failure = parse::<Body>(json.as_bytes()).unwrap_err();
        (failure.code(), failure.message().to_owned())
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (json, code, message) in [
            (r#"{}"#, "parameter_missing", "amount must be given"),
            (r#"{"amount":1,"amuont":2}"#, "parameter_unknown", "amuont is not a parameter of this call"),
            (
                r#"{"amount":1,"limits":{"daily":2}}"#,
                "parameter_unknown",
                "limits.daily is not a parameter of this call",
            ),
            (r#"{"amount":"1"}"#, "parameter_invalid", "amount must be a whole number"),
            (r#"{"amount":1.0}"#, "parameter_invalid", "amount must be a whole number"),
            (r#"{"amount":null}"#, "parameter_invalid", "amount must be a whole number"),
            (r#"{"amount":18446744073709551616}"#, "parameter_invalid", "amount must be a whole number"),
            (r#"{"amount":1,"name":7}"#, "parameter_invalid", "name must be a string"),
            (
                r#"{"amount":1,"limits":{"perDay":256}}"#,
                "parameter_invalid",
                "limits.perDay must be a whole number from 0 to 255",
            ),
            (r#"{"amount":1,"limits":[]}"#, "parameter_invalid", "limits must be an object"),
        ] {
            assert_eq!(refusal(json), (code, message.to_owned()), "{json}");
        }
    }

    #[test]
    fn what_is_not_json_as_we_take_it_is_refused() {
        let deep = |levels: usize| {
            format!(r#"{{"amount":1,"metadata":{{"a":{}{}}}}}"#, "[".repeat(levels), "]".repeat(levels))
        };
        for json in ["", "nonsense", "[1]", "1", r#"{"amount":1}{"#, r#"{"amount":1,"amount":1}"#, "{\"amount\":1,}"] {
            assert_eq!(refusal(json).0, "body_parse_error", "{json}");
        }
        assert_eq!(refusal(&deep(DEPTH - 1)).0, "body_parse_error");
        assert!(parse::<Body>(deep(DEPTH - 2).as_bytes()).is_ok());
        assert_eq!(refusal(r#"{"amount":1,"metadata":{"a":1,"a":2}}"#).0, "body_parse_error");
        assert_eq!(parse::<Body>(b"{\"amount\":1,\"name\":\"\xff\"}").unwrap_err().code(), "body_parse_error");
    }

    /// What parsers disagree about: a value that one of them mends is a value that two of them read differently.
    #[test]
    fn what_other_parsers_mend_is_refused() {
        for value in [
            "01",
            "1.",
            ".5",
            "+1",
            "-",
            "1e",
            "1e999",
            "0x1",
            "1_000",
            "NaN",
            "Infinity",
            "-Infinity",
            "tru",
            "True",
            "nil",
            "undefined",
            "'b'",
            "b",
            "\"\\x41\"",
            "\"\\u12\"",
            "\"\\ud800\"",
            "\"\\udc00\\ud800\"",
            "\"\u{1}\"",
            "\"\n\"",
            "\"\t\"",
            "\"unended",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[1",
            "[1}",
            "{\"b\":1,}",
            "{,}",
            "{\"b\" 1}",
            "{b:1}",
            "{1:1}",
            "{\"b\":1 \"c\":2}",
            "{\"b\":}",
            "{\"b\":1",
            "1 // one",
            "1 /* one */",
            "1 # one",
            "",
        ] {
            let body = format!(r#"{{"amount":1,"metadata":{{"a":{value}}}}}"#);
            assert_eq!(refusal(&body).0, "body_parse_error", "{body}");
        }
        for body in [
            "\u{feff}{\"amount\":1}",
            "\0{\"amount\":1}",
            "{\"amount\":1}\0",
            "{\"amount\":1} {}",
            "\u{a0}{\"amount\":1}",
        ] {
            assert_eq!(refusal(body).0, "body_parse_error", "{body:?}");
        }
        // The same name in other letters is the same name.
        assert_eq!(refusal(r#"{"amount":1,"\u0061mount":2}"#).0, "body_parse_error");
        for bytes in [&b"{\"amount\":1,\"name\":\"\xc0\x80\"}"[..], b"{\"amount\":1,\"name\":\"\xed\xa0\x80\"}"] {
            assert_eq!(parse::<Body>(bytes).unwrap_err().code(), "body_parse_error");
        }
        for value in
            ["0", "-0", "1E+2", "0.5", "\"\\ud83d\\ude00\"", "\"\\/\"", "\"\u{7f}\"", "[ ]", " null ", "{\"\":{}}"]
        {
            let body = format!("\t{{\"amount\":1,\r\n\"metadata\":{{\"a\":{value}}}}} ");
            assert!(parse::<Body>(body.as_bytes()).is_ok(), "{body}");
        }
    }

    #[test]
    fn null_and_absent_are_two_things() {
        assert!(parse::<Body>(br#"{"amount":1}"#).unwrap().note.is_none());
        assert_eq!(parse::<Body>(br#"{"amount":1,"note":null}"#).unwrap().note, Some(None));
        assert_eq!(parse::<Body>(br#"{"amount":1,"note":"x"}"#).unwrap().note, Some(Some("x".into())));
    }
}
