//! How many connections there may be, in all and from one source; who makes room when all places are taken.
use super::exchange::Exchange;
use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

/// The connections there are.
pub struct Places {
    all: usize,
    each: usize,
    taken: Mutex<Taken>,
}

/// Connections by their source; those of exempt ones under none.
#[derive(Default)]
struct Taken {
    next: u64,
    all: usize,
    by_source: HashMap<Option<IpAddr>, HashMap<u64, Arc<Exchange>>>,
    /// Sources by how many connections they have, the most first. Where a flood comes from full ones, whoever makes room
    /// is found without looking at all connections.
    crowds: BTreeSet<(Reverse<usize>, Option<IpAddr>)>,
}

impl Taken {
    fn of(&self, source: Option<IpAddr>) -> usize {
        self.by_source.get(&source).map_or(0, HashMap::len)
    }

    /// Exempt connections are no crowd, however many they are.
    fn crowd(&self, source: Option<IpAddr>) -> (Reverse<usize>, Option<IpAddr>) {
        (Reverse(source.map_or(0, |_| self.of(source))), source)
    }

    fn add(&mut self, source: Option<IpAddr>, exchange: &Arc<Exchange>) -> u64 {
        let number = self.next;
        self.next += 1;
        self.crowds.remove(&self.crowd(source));
        self.by_source.entry(source).or_default().insert(number, exchange.clone());
        self.crowds.insert(self.crowd(source));
        self.all += 1;
        number
    }

    fn remove(&mut self, source: Option<IpAddr>, number: u64) -> Option<Arc<Exchange>> {
        let crowd = self.crowd(source);
        let connections = self.by_source.get_mut(&source)?;
        let removed = connections.remove(&number)?;
        self.all -= 1;
        self.crowds.remove(&crowd);
        if connections.is_empty() {
            self.by_source.remove(&source);
        } else {
            self.crowds.insert(self.crowd(source));
        }
        Some(removed)
    }

    /// Whose client is waited for: of the sources that have most of them the one that was waited for longest.
    fn longest(&self) -> Option<(Option<IpAddr>, u64)> {
        let waiting = |source: &Option<IpAddr>| {
            let connections = self.by_source.get(source)?.iter();
            connections.filter_map(|(n, exchange)| Some((exchange.waiting()?, *n))).min()
        };
        let mut crowds = self.crowds.iter().filter_map(|(crowd, source)| Some((crowd, waiting(source)?, source)));
        let most = crowds.next()?;
        let alike = crowds.take_while(|(crowd, ..)| *crowd == most.0);
        let (_, (_, number), source) = alike.chain([most]).min_by_key(|(_, waiting, _)| *waiting)?;
        Some((*source, number))
    }
}

/// Connections that a browser opens to one server at once: a source with fewer is no crowd.
const FEW: usize = 6;

/// A place, given back with this value.
pub struct Place {
    places: Arc<Places>,
    number: u64,
    source: Option<IpAddr>,
}

impl Places {
    /// So many places in all, and so many for each source.
    pub fn new(all: usize, each: usize) -> Arc<Self> {
        Arc::new(Self { all, each, taken: Mutex::default() })
    }

    /// A place for a connection from `source`, which none is counted against that is exempt.
    ///
    /// When all are taken, a connection whose client is being waited for makes room: one of the source that has most of
    /// them, and of these the one that was waited for longest. So whoever holds places without using them loses them
    /// first, and a single visitor among many such is left alone. None when this source has its share, or nobody can
    /// make room, or only a source that has no more places than this one, which has more than a browser opens: a
    /// crowd that made room for itself would come again and again, and each time cost what a connection costs.
    pub fn take(self: &Arc<Self>, source: Option<IpAddr>, exchange: &Arc<Exchange>) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let source = source.map(network);
        if source.is_some() && taken.of(source) >= self.each {
            return None;
        }
        if taken.all >= self.all {
            let (crowded, longest) = taken.longest()?;
            if source.is_some() && taken.of(source) >= taken.crowd(crowded).0.0.max(FEW) {
                return None;
            }
            taken.remove(crowded, longest)?.evicted.notify_one();
        }
        Some(Place { places: self.clone(), number: taken.add(source, exchange), source })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.remove(self.source, self.number);
    }
}

/// What one subscriber has: an IPv4 address, or a /64 of IPv6.
fn network(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{Duration, Instant};

    fn from(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_source_has_its_share_and_gives_it_back() {
        let places = Places::new(100, 2);
        let exchange = Arc::new(Exchange::new(Instant::now()));
        let held: Vec<_> = (0..2).map(|_| places.take(from("192.0.2.1"), &exchange).unwrap()).collect();
        assert!(places.take(from("192.0.2.1"), &exchange).is_none());
        assert!(places.take(from("::ffff:192.0.2.1"), &exchange).is_none());
        assert!(places.take(from("192.0.2.2"), &exchange).is_some());
        drop(held);
        assert!(places.take(from("192.0.2.1"), &exchange).is_some());
        let _first = places.take(from("2001:db8::1"), &exchange).unwrap();
        let _second = places.take(from("2001:db8::2"), &exchange).unwrap();
        assert!(places.take(from("2001:db8::3"), &exchange).is_none());
        assert!(places.take(from("2001:db8:0:1::3"), &exchange).is_some());
        let many: Vec<_> = (0..50).map(|_| places.take(None, &exchange)).collect();
        assert!(many.iter().all(Option::is_some), "an exempt source has no share");
        drop(many);
    }

    #[tokio::test]
    async fn of_a_crowd_one_makes_room_before_a_single_visitor() {
        let epoch = Instant::now();
        let places = Places::new(12, 9);
        let waiting = |ms| {
            let exchange = Arc::new(Exchange::new(epoch));
            exchange.waits_since(Some(epoch + Duration::from_millis(ms)));
            exchange
        };
        let (single, own) = (waiting(1), waiting(2));
        let crowd: Vec<_> = [40, 41, 42, 30, 43, 44, 45, 46].map(waiting).into();
        let mut held = vec![places.take(from("192.0.2.1"), &single).unwrap(), places.take(None, &own).unwrap()];
        held.extend(crowd.iter().map(|one| places.take(from("192.0.2.2"), one).unwrap()));
        held.extend([47, 48].map(|ms| places.take(from("192.0.2.3"), &waiting(ms)).unwrap()));
        assert!(places.take(from("192.0.2.2"), &waiting(50)).is_none(), "a crowd makes no room for itself");
        held.push(places.take(from("192.0.2.3"), &waiting(60)).unwrap());
        crowd[3].evicted.notified().await;
        held.push(places.take(from("192.0.2.4"), &waiting(70)).unwrap());
        crowd[0].evicted.notified().await;
    }

    #[tokio::test]
    async fn a_browser_has_its_connections_where_places_are_spread_thin() {
        let epoch = Instant::now();
        let places = Places::new(3, 9);
        let waiting: Vec<_> = (0..5).map(|_| Arc::new(Exchange::new(epoch))).collect();
        for (ms, exchange) in waiting.iter().enumerate() {
            exchange.waits_since(Some(epoch + Duration::from_millis(ms as u64)));
        }
        let mut held: Vec<_> =
            (0..3).map(|n| places.take(from(&format!("192.0.2.{n}")), &waiting[n]).unwrap()).collect();
        for n in [3, 4] {
            held.push(places.take(from("192.0.2.9"), &waiting[n]).unwrap());
            waiting[n - 3].evicted.notified().await;
        }
    }

    #[tokio::test]
    async fn whoever_is_waited_for_longest_makes_room() {
        let epoch = Instant::now();
        let places = Places::new(3, 3);
        let exchanges: Vec<_> = [Some(30), Some(10), None, Some(20), None, None]
            .map(|since| {
                let exchange = Arc::new(Exchange::new(epoch));
                exchange.waits_since(since.map(|ms| epoch + Duration::from_millis(ms)));
                exchange
            })
            .into();
        let mut held: Vec<_> = exchanges[..3].iter().map(|exchange| places.take(None, exchange).unwrap()).collect();
        held.push(places.take(None, &exchanges[3]).unwrap());
        exchanges[1].evicted.notified().await;
        held.push(places.take(None, &exchanges[4]).unwrap());
        exchanges[3].evicted.notified().await;
        held.push(places.take(None, &exchanges[5]).unwrap());
        exchanges[0].evicted.notified().await;
        assert!(places.take(None, &Arc::new(Exchange::new(epoch))).is_none(), "all are at work");
    }
}
