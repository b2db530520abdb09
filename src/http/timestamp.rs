//! Times in requests and answers.

pub use crate::exchange::moment::{parse_rfc3339, rfc3339};
