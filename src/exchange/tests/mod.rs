//! Imports into and exports out of a real embedded log.
