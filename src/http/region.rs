//! Regions in requests.

use event_store::Region;

use super::error::{ApiError, ErrorCode};

/// Reads `x,y,width,height` in cells.
pub(super) fn parse_region(text: &str) -> Result<Region, ApiError> {
    text.parse().map_err(|_| {
        let message = format!("`{text}` is not a region; write `x,y,width,height` in cells");
        ApiError::new(ErrorCode::InvalidRequest, message)
    })
}
