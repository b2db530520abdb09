//! How frames get to the sockets of viewers.

use super::fault::InvalidSetting;
use super::reader::{Choice, Reader};

/// What writes frames to sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedWriter {
    /// A few threads that own the sockets: `shards`.
    Shards,
    /// One task a socket, on any operating system: `tasks`.
    Tasks,
}

impl Choice for FeedWriter {
    const WORDS: &'static [(&'static str, Self)] =
        &[("shards", Self::Shards), ("tasks", Self::Tasks)];
}

/// How frames get to the sockets of viewers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// `feed.writer`, `PIXELWARS_FEED__WRITER`: `shards` when not set.
    pub writer: FeedWriter,
    /// `feed.shards`, `PIXELWARS_FEED__SHARDS`: how many threads write to sockets, 0 to 256; 0,
    /// also when not set, means one a core.
    pub shards: u16,
    /// `feed.min_tick_ms`, `PIXELWARS_FEED__MIN_TICK_MS`: the least time between two frames, in
    /// milliseconds, 1 to 1000; 16 when not set.
    pub min_tick_ms: u32,
    /// `feed.max_tick_ms`, `PIXELWARS_FEED__MAX_TICK_MS`: the longest time between two frames while
    /// there is something to send, in milliseconds, 1 to 10 000 and not below `min_tick_ms`; 100
    /// when not set.
    pub max_tick_ms: u32,
}

impl Feed {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let feed = Self {
            writer: reader.choice("feed.writer", FeedWriter::Shards),
            shards: reader.number("feed.shards", 0, 0..=256),
            min_tick_ms: reader.number("feed.min_tick_ms", 16, 1..=1_000),
            max_tick_ms: reader.number("feed.max_tick_ms", 100, 1..=10_000),
        };
        let (least, most) = (feed.min_tick_ms, feed.max_tick_ms);
        let are_sound =
            !reader.is_faulty("feed.min_tick_ms") && !reader.is_faulty("feed.max_tick_ms");
        if are_sound && least > most {
            let problem = format!("{most} is less than feed.min_tick_ms, which is {least}");
            reader.fault(
                "feed.max_tick_ms",
                InvalidSetting::new(problem, "raise this or lower that"),
            );
        }
        feed
    }
}
