//! Seats, the queue, and those who only watch.

use super::reader::Reader;

/// Seats, the queue, and those who only watch. How many seats there are is
/// [`Server::max_players`](super::Server::max_players).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Players {
    /// `players.afk_after_ms`, `PIXELWARS_PLAYERS__AFK_AFTER_MS`: how long a seat is kept after the
    /// last placement or undo, and a place in the queue without a socket, in milliseconds, 100 to
    /// 86 400 000 (a day); 120 000 when not set.
    pub afk_after_ms: u32,
    /// `players.max_queued`, `PIXELWARS_PLAYERS__MAX_QUEUED`: the most players who wait for a seat,
    /// 0 to 1 000 000; 100 000 when not set.
    pub max_queued: u32,
    /// `players.poll_ms`, `PIXELWARS_PLAYERS__POLL_MS`: how long the page of somebody without a
    /// feed waits between two looks at the newest snapshot, in milliseconds, 500 to 600 000; 5000
    /// when not set.
    pub poll_ms: u32,
    /// `players.max_bytes_per_s`, `PIXELWARS_PLAYERS__MAX_BYTES_PER_S`: when the sockets take more
    /// bytes a second than this for five seconds, seats that become free are not given again,
    /// 1 000 000 to 1 000 000 000 000; 1 000 000 000 when not set.
    pub max_bytes_per_s: u64,
    /// `players.max_lag_ms`, `PIXELWARS_PLAYERS__MAX_LAG_MS`: the same, when the server's timers or
    /// its pass over all sockets are later than this, in milliseconds, 10 to 60 000; 500 when not
    /// set.
    pub max_lag_ms: u32,
}

impl Players {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            afk_after_ms: reader.number("players.afk_after_ms", 120_000, 100..=86_400_000),
            max_queued: reader.number("players.max_queued", 100_000, 0..=1_000_000),
            poll_ms: reader.number("players.poll_ms", 5_000, 500..=600_000),
            max_bytes_per_s: reader.number(
                "players.max_bytes_per_s",
                1_000_000_000,
                1_000_000..=1_000_000_000_000,
            ),
            max_lag_ms: reader.number("players.max_lag_ms", 500, 10..=60_000),
        }
    }
}
