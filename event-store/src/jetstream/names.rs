//! What streams and subjects are called.

use crate::{CanvasSlug, Subject};

/// The names of one canvas on the server.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// The stream, `CANVAS_<slug>`.
    pub(super) stream: String,
    /// The start of every subject, `canvas.<slug>`.
    prefix: String,
}

impl Names {
    pub(super) fn new(canvas: &CanvasSlug) -> Self {
        Self {
            stream: format!("CANVAS_{canvas}"),
            prefix: format!("canvas.{canvas}"),
        }
    }

    /// What the stream listens on: every player's subject, and the admin subject.
    pub(super) fn patterns(&self) -> Vec<String> {
        let prefix = &self.prefix;
        vec![format!("{prefix}.place.*"), format!("{prefix}.admin")]
    }

    pub(super) fn subject(&self, subject: Subject) -> String {
        let prefix = &self.prefix;
        match subject {
            Subject::Player(player) => format!("{prefix}.place.{player}"),
            Subject::Admin => format!("{prefix}.admin"),
        }
    }
}
