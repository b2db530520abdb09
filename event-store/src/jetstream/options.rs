//! How to reach the server, and what to ask of it.

use std::fmt;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use async_nats::ServerAddr;

use crate::CanvasSlug;

/// How events are sent to the server. The log is the same either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PublishMode {
    /// Begins as [`PublishMode::Pipelined`] and turns to [`PublishMode::Batched`], for good, once
    /// the server was seen to need more than 50 µs for an ack with at least 32 in flight, which is
    /// what syncing each message to disk costs. See [the module](super) for measurements.
    #[default]
    Auto,
    /// Each event at once, as a message of its own: the lowest latency, and the highest throughput
    /// where the server does not sync each message to disk.
    Pipelined,
    /// Whatever waits goes out together as one atomic batch (NATS ADR-50), which the server syncs
    /// once. An event is still acked only when it is durable.
    Batched,
}

/// A text that is no list of server addresses. It does not repeat the text, which may hold a password.
#[derive(Debug, thiserror::Error)]
#[error("could not read address {position} of the NATS servers")]
pub struct InvalidServers {
    /// Which address of the list, counted from 1.
    position: usize,
    /// The cause.
    #[source]
    source: std::io::Error,
}

/// How to open the log of one canvas on NATS JetStream.
#[derive(Clone)]
pub struct JetStreamOptions {
    /// Any one of them leads to the cluster.
    pub(super) servers: Vec<ServerAddr>,
    /// Whose log.
    pub canvas: CanvasSlug,
    /// How many servers hold the log: 1 (default) or 3.
    pub replicas: usize,
    /// The most bytes that a newly created stream may take on disk, and the least that an existing
    /// one must allow; 16 GiB by default, some 300 million placements compressed. The server
    /// reserves it. A full log refuses appends: grow it with `nats stream edit --max-bytes`.
    pub max_bytes: NonZeroU64,
    /// How long an id is remembered, at least; 2 minutes by default, the server's own default. It must
    /// be longer than [`JetStreamOptions::give_up_after`] for retries to be safe without a guard, and
    /// the server's own limit (10 minutes in the repository's `nats.conf`) bounds it.
    pub duplicate_window: Duration,
    /// The longest that opening, and that one append, tries until it answers `Unavailable`;
    /// 10 seconds by default.
    pub give_up_after: Duration,
    /// A NATS credentials file (JWT and seed). User and password can stand in the address instead.
    pub credentials_file: Option<PathBuf>,
    /// Certificates (PEM) to trust besides the system's.
    pub root_certificates: Option<PathBuf>,
    /// Whether to refuse a connection without TLS; an address with `tls://` does so, too.
    pub require_tls: bool,
    /// How events are sent.
    pub publish: PublishMode,
}

impl JetStreamOptions {
    /// The log of `canvas` on `servers`, a list of addresses with commas in between
    /// (`nats://host:4222,host2`; scheme and port have the defaults of NATS), everything else at
    /// its default. A user and a password may stand before the host (`nats://user:password@host`);
    /// they are percent-decoded, and the first pair in the list is used for every server.
    ///
    /// # Errors
    /// When one of the addresses cannot be read.
    pub fn new(servers: &str, canvas: CanvasSlug) -> Result<Self, InvalidServers> {
        let address = |(text, position): (&str, usize)| {
            let invalid = |source| InvalidServers { position, source };
            text.trim().parse().map_err(invalid)
        };
        let servers: Result<_, _> = servers.split(',').zip(1..).map(address).collect();
        Ok(Self {
            servers: servers?,
            canvas,
            replicas: 1,
            max_bytes: const { NonZeroU64::new(16 << 30).expect("not zero") },
            duplicate_window: Duration::from_secs(120),
            give_up_after: Duration::from_secs(10),
            credentials_file: None,
            root_certificates: None,
            require_tls: false,
            publish: PublishMode::Auto,
        })
    }
}

/// The user and password of an address. The client library leaves them unused.
pub(super) fn user_and_password(server: &ServerAddr) -> Option<(String, String)> {
    let password = server.password().unwrap_or_default();
    Some((
        percent_decoded(server.username()?),
        percent_decoded(password),
    ))
}

/// RFC 3986, section 2.1; a percent sign without two hexadecimal digits stands for itself.
fn percent_decoded(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.first_chunk::<2>().filter(|_| first == b'%');
        let byte = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .filter(|digits| !digits.starts_with('+'))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

impl fmt::Debug for JetStreamOptions {
    /// Without the servers' addresses, which may hold a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("JetStreamOptions")
            .field("canvas", &self.canvas)
            .field("replicas", &self.replicas)
            .field("max_bytes", &self.max_bytes)
            .field("duplicate_window", &self.duplicate_window)
            .field("give_up_after", &self.give_up_after)
            .field("credentials_file", &self.credentials_file)
            .field("root_certificates", &self.root_certificates)
            .field("require_tls", &self.require_tls)
            .field("publish", &self.publish)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_an_address_are_percent_decoded() {
        let server = "nats://me:a%20b%40c%zz@host".parse().expect("an address");
        let expected = ("me".to_owned(), "a b@c%zz".to_owned());
        assert_eq!(user_and_password(&server), Some(expected));
        let server = "nats://host".parse().expect("an address");
        assert_eq!(user_and_password(&server), None);
    }
}
