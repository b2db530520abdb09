//! Films of the canvas.

use std::path::PathBuf;

use super::fault::InvalidSetting;
use super::reader::{Choice, Given, Reader};

/// Who may ask the server for a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimelapseRequests {
    /// Whoever is signed in: `players`.
    Players,
    /// Nobody; `pixelwars timelapse` still renders: `off`.
    Off,
}

impl Choice for TimelapseRequests {
    const WORDS: &'static [(&'static str, Self)] =
        &[("players", Self::Players), ("off", Self::Off)];
}

/// How films of the canvas are rendered, and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timelapse {
    /// `timelapse.requests`, `PIXELWARS_TIMELAPSE__REQUESTS`: `players` when not set.
    pub requests: TimelapseRequests,
    /// `timelapse.ffmpeg`, `PIXELWARS_TIMELAPSE__FFMPEG`: the program that encodes videos and WebP,
    /// by its path or by a name on the search path; `ffmpeg` when not set.
    pub ffmpeg: PathBuf,
    /// `timelapse.per_hour`, `PIXELWARS_TIMELAPSE__PER_HOUR`: how many films an account may ask for
    /// in an hour, and an address, 1 to 10 000; 12 when not set.
    pub per_hour: u32,
    /// `timelapse.max_queue`, `PIXELWARS_TIMELAPSE__MAX_QUEUE`: how many films may wait while one
    /// is rendered, 1 to 1000; 20 when not set.
    pub max_queue: u32,
    /// `timelapse.max_minutes`, `PIXELWARS_TIMELAPSE__MAX_MINUTES`: how long one rendering may
    /// take, in minutes, 1 to 1440; 30 when not set.
    pub max_minutes: u32,
    /// `timelapse.max_file_mib`, `PIXELWARS_TIMELAPSE__MAX_FILE_MIB`: the largest film, in MiB, 1
    /// to 4096; 256 when not set.
    pub max_file_mib: u32,
    /// `timelapse.keep_hours`, `PIXELWARS_TIMELAPSE__KEEP_HOURS`: for how long a film is kept, in
    /// hours, 1 to 8760; 24 when not set.
    pub keep_hours: u32,
    /// `timelapse.max_kept`, `PIXELWARS_TIMELAPSE__MAX_KEPT`: how many films are kept, 1 to 10 000;
    /// 100 when not set. The oldest make room for new ones.
    pub max_kept: u32,
}

impl Timelapse {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            requests: reader.choice("timelapse.requests", TimelapseRequests::Players),
            ffmpeg: reader.setting(
                "timelapse.ffmpeg",
                PathBuf::from("ffmpeg"),
                program,
                |path| path.display().to_string().into(),
            ),
            per_hour: reader.number("timelapse.per_hour", 12, 1..=10_000),
            max_queue: reader.number("timelapse.max_queue", 20, 1..=1_000),
            max_minutes: reader.number("timelapse.max_minutes", 30, 1..=1_440),
            max_file_mib: reader.number("timelapse.max_file_mib", 256, 1..=4_096),
            keep_hours: reader.number("timelapse.keep_hours", 24, 1..=8_760),
            max_kept: reader.number("timelapse.max_kept", 100, 1..=10_000),
        }
    }

    /// The largest film, in bytes.
    pub fn max_file_bytes(&self) -> u64 {
        u64::from(self.max_file_mib) << 20
    }
}

fn program(given: &Given) -> Result<PathBuf, InvalidSetting> {
    match given.text()? {
        "" => Err(InvalidSetting::new("the path is empty", "name a program")),
        path => Ok(PathBuf::from(path)),
    }
}
