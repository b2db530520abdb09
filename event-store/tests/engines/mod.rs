//! The engines under test.

mod embedded;
mod jetstream;

pub use embedded::Embedded;
pub use jetstream::JetStream;
