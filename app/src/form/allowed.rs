//! What a form may send: the fields of its server function, what they began from, and its token. Anything else was put there by somebody who
//! hopes that it is taken (security X-Z4).
use super::{Fields, conflict, step_up, token};
use serde::{
    de::{DeserializeOwned, Deserializer, Error as _, Visitor, value::Error},
    forward_to_deserialize_any,
};

/// What belongs to every form: its token, and a factor that is shown on the way.
const OURS: [&str; 4] = [token::FIELD, step_up::CODE, step_up::PASSWORD, step_up::PASSKEY];

/// The first field that the form of `F` does not have.
pub(super) fn unknown<F: DeserializeOwned>(input: &Fields) -> Option<&str> {
    let known = fields_of::<F>();
    let began = |name: &str| known.iter().any(|own| conflict::was(own) == name);
    input.keys().map(String::as_str).find(|name| !OURS.contains(name) && !known.contains(name) && !began(name))
}

/// The names of the fields of `F`, as its `Deserialize` asks for them.
fn fields_of<F: DeserializeOwned>() -> &'static [&'static str] {
    let mut names = &[][..];
    // It always ends in an error, because nothing is read.
    drop(F::deserialize(Ask(&mut names)));
    names
}

struct Ask<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Ask<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        Err(Error::custom("only the names were asked for"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a form is a struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "read by name only")]
    struct Rename {
        name: String,
        #[serde(default)]
        events: Vec<String>,
    }

    #[derive(serde::Deserialize)]
    struct Nothing {}

    fn sent(names: &[&str]) -> Fields {
        names.iter().map(|name| ((*name).to_owned(), vec![String::new()])).collect()
    }

    #[test]
    fn what_the_form_does_not_have_is_named() {
        assert_eq!(unknown::<Rename>(&sent(&["token", "name", "events"])), None);
        assert_eq!(unknown::<Rename>(&sent(&["name", &conflict::was("name")])), None);
        assert_eq!(unknown::<Rename>(&sent(&["token", "name", "role"])), Some("role"));
        assert_eq!(unknown::<Rename>(&sent(&["token", "Name"])), Some("Name"));
        assert_eq!(unknown::<Nothing>(&sent(&["token"])), None);
        assert_eq!(unknown::<Nothing>(&sent(&["organisation_id"])), Some("organisation_id"));
    }
}
