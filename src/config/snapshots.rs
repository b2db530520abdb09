//! How often the canvas is kept as a whole.

use super::reader::Reader;

/// How often the canvas is kept as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshots {
    /// `snapshots.interval_events`, `PIXELWARS_SNAPSHOTS__INTERVAL_EVENTS`: the fewest events
    /// between two snapshots, 1 to 1 000 000; 100 when not set. Under load there are more.
    pub interval_events: u32,
}

impl Snapshots {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            interval_events: reader.number("snapshots.interval_events", 100, 1..=1_000_000),
        }
    }
}
