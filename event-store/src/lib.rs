//! The log of a canvas: an append-only sequence of numbered events, behind one trait with two
//! engines.
//!
//! What the log guarantees, whichever engine holds it:
//!
//! * **Order.** Every event has a [`Version`]. Versions start at 1, rise by 1, have no gaps and
//!   never restart.
//! * **Durability.** [`EventStore::append`] answers only after the event is durable ("durable" is
//!   each engine's own: one fsync for the embedded log, the stream's replication and sync setting
//!   for JetStream). An error never means "appended, perhaps" without saying so: see
//!   [`AppendError::Unavailable`].
//! * **Guard.** An append can be made conditional on the last version of its own [`Subject`]; of
//!   many racing appends with the same guard exactly one wins.
//! * **Idempotence.** An [`EventId`] seen before, inside the engine's window, gives the first
//!   version back.
//! * **Delivery.** A [`Subscription`] yields every event from a version on, once and in order, and
//!   goes from catching up to live without a seam.
//!
//! The crate knows nothing of HTTP, of folds or of the rules of the game.

pub mod bench;
mod error;
pub mod event;
pub mod jetstream;
pub mod sqlite;
mod store;
#[cfg(feature = "testing")]
pub mod testing;

pub use error::{AppendError, BoxError, OpenError, ReadError, SubscribeError};
pub use event::{
    CanvasSlug, Cell, CooldownRule, Event, EventId, Mask, Palette, PaletteIndex, PlayerId, Region,
    Rgb, RoundId, Subject, UnixMs, Version,
};
pub use store::{
    Append, Appended, EventStore, Guard, MAX_BATCH_EVENTS, MAX_EVENT_BYTES, MAX_READ_EVENTS,
    Recorded, Subscription,
};
