//! All cells at one version: their bytes, where they are kept, and when one is taken.

mod format;
mod schedule;
mod store;

pub use format::{MAX_RAW_BYTES, Snapshot, SnapshotError, compress, decompress};
pub use schedule::{DEFAULT_EVERY_EVENTS, SnapshotSchedule};
pub use store::{KEEP_NEWEST, Kept, SnapshotStore, SnapshotStoreError, THIN_BUCKET_VERSIONS};
