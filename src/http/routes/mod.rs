//! One file per resource: request and response shapes, and thin handlers.

pub mod behaviour;
pub mod canvases;
pub mod catch_up;
pub mod cells;
pub mod events;
pub mod human_check;
pub mod image;
pub mod me;
pub mod placements;
pub mod play;
pub mod sessions;
pub mod sign_in;
pub mod snapshots;
pub mod system;
