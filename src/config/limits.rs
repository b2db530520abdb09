//! What one client may ask for, and how many clients there may be.

use super::reader::Reader;

/// What one client may ask for, and how many clients there may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `limits.max_batch`, `PIXELWARS_LIMITS__MAX_BATCH`: the most placements in one request, 1 to
    /// 1000; 64 when not set.
    pub max_batch: u32,
    /// `limits.max_body_bytes`, `PIXELWARS_LIMITS__MAX_BODY_BYTES`: the largest body of a request,
    /// in bytes, 1 KiB to 16 MiB; 64 KiB when not set.
    pub max_body_bytes: u32,
    /// `limits.max_connections`, `PIXELWARS_LIMITS__MAX_CONNECTIONS`: the most feed sockets at a
    /// time, 1 to 1 000 000; 20 000 when not set.
    pub max_connections: u32,
}

impl Limits {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            max_batch: reader.number("limits.max_batch", 64, 1..=1_000),
            max_body_bytes: reader.number("limits.max_body_bytes", 64 << 10, 1 << 10..=16 << 20),
            max_connections: reader.number("limits.max_connections", 20_000, 1..=1_000_000),
        }
    }
}
