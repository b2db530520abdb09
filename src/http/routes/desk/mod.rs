//! Where the staff works: what players told and its answers, and what is known of players.

pub mod bans;
pub mod entries;
pub mod feedback;
pub mod players;
pub mod resolution;
mod shape;

use crate::http::error::{ApiError, ErrorCode};
use crate::reports::ReportsUnavailable;

/// The answer when the reports cannot be reached.
pub(super) fn unavailable(error: ReportsUnavailable) -> ApiError {
    ApiError::fault(ErrorCode::Unavailable, &error)
}
