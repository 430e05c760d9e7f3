//! The expiry job: ends intents, cards and proposals whose time is over, and tells of keys that end.
use domain::{access::approvals, cards, db::Db, intents, keys};
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How often it looks. An intent counts as expired at its own moment, however late the job comes.
pub const POLL: Duration = Duration::from_secs(3);
/// The most of a kind that one look ends, so that stopping never waits for long.
const AT_ONCE: u16 = 200;

/// Expires until `stop`.
pub async fn run(db: Db, stop: CancellationToken, poll: Duration) {
    while !stop.is_cancelled() {
        if look(&db).await == Left::More {
            continue;
        }
        tokio::select! {
            () = sleep(poll) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// What one look may have left.
#[derive(Debug, PartialEq, Eq)]
enum Left {
    /// Nothing that was due.
    Nothing,
    /// More than it ends at once.
    More,
}

/// Ends some of every kind that is due: however much there is of one, no other waits for it.
async fn look(db: &Db) -> Left {
    let cards = cards::end_due(db, AT_ONCE).await.unwrap_or_else(|error| {
        tracing::error!(%error, "cards whose time is over could not be ended");
        0
    });
    if let Err(error) = keys::announce_due(db, AT_ONCE).await {
        tracing::error!(%error, "the end of keys could not be told");
    }
    if let Err(error) = approvals::expire_due(db).await {
        tracing::error!(%error, "proposals whose time is over could not be ended");
    }
    let intents = intents::expire_due(db, AT_ONCE).await.unwrap_or_else(|error| {
        tracing::error!(%error, "intents whose time is over could not be ended");
        0
    });
    if cards.max(intents) >= u64::from(AT_ONCE) { Left::More } else { Left::Nothing }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        cards::CardStatus,
        environment::Environment,
        intents::{DeclareIntent, Filter, IntentStatus, MOST_OPEN},
        money::Currency,
        name::Line,
        page::Paging,
        purchases::testing::Cast,
        testing::Fresh,
        time::HOUR,
    };

    #[tokio::test]
    async fn a_card_does_not_wait_for_the_intents_that_are_due() {
        let fresh = Fresh::new().await;
        let grant = fresh.key(Environment::Live);
        let cast = Cast { life: Some(HOUR), ..Cast::default() };
        let ids = cast.write(&fresh.db, &grant).await.unwrap();
        let others = [
            cast.another_card(&fresh.db, &grant, &ids).await.unwrap(),
            cast.another_card(&fresh.db, &grant, &ids).await.unwrap(),
        ];
        for n in 0..=i64::from(AT_ONCE) {
            let card_id = [&ids.card, &others[0], &others[1]][usize::try_from(n / MOST_OPEN).unwrap()].clone();
            let declare = DeclareIntent {
                card_id,
                intent_id: n.to_string(),
                summary: Line::parse("Paper").unwrap(),
                expected_amount: None,
                expected_currency: Currency::USD,
                expected_merchant: None,
                tolerance: None,
                ttl_minutes: None,
                metadata: None,
            };
            fresh.db.commit(&grant, declare).await.unwrap();
        }
        fresh.clock.advance(HOUR);
        assert_eq!(look(&fresh.db).await, Left::More);
        for card in [&ids.card, &others[0], &others[1]] {
            assert_eq!(cards::get(&fresh.db, &grant, card).await.unwrap().status, CardStatus::Closed);
        }
        let open = Filter { status: Some(IntentStatus::Pending), ..Filter::default() };
        let open = intents::list(&fresh.db, &grant, &open, &Paging::newest(10)).await.unwrap();
        assert_eq!(open.rows.len(), 1, "the one beyond what a look ends");
        assert_eq!(look(&fresh.db).await, Left::Nothing);
    }
}
