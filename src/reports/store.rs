//! The tables of reports, on SQLite or Postgres.

use event_store::CanvasSlug;

use super::error::ReportsUnavailable;
use crate::players::{Connections, PlayerStore};

/// The most reports that wait: some 200 MB if all are as long as they may be in a script of three
/// bytes a character.
pub const MAX_OPEN: i64 = 50_000;

/// The most reports of one player that wait.
pub const MAX_OPEN_OF_PLAYER: i64 = 20;

/// The most entries, or reports, of one page.
pub const MAX_PAGE: u32 = 100;

/// The number of a report, from 1; later ones have greater numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReportId(pub i64);

/// The number of an entry of the queue, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub i64);

/// Reports and appeals of one canvas. Clones share the same connections.
///
/// Every transaction begins with a write, because SQLite refuses to turn one that has read into one
/// that writes while another writes; and takes its rows in the order entries, reports.
#[derive(Clone, Debug)]
pub struct ReportStore {
    pub(super) connections: Connections,
    pub(super) canvas: String,
}

impl ReportStore {
    /// Those of `canvas`, in the database of these players.
    pub fn of(players: &PlayerStore, canvas: &CanvasSlug) -> Self {
        Self {
            connections: players.connections().clone(),
            canvas: canvas.to_string(),
        }
    }
}

/// Names what was tried, for the error.
pub(super) fn unavailable(what: &'static str) -> impl Fn(sqlx::Error) -> ReportsUnavailable {
    move |source| ReportsUnavailable { what, source }
}
