//! What is derived from the log of a canvas: the live canvas, its snapshots and its read models.
//!
//! * **Pure.** A fold ([`Canvas`], [`Field`], [`history::Packer`], [`Behaviour`]) is a function of
//!   the events alone: no clock, no randomness, no I/O. The same log gives the same bytes on every
//!   machine, forever.
//! * **Disposable.** Everything that this crate stores can be deleted and is built again from the
//!   log. Stored bytes carry a hash; damaged ones are skipped, never trusted.
//! * **Tolerant.** An event that is lawful in type but senseless where it stands (a cell outside, a
//!   round that is over) folds to nothing; it still has its version.
//!
//! The stored and sent formats are described in `docs/FORMATS.md`. The crate knows nothing of HTTP.

pub mod at;
pub mod behaviour;
mod blobs;
pub mod boot;
pub mod canvas;
pub mod catch_up;
pub mod checkpoint;
pub mod delta;
pub mod grid;
pub mod history;
pub mod image;
pub mod log_pages;
pub mod pool;
pub mod pseudonym;
pub mod snapshot;
#[cfg(feature = "testing")]
pub mod testing;
pub mod verify;

pub use behaviour::Behaviour;
pub use canvas::{Applied, Canvas, OutOfOrder};
pub use catch_up::{CatchUp, CatchUpError, Position};
pub use checkpoint::CheckpointStore;
pub use delta::{Changes, Delta};
pub use grid::{CellChange, Field, Grid};
pub use log_pages::LogPages;
pub use pool::Pool;
pub use pseudonym::PseudonymKey;
pub use snapshot::{Snapshot, SnapshotSchedule, SnapshotStore};
