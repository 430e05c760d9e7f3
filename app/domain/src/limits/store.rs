//! Spend under locks: what an authorization reads, and the windows that it and its reversals are counted in.
//!
//! Whoever changes what an agent spent first locks user, agent and card, in this order (security R1, R3). The
//! locks, not the isolation level, keep what was read true until it is written.
use super::restrictions::{Layer, Level, Restrictions};
use crate::{
    Error, Result,
    access::Grant,
    db::{Tx, sql},
    money::Amount,
};
use chrono_tz::Tz;

mod agent;
mod buckets;
mod card;
mod lock;
mod moves;
mod windows;

pub(crate) use agent::{bought, see_agent, seen_by_agent};
pub(crate) use buckets::{Like, SPANS, by_agent, by_agent_and_alike, past_of_agent, past_of_card};
pub(crate) use card::{look, measure};
pub(crate) use lock::{Locked, UserRow, lock, see};
pub(crate) use moves::{spend, unspend};
pub use windows::current_spend;
pub(crate) use windows::{COUNTED, row_start, seen, spent};

/// What is set on each level, the widest first, as the columns of restrictions hold it; a level that sets nothing is left
/// out. A card's most for one purchase has a column of its own.
pub(crate) fn layers(
    organisation: Option<&str>,
    agent: &str,
    policy: Option<&str>,
    card: &str,
    card_max: Option<Amount>,
) -> Result<Vec<Layer>> {
    let texts = [
        (Level::Organisation, organisation),
        (Level::Agent, Some(agent)),
        (Level::Policy, policy),
        (Level::Card, Some(card)),
    ];
    let mut layers = Vec::new();
    for (level, text) in texts {
        let mut set = stored(text)?;
        if level == Level::Card {
            set.max_amount = card_max;
        }
        if !set.is_empty() {
            layers.push(Layer { level, set });
        }
    }
    Ok(layers)
}

/// What a column of restrictions holds; most hold nothing.
pub(crate) fn stored(text: Option<&str>) -> Result<Restrictions> {
    match text {
        None | Some("{}") => Ok(Restrictions::default()),
        Some(text) => serde_json::from_str(text).map_err(Error::broken),
    }
}

/// The time zone of the grant's organisation.
pub(crate) async fn organisation_zone(tx: &mut Tx, grant: &Grant) -> Result<Tz> {
    let name: String = sql!(tx, scalar, "select time_zone from organisations where id = $1", grant.organisation())?;
    zone(&name)
}

fn zone(name: &str) -> Result<Tz> {
    name.parse().map_err(|_| Error::broken(format!("a stored time zone {name}")))
}
