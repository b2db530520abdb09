//! Logs in the forms that other canvases publish: reading them in and writing them out.
