//! Transport only: routes, request and response shapes, error bodies.
