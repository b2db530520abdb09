//! The tests of the crate as its users see it.

mod behaviour;
mod catch_up;
mod decoders;
mod fold;
mod golden;
mod golden_log;
mod history_bytes;
mod history_crash;
mod image;
mod pool;
mod rebuild;
mod segments;
mod shelf;
mod stored;
mod support;
mod undo;
mod verify;
