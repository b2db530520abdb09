//! The parts of the server together, against the real databases, and the whole of it from outside.

#![expect(
    clippy::unwrap_used,
    reason = "clippy sees tests in functions marked as such only, not in those they call"
)]

mod abuse;
mod accounts;
mod archive;
mod bad_tokens;
mod blobs_in_s3;
mod bot;
mod bot_faults;
mod bot_orders;
mod bot_resets;
mod catch_up;
mod cells;
mod checker;
mod cross_site;
mod documents;
mod events;
mod exchange_commands;
mod export;
mod feed;
mod feedback;
mod gateways;
mod history;
mod human_check;
mod identities;
mod image;
mod junk;
mod moderation;
mod oidc;
mod oidc_provider;
mod page;
mod placements;
mod players;
mod process;
mod proof;
mod reports;
mod seats;
mod sessions;
mod sign_in;
mod snapshots;
mod support;
mod system;
mod telegram;
mod timelapse;
mod timelapse_cli;
mod timelapse_faults;
mod timelapse_pace;
mod timelapse_queue;
mod undo;
