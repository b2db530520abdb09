//! What players tell of each other, and the queue in which the staff answers it: reports of cells
//! and of players, and appeals against bans and mutes. The relational store keeps it; what somebody
//! wrote goes into no log.

mod appeal;
mod error;
mod own;
mod queue;
mod report;
mod resolve;
mod rows;
mod store;
mod submit;

use std::sync::Arc;

pub use appeal::{BanInForce, Sanctions, bans};
pub use error::{AppealError, ReportsUnavailable, ResolveError, SubmitError};
pub use own::OwnReport;
pub use queue::{Entry, EntryState, MAX_REPORTS_SHOWN, Report, Resolution, Tallies};
pub use report::{
    About, Category, Draft, Kind, MAX_ANSWER_CHARS, MAX_TEXT_CHARS, Outcome, PICTURE_SIDE,
    picture_region,
};
pub use resolve::Decision;
pub use store::{EntryId, MAX_OPEN, MAX_OPEN_OF_PLAYER, MAX_PAGE, ReportId, ReportStore};
pub use submit::Kept;

use crate::live::LiveCanvas;
use crate::moderation::Moderation;
use crate::players::PlayerStore;

/// Reports and appeals of one canvas, at one process.
pub struct Reports {
    live: Arc<LiveCanvas>,
    moderation: Arc<Moderation>,
    store: ReportStore,
}

impl Reports {
    /// Reports and appeals of the canvas that `moderation` looks after.
    pub fn new(
        live: &Arc<LiveCanvas>,
        moderation: &Arc<Moderation>,
        players: &PlayerStore,
    ) -> Self {
        Self {
            store: ReportStore::of(players, live.slug()),
            live: Arc::clone(live),
            moderation: Arc::clone(moderation),
        }
    }

    /// What is kept.
    pub fn store(&self) -> &ReportStore {
        &self.store
    }
}
