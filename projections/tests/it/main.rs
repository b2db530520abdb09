//! The tests of the crate as its users see it.

mod behaviour;
mod catch_up;
mod decoders;
mod fold;
mod golden;
mod golden_log;
mod image;
mod pool;
mod rebuild;
mod segments;
mod shelf;
mod stored;
mod support;
mod undo;
mod verify;
