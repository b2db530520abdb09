//! Opening and closing rounds.
