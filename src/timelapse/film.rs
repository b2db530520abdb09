//! A film that is planned: everything decided, nothing rendered.

use event_store::event::Size;
use event_store::{CanvasSlug, Palette, ReadError, Region, RoundId, UnixMs, Version};
use projections::at::AtError;

use super::layout::{Layout, LayoutError};
use super::limits::{
    MAX_CAPTION_CHARS, MAX_DURATION_MS, MAX_FILM_PIXELS, MAX_FPS, MAX_FRAMES, MAX_GIF_FPS,
    MAX_HOLD_MS, MAX_PICTURE_FRAMES, MAX_SKIP_IDLE_MS,
};
use super::request::{Format, FrameSize, Pace, Scale, TimelapseRequest};

/// A film that is not planned.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// No round has been opened.
    #[error("no round has been opened yet")]
    NoRound,
    /// There is no such round.
    #[error("there is no round {round}")]
    UnknownRound {
        /// The round asked for.
        round: RoundId,
    },
    /// A version of another round, or one that is yet to come.
    #[error("version {version} is not of round {round}, which has {first} to {last}")]
    OtherRound {
        /// The version asked for.
        version: Version,
        /// The round.
        round: RoundId,
        /// Its first version.
        first: Version,
        /// Its last version.
        last: Version,
    },
    /// A time before the round.
    #[error("the time lies before the first event of round {round}")]
    BeforeRound {
        /// The round.
        round: RoundId,
    },
    /// The range ends before it begins.
    #[error("the range ends at version {to}, before it begins at {from}")]
    Reversed {
        /// Its beginning.
        from: Version,
        /// Its end.
        to: Version,
    },
    /// The region has no cell, or reaches out of the canvas as it is at the range's end.
    #[error("region does not lie on the canvas of {}×{} cells", size.width, size.height)]
    Region {
        /// The canvas's size.
        size: Size,
    },
    /// The frame is too large, or too small for what is to be in it.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// A number out of its bounds.
    #[error("{what} is {given}, lawful are {least} to {most}")]
    OutOfBounds {
        /// Which number, with its unit.
        what: &'static str,
        /// What was asked for.
        given: u64,
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// A caption that is empty, too long, or holds what is no letter.
    #[error("a caption has 1 to {MAX_CAPTION_CHARS} characters and no control characters")]
    Caption,
    /// Idle stretches are skipped, but frames do not follow the time.
    #[error("only a film paced by time has idle stretches to skip")]
    IdleWithoutTime,
    /// The log could not be read.
    #[error("could not read the log to plan a timelapse")]
    Log(#[source] ReadError),
    /// The canvas at the range's beginning or end could not be folded.
    #[error("could not fold the canvas to plan a timelapse")]
    At(#[source] AtError),
}

/// The stretch of history that a film shows, inside of one round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The round.
    pub round: RoundId,
    /// What the first frame shows at least: the canvas right after this version.
    pub from: Version,
    /// What the last frame shows.
    pub to: Version,
    /// When the film begins, not before the event of `from`.
    pub begins_at: UnixMs,
    /// When it ends, not before it begins.
    pub ends_at: UnixMs,
    /// The canvas's size at the end.
    pub size: Size,
    /// Its palette at the end.
    pub palette: Palette,
}

/// A film that is planned: two that are equal have the same frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Film {
    /// The form of the file.
    pub format: Format,
    /// The stretch of history.
    pub range: Range,
    /// Frames a second.
    pub fps: u32,
    /// Frames that follow the pace, at least 1.
    pub moving_frames: u32,
    /// Frames that hold the end.
    pub held_frames: u32,
    /// What a frame follows.
    pub pace: Pace,
    /// To what length, in milliseconds, idle stretches are cut.
    pub skip_idle_ms: Option<u64>,
    /// The title of the strip.
    pub caption: Option<String>,
    pub(super) layout: Layout,
}

impl Film {
    /// Plans a film of a range.
    ///
    /// # Errors
    /// [`PlanError`], but for what is about the range.
    pub fn plan(request: &TimelapseRequest, range: Range) -> Result<Self, PlanError> {
        let format = request.format;
        let (default_fps, most_fps, default_ms) = match format {
            Format::Gif => (20, MAX_GIF_FPS, 10_000),
            Format::Mp4 | Format::Webm | Format::Webp => (30, MAX_FPS, 30_000),
        };
        let fps = request.fps.unwrap_or(default_fps);
        within("frames a second", fps.into(), 1, most_fps.into())?;
        let duration_ms = request.duration_ms.unwrap_or(default_ms);
        within("length in milliseconds", duration_ms, 1, MAX_DURATION_MS)?;
        within("hold in milliseconds", request.hold_ms, 0, MAX_HOLD_MS)?;
        if let Some(skip) = request.skip_idle_ms {
            within("idle time in milliseconds", skip, 1, MAX_SKIP_IDLE_MS)?;
            if request.pace != Pace::Time {
                return Err(PlanError::IdleWithoutTime);
            }
        }
        let frames_of = |ms: u64| u32::try_from(ms * u64::from(fps) / 1_000).unwrap_or(u32::MAX);
        let moving_frames = frames_of(duration_ms).max(1);
        let held_frames = frames_of(request.hold_ms);
        let most_frames = match format.is_picture() {
            true => MAX_PICTURE_FRAMES,
            false => MAX_FRAMES,
        };
        let frames = moving_frames + held_frames;
        within("number of frames", frames.into(), 1, most_frames.into())?;
        let caption = request.caption.as_deref().map(lawful_caption).transpose()?;
        let region = lawful_region(request.region, range.size)?;
        let layout = Layout::new(
            format,
            region,
            request.scale,
            request.frame,
            caption.is_some(),
        )?;
        let pixels = layout.frame.pixels() * u64::from(frames);
        within("pixels of all frames", pixels, 1, MAX_FILM_PIXELS)?;
        Ok(Self {
            format,
            range,
            fps,
            moving_frames,
            held_frames,
            pace: request.pace,
            skip_idle_ms: request.skip_idle_ms,
            caption,
            layout,
        })
    }

    /// How many frames there are.
    pub fn frames(&self) -> u32 {
        self.moving_frames + self.held_frames
    }

    /// The size of a frame.
    pub fn frame(&self) -> FrameSize {
        self.layout.frame
    }

    /// The part of the canvas that is shown.
    pub fn region(&self) -> Region {
        self.layout.region
    }

    /// How cells become pixels.
    pub fn scale(&self) -> Scale {
        self.layout.scale
    }

    /// Whether the events have to be looked through before the first frame is known.
    pub(super) fn needs_survey(&self) -> bool {
        self.pace == Pace::Events || self.skip_idle_ms.is_some()
    }

    /// A name of this film on this canvas: the same film has the same name, 32 hexadecimal digits.
    ///
    /// The name changes with the renderer, so that a file of an older renderer is not taken for one
    /// of this.
    pub fn name(&self, canvas: &CanvasSlug) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{RENDERER} {canvas} {self:?}").as_bytes());
        let hash = hasher.finalize().to_hex();
        hash.chars().take(NAME_DIGITS).collect()
    }
}

/// Counted up whenever the same film would get other frames.
const RENDERER: u32 = 1;

/// Digits of a film's name: 128 bits.
pub const NAME_DIGITS: usize = 32;

fn within(what: &'static str, given: u64, least: u64, most: u64) -> Result<(), PlanError> {
    match (least..=most).contains(&given) {
        true => Ok(()),
        false => Err(PlanError::OutOfBounds {
            what,
            given,
            least,
            most,
        }),
    }
}

fn lawful_caption(text: &str) -> Result<String, PlanError> {
    let text = text.trim();
    let length = text.chars().take(MAX_CAPTION_CHARS + 1).count();
    let is_lawful = (1..=MAX_CAPTION_CHARS).contains(&length) && !text.contains(char::is_control);
    is_lawful.then(|| text.to_owned()).ok_or(PlanError::Caption)
}

fn lawful_region(region: Option<Region>, size: Size) -> Result<Region, PlanError> {
    let whole = Region {
        x: 0,
        y: 0,
        width: size.width,
        height: size.height,
    };
    let region = region.unwrap_or(whole);
    let is_empty = region.width == 0 || region.height == 0;
    match !is_empty && region.clipped_to(size) == region {
        true => Ok(region),
        false => Err(PlanError::Region { size }),
    }
}
