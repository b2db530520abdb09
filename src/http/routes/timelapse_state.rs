//! What is said about films.

use event_store::{CanvasSlug, UnixMs};
use serde::Serialize;
use utoipa::ToSchema;

use super::timelapse_body::TimelapseFormat;
use crate::http::rfc3339;
use crate::timelapse::jobs::{Description, Failure, FilmId, Finished, Job, JobStatus, Known};
use crate::timelapse::{Format, limits};

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
