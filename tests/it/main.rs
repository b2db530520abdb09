//! The parts of the server together, against the real databases.

#![expect(
    clippy::unwrap_used,
    reason = "clippy sees tests in functions marked as such only, not in those they call"
)]

mod players;
mod support;
