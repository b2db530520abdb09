//! What can be asked of a film.

use std::fmt;
use std::str::FromStr;

use event_store::{Region, RoundId, UnixMs, Version};

use super::limits::{MAX_REDUCTION, MAX_SCALE};

/// The form of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// H.264 in MP4, by ffmpeg.
    Mp4,
    /// VP9 in WebM, by ffmpeg.
    Webm,
    /// GIF with exactly the canvas's colours.
    Gif,
    /// Animated WebP without loss, by ffmpeg.
    Webp,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Mp4, Self::Webm, Self::Gif, Self::Webp];

    /// The word for it, which is also the file's extension.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Webm => "webm",
            Self::Gif => "gif",
            Self::Webp => "webp",
        }
    }

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::Webm => "video/webm",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
        }
    }

    /// The format of an extension.
    pub fn of_extension(extension: &str) -> Option<Self> {
        let is_it = |format: &Self| format.extension().eq_ignore_ascii_case(extension);
        Self::ALL.into_iter().find(is_it)
    }

    /// Whether ffmpeg makes it.
    pub const fn needs_ffmpeg(self) -> bool {
        match self {
            Self::Mp4 | Self::Webm | Self::Webp => true,
            Self::Gif => false,
        }
    }

    /// Whether both sides have to be even: one sample of colour is for two pixels by two.
    pub(super) const fn has_even_sides(self) -> bool {
        match self {
            Self::Mp4 | Self::Webm => true,
            Self::Gif | Self::Webp => false,
        }
    }

    /// Whether it is a moving picture, which players keep in memory, rather than a video.
    pub(super) const fn is_picture(self) -> bool {
        !self.has_even_sides()
    }
}

/// What a frame follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pace {
    /// Time: every frame is as long after the one before.
    #[default]
    Time,
    /// Events: every frame brings as many that show.
    Events,
}

impl Pace {
    /// Both paces.
    pub const ALL: [Self; 2] = [Self::Time, Self::Events];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Events => "events",
        }
    }
}

/// A word or number that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub(super) String);

impl FromStr for Pace {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let found = Self::ALL.into_iter().find(|pace| pace.name() == text);
        found.ok_or_else(|| Unreadable("write time or events".to_owned()))
    }
}

/// How cells become pixels; whole numbers only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scale {
    /// A cell is a square of so many pixels' side, 1 to [`MAX_SCALE`].
    Up(u16),
    /// A pixel is a square of so many cells' side, 2 to [`MAX_REDUCTION`].
    Down(u16),
}

impl Scale {
    /// How many pixels so many cells take.
    pub fn pixels(self, cells: u16) -> u32 {
        match self {
            Self::Up(times) => u32::from(cells) * u32::from(times),
            Self::Down(cells_a_pixel) => u32::from(cells.div_ceil(cells_a_pixel)),
        }
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Up(times) => write!(formatter, "{times}"),
            Self::Down(cells) => write!(formatter, "1/{cells}"),
        }
    }
}

impl FromStr for Scale {
    type Err = Unreadable;

    /// Reads `3` and `1/3`.
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let (scale, range) = match text.strip_prefix("1/") {
            Some(cells) => (cells.parse().map(Self::Down), 2..=MAX_REDUCTION),
            None => (text.parse().map(Self::Up), 1..=MAX_SCALE),
        };
        let is_lawful = |scale: &Self| match scale {
            Self::Up(number) | Self::Down(number) => range.contains(number),
        };
        scale.ok().filter(is_lawful).ok_or_else(|| {
            let shown: String = text.chars().take(16).collect();
            Unreadable(format!(
                "scale `{shown}` is not one of 1 to {MAX_SCALE} or 1/2 to 1/{MAX_REDUCTION}"
            ))
        })
    }
}

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrameSize {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl FrameSize {
    /// How many pixels.
    pub const fn pixels(self) -> u64 {
        self.width as u64 * self.height as u64
    }
}

impl fmt::Display for FrameSize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}x{}", self.width, self.height)
    }
}

impl FromStr for FrameSize {
    type Err = Unreadable;

    /// Reads `1920x1080`.
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let sides = text.split_once('x');
        let read = |side: &str| side.parse::<u16>().ok().map(u32::from);
        let size = sides.and_then(|(width, height)| Some((read(width)?, read(height)?)));
        let (width, height) = size.ok_or_else(|| {
            let shown: String = text.chars().take(16).collect();
            Unreadable(format!("frame `{shown}` is not of the form 1920x1080"))
        })?;
        Ok(Self { width, height })
    }
}

/// A place in the history of a canvas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Right after a version.
    Version(Version),
    /// At a time.
    Time(UnixMs),
}

/// What is asked of a film. What is left out is chosen when the film is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelapseRequest {
    /// The form of the file.
    pub format: Format,
    /// Whose round; the newest when left out.
    pub round: Option<RoundId>,
    /// What the first frame shows; the round's opening when left out.
    pub from: Option<Place>,
    /// What the last frame shows; the round's newest version when left out.
    pub to: Option<Place>,
    /// The part shown; all when left out.
    pub region: Option<Region>,
    /// Frames a second; 30, of a GIF 20, when left out.
    pub fps: Option<u32>,
    /// Length in milliseconds without the hold; 30 s, of a GIF 10 s, when left out.
    pub duration_ms: Option<u64>,
    /// How long the last frame stays after that, in milliseconds.
    pub hold_ms: u64,
    /// How cells become pixels; the largest that fits when left out.
    pub scale: Option<Scale>,
    /// The film's size; as large as its content when left out.
    pub frame: Option<FrameSize>,
    /// What a frame follows.
    pub pace: Pace,
    /// To what length, in milliseconds, stretches without an event are cut; none are when left out.
    pub skip_idle_ms: Option<u64>,
    /// The title of a strip below the canvas; no strip when left out.
    pub caption: Option<String>,
}

impl TimelapseRequest {
    /// A film of the newest round with nothing chosen but its form.
    pub fn new(format: Format) -> Self {
        Self {
            format,
            round: None,
            from: None,
            to: None,
            region: None,
            fps: None,
            duration_ms: None,
            hold_ms: 0,
            scale: None,
            frame: None,
            pace: Pace::Time,
            skip_idle_ms: None,
            caption: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_whole_numbers_up_and_down() {
        assert_eq!("1".parse(), Ok(Scale::Up(1)));
        assert_eq!("32".parse(), Ok(Scale::Up(32)));
        assert_eq!("1/64".parse(), Ok(Scale::Down(64)));
        for text in [
            "0", "33", "1/1", "1/65", "1.5", "2/3", "", "1/", "-1", "1/-2",
        ] {
            assert!(text.parse::<Scale>().is_err(), "{text}");
        }
        assert_eq!(Scale::Up(3).pixels(5), 15);
        assert_eq!(Scale::Down(3).pixels(7), 3);
    }

    #[test]
    fn frames_are_two_numbers() {
        let size = FrameSize {
            width: 1_920,
            height: 1_080,
        };
        assert_eq!("1920x1080".parse(), Ok(size));
        for text in ["1920", "x", "1920x", "ax1", "99999x1", "1x1x1"] {
            assert!(text.parse::<FrameSize>().is_err(), "{text}");
        }
    }
}
