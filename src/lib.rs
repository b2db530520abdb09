//! The server of a shared pixel canvas, and its command line.
//!
//! Arrows point one way:
//! `http → auth, live, placements, rounds → accounts → players → projections → event-store`.

pub mod accounts;
pub mod app;
pub mod archive;
pub mod auth;
pub mod bench;
pub mod blobs;
pub mod bot;
pub mod cli;
pub mod config;
pub mod deployment;
pub mod exchange;
pub mod feedback;
pub mod history;
pub mod http;
pub mod human_check;
pub mod limits;
pub mod live;
pub mod moderation;
pub mod placements;
pub mod players;
pub mod proof;
pub mod reports;
pub mod rounds;
pub mod secret_file;
pub mod server;
pub mod telemetry;
pub mod timelapse;
