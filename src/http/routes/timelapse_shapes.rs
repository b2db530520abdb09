//! What is said about films, both ways.

use std::str::FromStr;

use event_store::{CanvasSlug, Region, RoundId, UnixMs, Version};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::error::{ApiError, ErrorCode};
use crate::http::rfc3339;
use crate::http::timestamp::parse_rfc3339;
use crate::timelapse::jobs::{Description, Failure, FilmId, Finished, Job, JobStatus, Known};
use crate::timelapse::limits;
use crate::timelapse::{Format, Pace, Place, TimelapseRequest};

/// The form of a film's file.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimelapseFormat {
    /// H.264 in MP4.
    Mp4,
    /// VP9 in WebM.
    Webm,
    /// GIF with exactly the canvas's colours.
    Gif,
    /// Animated WebP without loss.
    Webp,
}

impl From<TimelapseFormat> for Format {
    fn from(format: TimelapseFormat) -> Self {
        match format {
            TimelapseFormat::Mp4 => Self::Mp4,
            TimelapseFormat::Webm => Self::Webm,
            TimelapseFormat::Gif => Self::Gif,
            TimelapseFormat::Webp => Self::Webp,
        }
    }
}

impl From<Format> for TimelapseFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Mp4 => Self::Mp4,
            Format::Webm => Self::Webm,
            Format::Gif => Self::Gif,
            Format::Webp => Self::Webp,
        }
    }
}

/// What a frame follows.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimelapsePace {
    /// Time.
    Time,
    /// Events.
    Events,
}

/// A film that is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimelapseBody {
    /// The form of the file.
    format: TimelapseFormat,
    /// The round shown; the newest when left out.
    round: Option<u32>,
    /// The version that the film begins with; the round's opening when neither this nor `from_time`
    /// is given.
    from_version: Option<u64>,
    /// The time that it begins with, RFC 3339.
    from_time: Option<String>,
    /// The version that it ends with; the newest of the round when neither this nor `to_time` is
    /// given.
    to_version: Option<u64>,
    /// The time that it ends with, RFC 3339.
    to_time: Option<String>,
    /// The part shown, `x,y,width,height` in cells; all when left out.
    #[schema(example = "0,0,500,500")]
    region: Option<String>,
    /// Frames a second, 1 to 60, of a GIF 1 to 50; 30, of a GIF 20, when left out.
    #[schema(minimum = 1, maximum = 60)]
    fps: Option<u32>,
    /// Length without the hold, at most 600000; 30000, of a GIF 10000, when left out.
    #[schema(minimum = 1, maximum = 600_000)]
    duration_ms: Option<u64>,
    /// How long the last frame stays, at most 30000.
    #[schema(minimum = 0, maximum = 30_000)]
    hold_ms: Option<u64>,
    /// Pixels a cell, `1` to `32`, or `1/2` to `1/64`; the largest that fits when left out.
    #[schema(example = "2")]
    scale: Option<String>,
    /// The film's size; as large as its content when left out.
    #[schema(example = "1920x1080")]
    frame: Option<String>,
    /// What a frame follows; time when left out.
    pace: Option<TimelapsePace>,
    /// To what length stretches without an event are cut; only with the pace of time.
    #[schema(minimum = 1)]
    skip_idle_ms: Option<u64>,
    /// The title of a strip below the canvas, 1 to 80 characters; no strip when left out.
    #[schema(example = "Spring")]
    caption: Option<String>,
}

/// A film that breaks a rule, and which one.
pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::InvalidTimelapse, message)
}

fn parsed<T: FromStr<Err: ToString>>(text: Option<&String>) -> Result<Option<T>, ApiError> {
    let parsed = text.map(|text| text.parse::<T>());
    parsed
        .transpose()
        .map_err(|error| invalid(error.to_string()))
}

fn place(
    what: &str,
    version: Option<u64>,
    time: Option<&String>,
) -> Result<Option<Place>, ApiError> {
    match (version, time) {
        (None, None) => Ok(None),
        (Some(version), None) => Ok(Some(Place::Version(Version(version)))),
        (None, Some(time)) => {
            let at = parse_rfc3339(time).ok_or_else(|| {
                invalid(format!(
                    "`{what}_time` is no time; write 2022-04-04T00:53:51Z"
                ))
            })?;
            Ok(Some(Place::Time(at)))
        }
        (Some(_), Some(_)) => Err(invalid(format!(
            "give either `{what}_version` or `{what}_time`, not both"
        ))),
    }
}

fn region(text: &str) -> Result<Region, ApiError> {
    let numbers = text.split(',').map(|part| part.trim().parse().ok());
    match numbers.collect::<Option<Vec<u16>>>().as_deref() {
        Some(&[x, y, width, height]) => Ok(Region {
            x,
            y,
            width,
            height,
        }),
        _ => Err(invalid(
            "`region` is not of the form `x,y,width,height` in cells",
        )),
    }
}

impl TimelapseBody {
    /// What is asked for.
    ///
    /// # Errors
    /// `invalid_timelapse`
    pub(super) fn request(&self) -> Result<TimelapseRequest, ApiError> {
        Ok(TimelapseRequest {
            format: self.format.into(),
            round: self.round.map(RoundId),
            from: place("from", self.from_version, self.from_time.as_ref())?,
            to: place("to", self.to_version, self.to_time.as_ref())?,
            region: self.region.as_deref().map(region).transpose()?,
            fps: self.fps,
            duration_ms: self.duration_ms,
            hold_ms: self.hold_ms.unwrap_or(0),
            scale: parsed(self.scale.as_ref())?,
            frame: parsed(self.frame.as_ref())?,
            pace: match self.pace {
                None | Some(TimelapsePace::Time) => Pace::Time,
                Some(TimelapsePace::Events) => Pace::Events,
            },
            skip_idle_ms: self.skip_idle_ms,
            caption: self.caption.clone(),
        })
    }
}

/// What films can be asked for.
#[derive(Serialize, ToSchema)]
pub struct TimelapseOffer {
    /// The formats; none when films are off here.
    pub formats: Vec<TimelapseFormat>,
    /// How many films wait.
    pub queued: usize,
    /// How many may.
    pub max_queued: u32,
    /// The bounds of a film.
    pub limits: TimelapseLimits,
}

/// The bounds of a film.
#[derive(Serialize, ToSchema)]
pub struct TimelapseLimits {
    /// Frames of an MP4 or WebM.
    pub frames: u32,
    /// Frames of a GIF or WebP.
    pub gif_frames: u32,
    /// Pixels of a frame.
    pub frame_pixels: u64,
    /// Pixels of a frame's side.
    pub frame_side: u32,
    /// Pixels of all frames together.
    pub film_pixels: u64,
    /// Length without the hold.
    pub duration_ms: u64,
    /// How long the last frame may stay.
    pub hold_ms: u64,
    /// Frames a second.
    pub fps: u32,
    /// Frames a second of a GIF.
    pub gif_fps: u32,
    /// Pixels a cell.
    pub scale: u16,
    /// Cells a pixel.
    pub reduction: u16,
    /// Characters of a caption.
    pub caption_chars: usize,
    /// Bytes of the file.
    pub file_bytes: u64,
}

impl TimelapseLimits {
    /// The bounds of this program, and of an operator who allows files of `file_bytes`.
    pub(super) fn of(file_bytes: u64) -> Self {
        Self {
            frames: limits::MAX_FRAMES,
            gif_frames: limits::MAX_PICTURE_FRAMES,
            frame_pixels: limits::MAX_FRAME_PIXELS,
            frame_side: limits::MAX_FRAME_SIDE,
            film_pixels: limits::MAX_FILM_PIXELS,
            duration_ms: limits::MAX_DURATION_MS,
            hold_ms: limits::MAX_HOLD_MS,
            fps: limits::MAX_FPS,
            gif_fps: limits::MAX_GIF_FPS,
            scale: limits::MAX_SCALE,
            reduction: limits::MAX_REDUCTION,
            caption_chars: limits::MAX_CAPTION_CHARS,
            file_bytes,
        }
    }
}

/// How far a film is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimelapseStatus {
    /// It waits.
    Queued,
    /// It is being rendered.
    Rendering,
    /// There is a file.
    Done,
    /// It could not be rendered.
    Failed,
    /// Nobody wants it any more.
    Cancelled,
}

/// What a film shows and how.
#[derive(Serialize, ToSchema)]
pub struct TimelapseFilm {
    /// The form of the file.
    pub format: String,
    /// The round.
    pub round: u32,
    /// The version that it begins with.
    pub from_version: u64,
    /// The version that it ends with.
    pub to_version: u64,
    /// The part shown, `x,y,width,height` in cells.
    pub region: String,
    /// The width of a frame in pixels.
    pub width: u32,
    /// The height of a frame in pixels.
    pub height: u32,
    /// Pixels a cell, as `2` or `1/2`.
    pub scale: String,
    /// Frames a second.
    pub fps: u32,
    /// How many frames.
    pub frames: u32,
    /// What a frame follows: `time` or `events`.
    pub pace: String,
}

impl From<Description> for TimelapseFilm {
    fn from(film: Description) -> Self {
        Self {
            region: film.region.map(|number| number.to_string()).join(","),
            format: film.format,
            round: film.round,
            from_version: film.from_version,
            to_version: film.to_version,
            width: film.width,
            height: film.height,
            scale: film.scale,
            fps: film.fps,
            frames: film.frames,
            pace: film.pace,
        }
    }
}

/// The file of a film.
#[derive(Serialize, ToSchema)]
pub struct TimelapseFile {
    /// Its address.
    pub url: String,
    /// Its media type.
    pub media_type: String,
    /// Its size.
    pub bytes: u64,
}

/// Why a film could not be rendered.
#[derive(Serialize, ToSchema)]
pub struct TimelapseFailure {
    /// For programs: `too_large`, `too_slow` or `fault`.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

/// A film, as it is now.
#[derive(Serialize, ToSchema)]
pub struct TimelapseState {
    /// Its name: the same film has the same.
    pub id: String,
    /// The canvas.
    pub canvas: String,
    /// How far it is.
    pub status: TimelapseStatus,
    /// How many films come before it; 0 unless it waits.
    pub position: u32,
    /// How much of it is rendered, 0 to 1.
    pub progress: f64,
    /// What it shows.
    pub film: TimelapseFilm,
    /// The file, when it is done.
    pub file: Option<TimelapseFile>,
    /// What went wrong, when it failed.
    pub error: Option<TimelapseFailure>,
    /// When it was asked for first, RFC 3339.
    pub requested_at: String,
    /// Until when the file is kept, RFC 3339, unless newer ones need the room.
    pub expires_at: Option<String>,
}

impl TimelapseState {
    /// The state of a film whose file is kept for `keep_ms`.
    pub(super) fn of(known: Known, canvas: &CanvasSlug, keep_ms: i64) -> Self {
        match known {
            Known::Job(job) => Self::of_job(&job, canvas),
            Known::Finished(id, finished) => Self::of_finished(&id, finished, canvas, keep_ms),
        }
    }

    pub(super) fn of_job(job: &Job, canvas: &CanvasSlug) -> Self {
        let mut state = Self::new(
            &job.id,
            canvas,
            Description::of(&job.film),
            job.requested_at,
        );
        match &job.status {
            JobStatus::Queued { ahead } => state.position = *ahead,
            JobStatus::Rendering { frames } => {
                state.status = TimelapseStatus::Rendering;
                state.progress = f64::from(*frames) / f64::from(job.film.frames());
            }
            JobStatus::Failed(failure) => {
                state.status = TimelapseStatus::Failed;
                state.error = Some(failure.into());
            }
            JobStatus::Cancelled => state.status = TimelapseStatus::Cancelled,
        }
        state
    }

    fn of_finished(id: &FilmId, finished: Finished, canvas: &CanvasSlug, keep_ms: i64) -> Self {
        let media_type = finished.film.format().map_or("", Format::media_type);
        let (canvas_name, name) = (canvas.as_str(), id.as_str());
        let file = TimelapseFile {
            url: format!("/api/v1/canvases/{canvas_name}/timelapses/{name}/file"),
            media_type: media_type.to_owned(),
            bytes: finished.bytes,
        };
        Self {
            status: TimelapseStatus::Done,
            progress: 1.0,
            file: Some(file),
            expires_at: Some(rfc3339(finished.done_at.plus_ms(keep_ms))),
            ..Self::new(id, canvas, finished.film, finished.requested_at)
        }
    }

    fn new(id: &FilmId, canvas: &CanvasSlug, film: Description, requested_at: UnixMs) -> Self {
        Self {
            id: id.as_str().to_owned(),
            canvas: canvas.as_str().to_owned(),
            status: TimelapseStatus::Queued,
            position: 0,
            progress: 0.0,
            film: film.into(),
            file: None,
            error: None,
            requested_at: rfc3339(requested_at),
            expires_at: None,
        }
    }
}

impl From<&Failure> for TimelapseFailure {
    fn from(failure: &Failure) -> Self {
        let (code, message) = match failure {
            Failure::TooLarge { max_bytes } => {
                let mib = max_bytes >> 20;
                let message = format!("the file would be larger than {mib} MiB; ask for less");
                ("too_large", message)
            }
            Failure::TooSlow => ("too_slow", "it took too long; ask for less".to_owned()),
            Failure::Fault => {
                let message = "the server could not render it; its log tells why";
                ("fault", message.to_owned())
            }
        };
        Self { code, message }
    }
}
