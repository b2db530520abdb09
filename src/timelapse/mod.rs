//! Films of the canvas: planned ([`Film`]), then rendered frame by frame from the log.
//!
//! A film is folded once, from its beginning to its end. What changed between two frames is drawn
//! and nothing else, so that a frame costs as much as its changes. GIFs are made here; everything
//! else is encoded by ffmpeg, which gets raw frames by its standard input.

mod caption;
mod clock;
mod ffmpeg;
mod film;
mod gif;
pub mod jobs;
mod layout;
pub mod limits;
mod page;
mod picture;
mod reel;
mod render;
mod request;
mod source;
mod surface;
mod writer;

pub use ffmpeg::{Ffmpeg, FfmpegError};
pub use film::{Film, NAME_DIGITS, PlanError, Range};
pub use layout::LayoutError;
pub use render::{RenderError, Rendered, Renderer, Watch};
pub use request::{Format, FrameSize, Pace, Place, Scale, TimelapseRequest, Unreadable};
pub use source::Source;
