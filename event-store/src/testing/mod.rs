//! What tests of any crate need to run against the real engines.
