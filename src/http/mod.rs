//! Transport only: routes, request and response shapes, error bodies.

mod byte_range;
pub mod client_address;
mod conditional;
mod cookies;
mod encoding;
pub mod error;
mod export_body;
pub mod exports;
mod extract;
mod human_check;
pub mod listener;
mod long_connection;
pub mod media;
mod moderator;
mod new_name;
mod openapi;
mod page;
mod paging;
mod past;
pub mod player;
mod rate_limit;
mod region;
mod rejection_text;
mod request_id;
mod router;
mod routes;
mod security_headers;
pub mod signed_in;
mod timestamp;

use std::sync::Arc;

pub use openapi::document as openapi_document;
pub(crate) use page::files as page_files;
pub use router::{metrics_router, router};
pub use timestamp::{parse_rfc3339, rfc3339};

use crate::app::App;
use crate::live::LiveCanvas;
use error::{ApiError, ErrorCode};

/// What every handler works with.
pub type Shared = Arc<App>;

impl App {
    /// The canvas of a path.
    fn canvas(&self, slug: &str) -> Result<&LiveCanvas, ApiError> {
        if self.live.slug().as_str() == slug {
            return Ok(&self.live);
        }
        let slug: String = slug.chars().take(64).collect();
        let message = format!("there is no canvas `{slug}`; GET /api/v1/canvases lists them");
        Err(ApiError::new(ErrorCode::CanvasNotFound, message))
    }
}
