//! The parts of the server together, against the real databases.

mod players;
mod support;
