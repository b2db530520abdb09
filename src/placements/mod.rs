//! What players do to cells: the rules, and the use cases.

mod key;
mod place;
mod rejection;
mod rules;
mod undo;

pub use key::{InvalidPlacementKey, MAX_KEY_BYTES, PlacementKey};
pub use place::{PlaceError, PlaceRequest, Placed, place};
pub use rejection::Rejection;
pub use rules::{Proposal, UNDO_WINDOW_MS, may_act, may_place};
pub use undo::{Undone, undo};
