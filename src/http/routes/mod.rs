//! One file per resource: request and response shapes, and thin handlers.

pub mod behaviour;
pub mod canvases;
pub mod catch_up;
pub mod cells;
pub mod diff;
pub mod events;
pub mod export;
pub mod feedback;
pub mod history;
pub mod history_events;
pub mod human_check;
pub mod image;
pub mod me;
pub mod oidc;
pub mod placements;
pub mod play;
pub mod proof;
pub mod provider_errors;
pub mod sessions;
pub mod sign_in;
pub mod sign_in_ways;
pub mod snapshots;
pub mod system;
pub mod telegram;
pub mod timelapse_file;
mod timelapse_shapes;
pub mod timelapses;
