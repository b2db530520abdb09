//! The embedded engine: one SQLite file, one writer that commits groups.
