//! A time zone in JSON: its IANA name.
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub fn serialize<S: Serializer>(zone: &Tz, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(zone.name())
}

pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Tz, D::Error> {
    let name = std::borrow::Cow::<str>::deserialize(from)?;
    name.parse().map_err(|_| D::Error::custom("must be an IANA time zone name such as Europe/Berlin"))
}
