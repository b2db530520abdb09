//! Measurements: each answers with one JSON object.
