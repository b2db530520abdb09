//! One file per resource: request and response shapes, and thin handlers.

pub mod auth;
pub mod canvases;
pub mod catch_up;
pub mod cells;
pub mod events;
pub mod image;
pub mod placements;
pub mod play;
pub mod snapshots;
pub mod system;
