//! A moment of the past, from history, or from the log where history has not come yet.

use event_store::{UnixMs, Version};
use projections::at::{AtError, CanvasAt};

use super::error::{ApiError, ErrorCode};
use crate::app::App;
use crate::history::HistoryError;
use crate::live::past;

/// The canvas right after `version`.
pub(super) async fn canvas_at(app: &App, version: Version) -> Result<CanvasAt, ApiError> {
    match app.history.at(version).await {
        Ok(shown) => return Ok(shown),
        Err(error) => warn_of(&error),
    }
    let shown = app.live.at(version).await;
    shown.map_err(|error| not_shown(error, version))
}

/// The newest version whose event happened at `at` or before; [`Version::ZERO`] when all happened
/// later.
pub(super) async fn version_at(app: &App, at: UnixMs) -> Result<Version, ApiError> {
    if app.history.version() >= app.live.version() {
        match app.history.version_at(at).await {
            Ok(version) => return Ok(version),
            Err(error) => warn_of(&error),
        }
    }
    let found = past::version_at(app.live.store(), at).await;
    found.map_err(|error| ApiError::fault(ErrorCode::Unavailable, &error))
}

/// A version that a client names, which has to be there already.
pub(super) fn reached(app: &App, version: u64) -> Result<Version, ApiError> {
    let (version, head) = (Version(version), app.live.version());
    if version > head {
        let message = format!("version {version} is yet to come; the newest is {head}");
        return Err(ApiError::new(ErrorCode::VersionNotFound, message));
    }
    Ok(version)
}

/// The log has the answer too, but a file that is broken wants mending.
fn warn_of(error: &HistoryError) {
    if let HistoryError::Store(_) | HistoryError::Work(_) = error {
        let error = error as &dyn std::error::Error;
        tracing::error!(
            error,
            "a file of history is of no use; run `pixelwars verify --repair`"
        );
        metrics::counter!("canvas_history_failures_total").increment(1);
    }
}

fn not_shown(error: AtError, version: Version) -> ApiError {
    match error {
        AtError::BeforeFirstRound { .. } => {
            let message = format!("no round was open at version {version}");
            ApiError::new(ErrorCode::VersionNotFound, message)
        }
        AtError::Future { head, .. } => {
            let message = format!("version {version} is yet to come; the newest is {head}");
            ApiError::new(ErrorCode::VersionNotFound, message)
        }
        AtError::OtherLog { .. } => ApiError::fault(ErrorCode::Internal, &error),
        AtError::Log(_) => ApiError::fault(ErrorCode::Unavailable, &error),
    }
}

/// What a client is told when history itself is asked for.
pub(super) fn no_answer(error: &HistoryError) -> ApiError {
    let message = error.to_string();
    match error {
        HistoryError::NotReady | HistoryError::NotReached { .. } => {
            let message = format!("{message}; try again");
            ApiError::new(ErrorCode::HistoryNotReady, message).retry_after_ms(1_000)
        }
        HistoryError::BeforeFirstRound { .. } => ApiError::new(ErrorCode::VersionNotFound, message),
        HistoryError::NoSegment { .. } => ApiError::new(ErrorCode::SegmentNotFound, message),
        HistoryError::NoKeyframe { .. } => ApiError::new(ErrorCode::KeyframeNotFound, message),
        HistoryError::Store(_) | HistoryError::Work(_) => {
            warn_of(error);
            ApiError::fault(ErrorCode::Unavailable, error)
        }
    }
}
