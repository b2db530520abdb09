//! What these tests stand on.

pub(crate) mod postgres;
