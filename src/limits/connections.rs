//! How many long-lived connections one client may hold: sockets of the feed, and event streams.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;

use super::prefix::{Prefix, Prefixes};

/// The connections that are open, by prefix. There are never more keys than three for each of them.
type Open = Arc<Mutex<HashMap<Prefix, u32>>>;

/// How many long-lived connections one client may hold.
#[derive(Debug)]
pub struct ConnectionLimits {
    per_prefix: u32,
    open: Open,
}

/// A place among the connections of a client. Dropping it gives the place up.
#[derive(Debug)]
#[must_use = "dropping it gives the place up"]
pub struct ConnectionGuard(Option<(Open, Prefixes)>);

impl ConnectionLimits {
    /// At most `per_prefix` connections of an IPv4 address or an IPv6 subnet, and more of a wider
    /// prefix.
    pub fn new(per_prefix: u32) -> Self {
        Self {
            per_prefix,
            open: Open::default(),
        }
    }

    /// Counts a connection for as long as the guard is kept; none when the client has as many as it
    /// may.
    pub fn enter(&self, address: IpAddr) -> Option<ConnectionGuard> {
        let prefixes = Prefixes::of(address);
        let mut open = self.open.lock();
        let is_full = |prefix: &Prefix| {
            let count = open.get(prefix).copied().unwrap_or(0);
            count >= self.per_prefix.saturating_mul(prefix.width.factor())
        };
        if prefixes.as_slice().iter().any(is_full) {
            return None;
        }
        for prefix in prefixes.as_slice() {
            *open.entry(*prefix).or_default() += 1;
        }
        Some(ConnectionGuard(Some((Arc::clone(&self.open), prefixes))))
    }
}

impl ConnectionGuard {
    /// The guard of a connection that does not count.
    pub fn exempt() -> Self {
        Self(None)
    }
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        let Some((open, prefixes)) = &self.0 else {
            return;
        };
        let mut open = open.lock();
        for prefix in prefixes.as_slice() {
            if let Some(count) = open.get_mut(prefix) {
                *count -= 1;
                if *count == 0 {
                    open.remove(prefix);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_so_many_and_gets_a_place_back() {
        let limits = ConnectionLimits::new(2);
        let enter = |address: &str| limits.enter(address.parse().unwrap());
        let first = enter("192.0.2.1").unwrap();
        let second = enter("::ffff:192.0.2.1").unwrap();
        assert!(enter("192.0.2.1").is_none());
        let _other = enter("192.0.2.2").unwrap();
        drop(first);
        let third = enter("192.0.2.1").unwrap();
        drop((second, third));
        assert_eq!(limits.open.lock().len(), 1, "who has none is forgotten");
    }

    #[test]
    fn subnets_share_the_larger_limit_of_their_site() {
        let limits = ConnectionLimits::new(1);
        let enter = |address: &str| limits.enter(address.parse().unwrap());
        let kept: Vec<_> = [
            "2001:db8:1:100::",
            "2001:db8:1:101::",
            "2001:db8:1:200::",
            "2001:db8:1:300::",
        ]
        .map(|address| enter(address).unwrap())
        .into();
        assert!(
            enter("2001:db8:1:100::9").is_none(),
            "the subnet has its one"
        );
        assert!(enter("2001:db8:1:102::").is_none(), "the customer its two");
        assert!(enter("2001:db8:1:400::").is_none(), "the site its four");
        assert!(enter("2001:db8:2::").is_some());
        drop(kept);
        assert!(limits.open.lock().is_empty());
    }
}
