//! Measurements: each answers with one JSON object.

pub mod fanout;
