//! What a list of addresses would have refused: asked before it is saved.
use super::Addresses;
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Db, sql},
    ids::{KeyId, RequestId},
    requests::KEPT_MS,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// The most sources that are looked at, those of the latest calls first.
const SOURCES: i64 = 500;
/// The most calls of one source that are counted.
pub const CALLS: i64 = 10_000;

/// What a list would have refused of the calls in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The list that was asked about, in its own form.
    pub addresses: Addresses,
    /// Sources that called since then, refused or not.
    pub sources: usize,
    /// Those that it would have refused, those of the latest calls first.
    pub refused: Vec<Refused>,
    /// There are more sources than were looked at.
    pub more: bool,
    /// From when on: what the log keeps.
    pub since: Timestamp,
}

/// A source that a list would have refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The address.
    pub address: String,
    /// The client of its last call.
    pub client: Option<String>,
    /// Its last call.
    pub last_at: Timestamp,
    /// Its calls in that time; at most [`CALLS`] are counted.
    pub calls: i64,
}

impl Preview {
    /// The calls that it would have refused, at least.
    pub fn calls(&self) -> i64 {
        self.refused.iter().map(|source| source.calls).sum()
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    address: String,
    client: Option<String>,
    last_at: Timestamp,
}

/// What `list` would have refused of the calls with one key or, without one, with any key of the environment.
pub async fn preview(db: &Db, grant: &Grant, key: Option<&KeyId>, list: &Addresses) -> Result<Preview> {
    grant.require(Permission::CreateKey)?;
    let since = db.now() - KEPT_MS;
    let rows: Vec<Row> = match key {
        Some(key) => sql!(
            db,
            fetch_all,
            "select address, client, last_at from key_sources
             where organisation_id = $1 and environment = $2 and key_id = $3 and last_at >= $4
             order by last_at desc, address limit $5",
            grant.organisation(),
            grant.environment(),
            key,
            since,
            SOURCES + 1
        )?,
        None => sql!(
            db,
            fetch_all,
            "select address, min(client) as client, max(last_at) as last_at from key_sources
             where organisation_id = $1 and environment = $2 and key_id like 'key!_%' escape '!' and last_at >= $3
             group by address order by 3 desc, 1 limit $4",
            grant.organisation(),
            grant.environment(),
            since,
            SOURCES + 1
        )?,
    };
    let most = usize::try_from(SOURCES).map_err(Error::broken)?;
    let (sources, more) = (rows.len().min(most), rows.len() > most);
    let mut refused = Vec::new();
    for row in rows.into_iter().take(most).filter(|row| !lets_in(list, &row.address)) {
        let calls = calls(db, grant, key, &row.address, since).await?;
        refused.push(Refused { address: row.address, client: row.client, last_at: row.last_at, calls });
    }
    Ok(Preview { addresses: list.clone(), sources, refused, more, since })
}

/// Whether the key check would let in a call from an address as the log has it: by the same rule.
pub fn lets_in(list: &Addresses, address: &str) -> bool {
    list.allow(address.parse().ok())
}

async fn calls(db: &Db, grant: &Grant, key: Option<&KeyId>, address: &str, since: Timestamp) -> Result<i64> {
    let text = "select count(*) from (select 1 as one from requests
                where organisation_id = $1 and environment = $2 and address = $3 and id >= $4
                  and ($5 is null or key_id = $5) limit $6) counted";
    Ok(sql!(db, scalar, text, grant.organisation(), grant.environment(), address, RequestId::floor(since), key, CALLS)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    fn addresses() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            any::<u32>().prop_map(|bits| Ipv4Addr::from(bits).into()),
            any::<u128>().prop_map(|bits| Ipv6Addr::from(bits).into()),
            any::<u32>().prop_map(|bits| Ipv4Addr::from(bits).to_ipv6_mapped().into()),
        ]
    }

    proptest! {
        #[test]
        fn the_preview_says_what_the_key_check_does(
            networks in prop::collection::vec((addresses(), 1u8..=128), 1..6),
            near in addresses(),
            flip in 0u8..128,
        ) {
            let words: Vec<String> = networks
                .iter()
                .map(|(address, prefix)| {
                    let most = if address.is_ipv4() { 32 } else { 128 };
                    let least = if address.to_canonical().is_ipv4() && address.is_ipv6() { 97 } else { 1 };
                    format!("{address}/{}", (*prefix).clamp(least, most))
                })
                .collect();
            let list: Addresses = words.join(" ").parse().unwrap();
            let flipped = networks.iter().map(|(address, _)| match address {
                IpAddr::V4(four) => IpAddr::from(Ipv4Addr::from(u32::from(*four) ^ (1 << (flip % 32)))),
                IpAddr::V6(six) => IpAddr::from(Ipv6Addr::from(u128::from(*six) ^ (1 << flip))),
            });
            for source in networks.iter().map(|(address, _)| *address).chain(flipped).chain([near]) {
                // The log has addresses in their canonical form.
                let logged = source.to_canonical().to_string();
                prop_assert_eq!(lets_in(&list, &logged), list.allow(Some(source)), "{} in {}", source, list);
            }
        }
    }
}
