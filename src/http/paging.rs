//! Pages of lists.

use serde::Deserialize;
use utoipa::IntoParams;

use super::error::{ApiError, ErrorCode};

/// Which part of a list that has the newest first.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// Only what has a lower number: the `next_before` of the page before.
    pub(super) before: Option<i64>,
    /// The most entries, 1 to 100; 20 when left out.
    pub(super) limit: Option<u32>,
}

/// How many entries a page has when the client does not say.
const DEFAULT_LIMIT: u32 = 20;

/// The most entries of a page.
const MAX_LIMIT: u32 = 100;

/// How many entries a client asks for.
pub(super) fn limit(asked: Option<u32>) -> Result<u32, ApiError> {
    let limit = asked.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        let message = format!("limit is {limit}; use 1 to {MAX_LIMIT}");
        return Err(ApiError::new(ErrorCode::InvalidRequest, message));
    }
    Ok(limit)
}

/// Where the next page begins; none when this one is the last.
pub(super) fn next_before<T>(page: &[T], limit: u32, number: impl Fn(&T) -> i64) -> Option<i64> {
    let is_full = page.len() == limit as usize;
    page.last().filter(|_| is_full).map(number)
}
