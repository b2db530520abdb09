//! Where a request comes from: the address that limits count by. It is never logged.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName};
use ipnet::IpNet;

use super::Shared;
use crate::config::ClientAddressHeader;

/// What proxies add to an address: each appends the one that it got the request from.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The same with one address only.
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// RFC 7239. Its addresses are not read: few proxies send it. That it is there shows a proxy.
const FORWARDED: HeaderName = axum::http::header::FORWARDED;

/// The other end of the connection that a request came over: an extension of every request.
#[derive(Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Where a request comes from. It has no `Debug`, so that it gets into no log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// Its address; IPv4 is IPv4, also when it came in IPv6.
    pub address: IpAddr,
    /// Whether it has no limits of rate and of connections.
    pub is_exempt: bool,
}

impl FromRequestParts<Shared> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Infallible> {
        Ok(app.addresses.client(&parts.extensions, &parts.headers))
    }
}

/// Finds out where requests come from.
pub struct ClientAddresses {
    trusted_proxies: Vec<IpNet>,
    header: ClientAddressHeader,
    exempt: Vec<IpNet>,
    /// Whether the operator was told of a proxy that is not trusted.
    has_warned: AtomicBool,
}

impl ClientAddresses {
    /// Believes what the proxies inside of `trusted_proxies` write in `header`, and exempts clients
    /// inside of `exempt`.
    pub fn new(
        trusted_proxies: Vec<IpNet>,
        header: ClientAddressHeader,
        exempt: Vec<IpNet>,
    ) -> Self {
        Self {
            trusted_proxies,
            header,
            exempt,
            has_warned: AtomicBool::new(false),
        }
    }

    /// Where a request with these extensions and headers comes from. A request without a [`Peer`],
    /// which no listener makes, comes from an unspecified address.
    pub fn client(&self, extensions: &Extensions, headers: &HeaderMap) -> Client {
        let unspecified = IpAddr::from([0; 4]);
        let peer = extensions.get::<Peer>();
        let peer = peer.map_or(unspecified, |Peer(peer)| peer.ip().to_canonical());
        if !is_forwarded(headers) {
            return Client {
                address: peer,
                is_exempt: is_in(&self.exempt, peer),
            };
        }
        let is_trusted = is_in(&self.trusted_proxies, peer);
        if !is_trusted && peer.is_loopback() && !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a proxy on this machine forwards requests, and limits.trusted_proxies does not \
                 name it: all its clients share the limits of one address"
            );
        }
        let named = is_trusted.then(|| self.named(headers)).flatten();
        Client {
            address: named.unwrap_or(peer),
            is_exempt: false,
        }
    }

    /// The client that trusted proxies name. The header that they do not set is a stranger's.
    fn named(&self, headers: &HeaderMap) -> Option<IpAddr> {
        match self.header {
            ClientAddressHeader::XForwardedFor => self.last_stranger(headers),
            ClientAddressHeader::XRealIp => {
                // Of several lines, the client itself may have written all but the last.
                let line = headers.get_all(X_REAL_IP).iter().next_back()?;
                address(line.to_str().ok()?)
            }
        }
    }

    /// The last address of `X-Forwarded-For` that is not a trusted proxy's own, or the first when
    /// all are. None when there is something else than addresses on the way: whatever stands
    /// further left was written by a stranger.
    fn last_stranger(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let lists = headers.get_all(X_FORWARDED_FOR);
        let mut farthest = None;
        for list in lists.iter().rev() {
            for entry in list.to_str().ok()?.rsplit(',') {
                let hop = address(entry)?;
                if !is_in(&self.trusted_proxies, hop) {
                    return Some(hop);
                }
                farthest = Some(hop);
            }
        }
        farthest
    }
}

/// Whether some proxy has put a client's address into the request.
fn is_forwarded(headers: &HeaderMap) -> bool {
    [X_FORWARDED_FOR, X_REAL_IP, FORWARDED]
        .iter()
        .any(|name| headers.contains_key(name))
}

fn is_in(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

/// An address as proxies write it: with a port or without.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.parse::<IpAddr>().ok();
    let bare = bare.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    bare.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "10.0.0.1";
    const STRANGER: &str = "203.0.113.9";

    fn client(peer: &str, headers: &[(HeaderName, &str)]) -> Client {
        client_by(ClientAddressHeader::XForwardedFor, peer, headers)
    }

    fn client_by(
        believed: ClientAddressHeader,
        peer: &str,
        headers: &[(HeaderName, &str)],
    ) -> Client {
        let trusted = ["10.0.0.0/8", "2001:db8:a::/48"];
        let exempt = ["127.0.0.0/8", "::1/128", "198.51.100.0/24"];
        let networks = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        let addresses = ClientAddresses::new(networks(&trusted), believed, networks(&exempt));
        let mut extensions = Extensions::new();
        extensions.insert(Peer(SocketAddr::new(peer.parse().unwrap(), 1)));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value.parse().unwrap());
        }
        addresses.client(&extensions, &map)
    }

    /// The address that a trusted proxy's request with this `X-Forwarded-For` counts for.
    fn forwarded(list: &str) -> String {
        let client = client(PROXY, &[(X_FORWARDED_FOR, list)]);
        assert!(!client.is_exempt);
        client.address.to_string()
    }

    #[test]
    fn without_a_proxy_it_is_the_peer() {
        assert_eq!(client(STRANGER, &[]).address.to_string(), STRANGER);
        assert_eq!(client(PROXY, &[]).address.to_string(), PROXY);
        let mapped = client("::ffff:203.0.113.9", &[]);
        assert_eq!(mapped.address.to_string(), STRANGER, "IPv4 is IPv4");
    }

    #[test]
    fn a_stranger_cannot_name_another_client() {
        for header in [X_FORWARDED_FOR, X_REAL_IP] {
            for peer in [STRANGER, "127.0.0.1", "::1"] {
                let client = client(peer, &[(header.clone(), "127.0.0.1")]);
                assert_eq!(client.address.to_string(), peer);
                assert!(!client.is_exempt, "{peer} with {header}");
            }
        }
    }

    #[test]
    fn a_trusted_proxy_names_the_client() {
        assert_eq!(forwarded("203.0.113.9"), STRANGER);
        assert_eq!(forwarded(" 203.0.113.9 , 10.2.3.4,10.0.0.2"), STRANGER);
        assert_eq!(forwarded("203.0.113.9:4711"), STRANGER);
        assert_eq!(forwarded("[2001:db8:b::1]:80"), "2001:db8:b::1");
        assert_eq!(forwarded("2001:db8:b::1, 2001:db8:a::1"), "2001:db8:b::1");
        assert_eq!(forwarded("::ffff:203.0.113.9"), STRANGER);
        assert_eq!(forwarded("10.7.7.7, 10.0.0.2"), "10.7.7.7", "all trusted");
    }

    #[test]
    fn of_two_headers_only_the_one_that_proxies_set_is_believed() {
        let lies = "192.0.2.7";
        let by_list = client(PROXY, &[(X_REAL_IP, lies)]);
        assert_eq!(by_list.address.to_string(), PROXY);
        assert!(!by_list.is_exempt);
        let by_one = |headers: &[_]| {
            let client = client_by(ClientAddressHeader::XRealIp, PROXY, headers);
            assert!(!client.is_exempt);
            client.address.to_string()
        };
        assert_eq!(by_one(&[(X_REAL_IP, STRANGER)]), STRANGER);
        let both = [(X_FORWARDED_FOR, lies), (X_REAL_IP, STRANGER)];
        assert_eq!(by_one(&both), STRANGER);
        assert_eq!(by_one(&[(X_FORWARDED_FOR, lies)]), PROXY);
        assert_eq!(
            by_one(&[(X_REAL_IP, lies), (X_REAL_IP, STRANGER)]),
            STRANGER
        );
        assert_eq!(by_one(&[(X_REAL_IP, "203.0.113.9, 192.0.2.1")]), PROXY);
    }

    #[test]
    fn what_the_client_itself_wrote_does_not_count() {
        assert_eq!(forwarded("127.0.0.1, 192.0.2.7, 203.0.113.9"), STRANGER);
        let lines = [(X_FORWARDED_FOR, "127.0.0.1"), (X_FORWARDED_FOR, STRANGER)];
        assert_eq!(client(PROXY, &lines).address.to_string(), STRANGER);
        let both = [(X_REAL_IP, "127.0.0.1"), (X_FORWARDED_FOR, STRANGER)];
        assert_eq!(client(PROXY, &both).address.to_string(), STRANGER);
    }

    #[test]
    fn a_header_that_cannot_be_read_leaves_the_peer() {
        for list in [
            "",
            ",",
            "unknown",
            "203.0.113.9,",
            "203.0.113.9, x, 10.0.0.2",
            "203.0.113.9.1",
            "2001:db8::/32",
            "1e9",
        ] {
            assert_eq!(forwarded(list), PROXY, "{list}");
        }
    }

    #[test]
    fn only_what_no_proxy_forwarded_is_exempt() {
        for peer in ["127.0.0.1", "127.9.9.9", "::1", "198.51.100.7"] {
            assert!(client(peer, &[]).is_exempt, "{peer}");
            assert!(!client(peer, &[(FORWARDED, "for=x")]).is_exempt, "{peer}");
        }
        assert!(!client(STRANGER, &[]).is_exempt);
        let inside = client(PROXY, &[(X_FORWARDED_FOR, "198.51.100.7")]);
        assert!(!inside.is_exempt);
    }
}
