//! History: the log in immutable files, so that any moment of it is a file or two away.

pub mod chain;
mod fold;
mod index;
mod keyframe;
mod packer;
mod pseudonyms;
pub mod segment;
mod store;

pub use fold::fold;
pub use index::{Entry, Index, IndexError, KeyframeEntry, MARK_EVENTS};
pub use keyframe::{Keyframe, KeyframeError};
pub use packer::{Closed, OpenSegment, Packer};
pub use pseudonyms::{Pseudonyms, named_players};
pub use store::{File, HistoryStore, HistoryStoreError, Packed, open_keyframe, open_segment};
