//! As much CBOR as authenticators write: integers, bytes, text, booleans and maps of known length (CTAP2's canonical form).
//!
//! What is longer, deeper or of another kind is no value: the reader stops and never allocates by a length it was told.

/// How deep values may lie in each other.
const DEEPEST: u8 = 4;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Int(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Value<'a>>),
    Map(Vec<(Value<'a>, Value<'a>)>),
    Other,
}

impl<'a> Value<'a> {
    /// The value under a key of a map.
    pub(super) fn get(&self, key: &Value<'_>) -> Option<&Value<'a>> {
        let Self::Map(pairs) = self else { return None };
        pairs.iter().find(|(own, _)| own == key).map(|(_, value)| value)
    }

    /// The value under a number.
    pub(super) fn at(&self, key: i64) -> Option<&Value<'a>> {
        self.get(&Value::Int(key))
    }

    pub(super) fn int(&self) -> Option<i64> {
        if let Self::Int(n) = self { Some(*n) } else { None }
    }

    pub(super) fn bytes(&self) -> Option<&'a [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }
}

/// Reads one value from the start, and gives what follows it.
pub(super) fn read(input: &[u8]) -> Option<(Value<'_>, &[u8])> {
    value(input, 0)
}

fn value(input: &[u8], depth: u8) -> Option<(Value<'_>, &[u8])> {
    if depth > DEEPEST {
        return None;
    }
    let (first, rest) = input.split_first()?;
    let (n, rest) = number(first & 31, rest)?;
    let length = || usize::try_from(n).ok();
    Some(match first >> 5 {
        0 => (Value::Int(i64::try_from(n).ok()?), rest),
        1 => (Value::Int(-1 - i64::try_from(n).ok()?), rest),
        2 => {
            let (bytes, rest) = rest.split_at_checked(length()?)?;
            (Value::Bytes(bytes), rest)
        }
        3 => {
            let (bytes, rest) = rest.split_at_checked(length()?)?;
            (Value::Text(std::str::from_utf8(bytes).ok()?), rest)
        }
        4 => {
            let (mut all, mut rest) = (Vec::new(), rest);
            for _ in 0..n {
                let (one, after) = value(rest, depth + 1)?;
                all.push(one);
                rest = after;
            }
            (Value::List(all), rest)
        }
        5 => {
            let (mut pairs, mut rest) = (Vec::new(), rest);
            for _ in 0..n {
                let (key, after) = value(rest, depth + 1)?;
                let (own, after) = value(after, depth + 1)?;
                if pairs.iter().any(|(known, _)| *known == key) {
                    return None;
                }
                pairs.push((key, own));
                rest = after;
            }
            (Value::Map(pairs), rest)
        }
        // false, true, null
        7 if (20..=22).contains(&(first & 31)) => (Value::Other, rest),
        _ => return None,
    })
}

/// The number that a first byte begins: in itself, or in the one, two, four or eight bytes behind it.
fn number(short: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    let wide = match short {
        0..24 => return Some((short.into(), rest)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let (bytes, rest) = rest.split_at_checked(wide)?;
    Some((bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(hex: &str) -> Option<String> {
        let bytes = hex::decode(hex).unwrap();
        read(&bytes).filter(|(_, rest)| rest.is_empty()).map(|(value, _)| format!("{value:?}"))
    }

    /// RFC 8949, appendix A.
    #[test]
    fn the_examples_of_rfc_8949() {
        for (hex, value) in [
            ("00", "Int(0)"),
            ("1818", "Int(24)"),
            ("1a000f4240", "Int(1000000)"),
            ("20", "Int(-1)"),
            ("3903e7", "Int(-1000)"),
            ("4401020304", "Bytes([1, 2, 3, 4])"),
            ("6449455446", "Text(\"IETF\")"),
            ("83010203", "List([Int(1), Int(2), Int(3)])"),
            ("a201020304", "Map([(Int(1), Int(2)), (Int(3), Int(4))])"),
            ("f5", "Other"),
        ] {
            assert_eq!(whole(hex).as_deref(), Some(value), "{hex}");
        }
        for hex in
            ["", "18", "5f42010243030405ff", "a201020102", "1bffffffffffffffff", "5affffffff00", "fb3ff199999999999a"]
        {
            assert_eq!(whole(hex), None, "{hex}");
        }
        assert_eq!(whole(&"81".repeat(100)), None, "too deep");
    }

    proptest! {
        #[test]
        fn anything_is_read_or_refused(bytes: Vec<u8>) {
            drop(read(&bytes));
        }
    }
}
