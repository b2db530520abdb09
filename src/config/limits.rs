//! What one client may ask for, and how many clients there may be.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::networks;
use super::reader::{Choice, Reader};

/// How often something may happen: `per_second` on average, and `burst` at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// On average, 1 to 1 000 000 a second.
    pub per_second: u32,
    /// At once after a quiet time, 1 to 1 000 000.
    pub burst: u32,
}

/// How often one client may write: an IPv4 address or an IPv6 subnet (/64), with twice as much for
/// a /56 and four times as much for a /48; and one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// `limits.sign_ins_per_s`, `PIXELWARS_LIMITS__SIGN_INS_PER_S`, and `limits.sign_ins_burst`,
    /// `PIXELWARS_LIMITS__SIGN_INS_BURST`: sign-ins of an address; 1 and 30 when not set.
    pub sign_ins: Rate,
    /// `limits.refreshes_per_s`, `PIXELWARS_LIMITS__REFRESHES_PER_S`, and
    /// `limits.refreshes_burst`, `PIXELWARS_LIMITS__REFRESHES_BURST`: refreshed tokens and
    /// sign-outs of an address; 2 and 60 when not set.
    pub refreshes: Rate,
    /// `limits.writes_per_s`, `PIXELWARS_LIMITS__WRITES_PER_S`, and `limits.writes_burst`,
    /// `PIXELWARS_LIMITS__WRITES_BURST`: other writes of an address,
    /// and feeds that it opens; 50 and 200 when not set.
    pub writes: Rate,
    /// `limits.account_reads_per_s`, `PIXELWARS_LIMITS__ACCOUNT_READS_PER_S`, and
    /// `limits.account_reads_burst`, `PIXELWARS_LIMITS__ACCOUNT_READS_BURST`: questions with an
    /// account's access token, wherever it is; 10 and 60 when not set.
    pub account_reads: Rate,
    /// `limits.account_writes_per_s`, `PIXELWARS_LIMITS__ACCOUNT_WRITES_PER_S`, and
    /// `limits.account_writes_burst`, `PIXELWARS_LIMITS__ACCOUNT_WRITES_BURST`: writes of an
    /// account, wherever it is; 20 and 60 when not set.
    pub account_writes: Rate,
}

/// How often one client may tell the operator something, or report others: an address or a subnet
/// as for [`Rates`], and one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedbackRates {
    /// `limits.feedback_per_10_min`, `PIXELWARS_LIMITS__FEEDBACK_PER_10_MIN`: messages in ten
    /// minutes, 1 to 100 000; 5 when not set. `limits.reports_per_10_min`,
    /// `PIXELWARS_LIMITS__REPORTS_PER_10_MIN`: reports and appeals; 10 when not set.
    pub per_10_min: u32,
    /// `limits.feedback_per_day`, `PIXELWARS_LIMITS__FEEDBACK_PER_DAY`: messages in a day, 1 to
    /// 100 000; 20 when not set. `limits.reports_per_day`, `PIXELWARS_LIMITS__REPORTS_PER_DAY`:
    /// reports and appeals; 50 when not set.
    pub per_day: u32,
}

impl FeedbackRates {
    fn of_feedback(reader: &mut Reader) -> Self {
        Self {
            per_10_min: reader.number("limits.feedback_per_10_min", 5, 1..=100_000),
            per_day: reader.number("limits.feedback_per_day", 20, 1..=100_000),
        }
    }

    fn of_reports(reader: &mut Reader) -> Self {
        Self {
            per_10_min: reader.number("limits.reports_per_10_min", 10, 1..=100_000),
            per_day: reader.number("limits.reports_per_day", 50, 1..=100_000),
        }
    }
}

impl Rates {
    fn read(reader: &mut Reader) -> Self {
        const RANGE: RangeInclusive<u32> = 1..=1_000_000;
        let mut rate = |per_second, of_second, burst, of_burst| Rate {
            per_second: reader.number(per_second, of_second, RANGE),
            burst: reader.number(burst, of_burst, RANGE),
        };
        Self {
            sign_ins: rate("limits.sign_ins_per_s", 1, "limits.sign_ins_burst", 30),
            refreshes: rate("limits.refreshes_per_s", 2, "limits.refreshes_burst", 60),
            writes: rate("limits.writes_per_s", 50, "limits.writes_burst", 200),
            account_reads: rate(
                "limits.account_reads_per_s",
                10,
                "limits.account_reads_burst",
                60,
            ),
            account_writes: rate(
                "limits.account_writes_per_s",
                20,
                "limits.account_writes_burst",
                60,
            ),
        }
    }
}

/// The header in which trusted proxies name the client. A proxy that sets one of them may let
/// through what a client wrote in the other, so only one is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAddressHeader {
    /// A list, to which each proxy appends whom it got the request from: `x-forwarded-for`.
    XForwardedFor,
    /// One address, which the proxy replaces: `x-real-ip`.
    XRealIp,
}

impl Choice for ClientAddressHeader {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("x-forwarded-for", Self::XForwardedFor),
        ("x-real-ip", Self::XRealIp),
    ];
}

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
    /// `limits.http_connections_per_prefix`, `PIXELWARS_LIMITS__HTTP_CONNECTIONS_PER_PREFIX`: the
    /// most of them of an IPv4 address or an IPv6 subnet (/64), with twice as many for a /56 and
    /// four times as many for a /48, 1 to 1 000 000; 256 when not set. Further ones are closed.
    /// Those of `trusted_proxies` and of `exempt` have no such bound.
    pub http_connections_per_prefix: u32,
    /// `limits.trusted_proxies`, `PIXELWARS_LIMITS__TRUSTED_PROXIES`: the networks of the proxies
    /// that are believed when they name the client; none when not set.
    pub trusted_proxies: Vec<IpNet>,
    /// `limits.client_address_header`, `PIXELWARS_LIMITS__CLIENT_ADDRESS_HEADER`: where they name
    /// it; `x-forwarded-for` when not set.
    pub client_address_header: ClientAddressHeader,
    /// `limits.exempt`, `PIXELWARS_LIMITS__EXEMPT`: the networks whose clients have no limits of
    /// rate and of connections; loopback when not set. A request that any proxy has forwarded is
    /// never exempt.
    pub exempt: Vec<IpNet>,
    /// How often one client may write.
    pub rates: Rates,
    /// How often one client may tell the operator something.
    pub feedback: FeedbackRates,
    /// How often one client may report others, or appeal.
    pub reports: FeedbackRates,
    /// `limits.connections_per_prefix`, `PIXELWARS_LIMITS__CONNECTIONS_PER_PREFIX`: the most feed
    /// sockets and event streams at a time of an IPv4 address or an IPv6 subnet (/64), with twice
    /// as many for a /56 and four times as many for a /48, 1 to 1 000 000; 128 when not set.
    pub connections_per_prefix: u32,
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
            http_connections_per_prefix: reader.number(
                "limits.http_connections_per_prefix",
                256,
                1..=1_000_000,
            ),
            trusted_proxies: networks::read(reader, "limits.trusted_proxies", &[]),
            client_address_header: reader.choice(
                "limits.client_address_header",
                ClientAddressHeader::XForwardedFor,
            ),
            exempt: networks::read(reader, "limits.exempt", &loopback()),
            rates: Rates::read(reader),
            feedback: FeedbackRates::of_feedback(reader),
            reports: FeedbackRates::of_reports(reader),
            connections_per_prefix: reader.number(
                "limits.connections_per_prefix",
                128,
                1..=1_000_000,
            ),
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
