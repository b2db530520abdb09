//! Regions in requests.

use event_store::Region;

use super::error::{ApiError, ErrorCode};

/// Reads `x,y,width,height` in cells.
pub(super) fn parse_region(text: &str) -> Result<Region, ApiError> {
    let numbers: Option<Vec<u16>> = text
        .split(',')
        .map(|part| part.trim().parse().ok())
        .collect();
    match numbers.as_deref() {
        Some(&[x, y, width, height]) => Ok(Region {
            x,
            y,
            width,
            height,
        }),
        _ => {
            let message = format!("`{text}` is not a region; write `x,y,width,height` in cells");
            Err(ApiError::new(ErrorCode::InvalidRequest, message))
        }
    }
}
