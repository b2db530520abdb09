//! What one client may ask for, and how many clients there may be.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::networks;
use super::reader::Reader;

/// What one client may ask for, and how many clients there may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `limits.max_batch`, `PIXELWARS_LIMITS__MAX_BATCH`: the most placements in one request, 1 to
    /// 1000; 64 when not set.
    pub max_batch: u32,
    /// `limits.max_body_bytes`, `PIXELWARS_LIMITS__MAX_BODY_BYTES`: the largest body of a request,
    /// in bytes, 1 KiB to 16 MiB; 64 KiB when not set.
    pub max_body_bytes: u32,
    /// `limits.max_connections`, `PIXELWARS_LIMITS__MAX_CONNECTIONS`: the most feed sockets at a
    /// time, 1 to 1 000 000; 20 000 when not set.
    pub max_connections: u32,
    /// `limits.max_http_connections`, `PIXELWARS_LIMITS__MAX_HTTP_CONNECTIONS`: the most
    /// connections of a listener that speak HTTP at a time, 1 to 1 000 000; 10 000 when not set.
    /// Further ones wait to be accepted.
    pub max_http_connections: u32,
    /// `limits.trusted_proxies`, `PIXELWARS_LIMITS__TRUSTED_PROXIES`: the networks of the proxies
    /// whose `X-Forwarded-For` or `X-Real-IP` names the client; none when not set.
    pub trusted_proxies: Vec<IpNet>,
    /// `limits.exempt`, `PIXELWARS_LIMITS__EXEMPT`: the networks whose clients have no limits of
    /// rate and of connections; loopback when not set. A request that any proxy has forwarded is
    /// never exempt.
    pub exempt: Vec<IpNet>,
}

impl Limits {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            max_batch: reader.number("limits.max_batch", 64, 1..=1_000),
            max_body_bytes: reader.number("limits.max_body_bytes", 64 << 10, 1 << 10..=16 << 20),
            max_connections: reader.number("limits.max_connections", 20_000, 1..=1_000_000),
            max_http_connections: reader.number(
                "limits.max_http_connections",
                10_000,
                1..=1_000_000,
            ),
            trusted_proxies: networks::read(reader, "limits.trusted_proxies", &[]),
            exempt: networks::read(reader, "limits.exempt", &loopback()),
        }
    }
}

/// The addresses that only this machine has.
fn loopback() -> [IpNet; 2] {
    [
        Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8).into(),
        Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128).into(),
    ]
}
