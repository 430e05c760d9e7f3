//! Query strings, strictly: nothing unknown, nothing twice.
use super::{call::Call, error::Failure, page::PageRequest, strict};
use serde::de::DeserializeOwned;
use url::form_urlencoded;

type Pairs = Vec<(String, String)>;

/// The values of `Q`, and no others.
pub(super) fn plain<Q: DeserializeOwned>(query: &str) -> Result<Q, Failure> {
    values(&pairs(query)?)
}

/// The page asked for and the filters of `Q`, and nothing else.
pub(super) fn paged<Q: DeserializeOwned>(call: &Call) -> Result<(PageRequest, Q), Failure> {
    let mut pairs = pairs(call.raw_query())?;
    let mut take = |name: &str| {
        let at = pairs.iter().position(|(n, _)| n == name)?;
        Some(pairs.remove(at).1)
    };
    let (limit, cursor) = (take("limit"), take("cursor"));
    Ok((PageRequest::parse(call, limit.as_deref(), cursor.as_deref())?, values(&pairs)?))
}

fn pairs(query: &str) -> Result<Pairs, Failure> {
    let pairs: Pairs = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    for (n, (name, value)) in pairs.iter().enumerate() {
        if pairs[..n].iter().any(|(earlier, _)| earlier == name) {
            return Err(Failure::value(name.clone(), "must be given once"));
        }
        // What stands in for bytes that are not UTF-8.
        if name.contains('\u{FFFD}') || value.contains('\u{FFFD}') {
            return Err(Failure::value(name.clone(), "must be UTF-8 text"));
        }
    }
    Ok(pairs)
}

fn values<Q: DeserializeOwned>(pairs: &Pairs) -> Result<Q, Failure> {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    strict::read(serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes())))
}
