//! The engines under test.

mod embedded;

pub use embedded::Embedded;
