//! How films are asked for.

use std::str::FromStr;

use event_store::{Region, RoundId, Version};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::error::{ApiError, ErrorCode};
use crate::http::timestamp::parse_rfc3339;
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
