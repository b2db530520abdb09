//! Looking after a canvas: one use case for everything that admins and moderators do, whoever asks
//! for it: the bot, the console, the command line.
//!
//! An act is looked at first where it takes away what players made ([`Moderation::preview`]), put
//! on the record, and done by appending events; none of it rewrites history, and most of it can be
//! undone as one act.

mod about;
mod act;
mod actor;
mod admin_code;
mod error;
mod json;
mod look;
mod perform;
mod picture;
mod plan;
mod preview;
mod records;
mod role;
mod standing;
mod undo;
mod verified;

use std::sync::Arc;

use event_store::{CanvasSlug, RoundId, Subject, UnixMs, Version};
use tokio::sync::Mutex;

pub use act::{Act, MAX_PLAYERS, RollBack, RoundSettings};
pub use actor::{Actor, Identity, InvalidIdentity};
pub use admin_code::AdminCode;
pub use error::ActError;
pub use perform::Order;
pub use picture::MAX_PICTURE_SIDE;
pub use preview::{InvalidPreviewId, MAX_NAMED_PLAYERS, PREVIEW_MS, Preview, PreviewId};
pub use records::{ActId, ActRecord, ActState, ActStore, MAX_PAGE, Outcome};
pub use role::{Role, UnknownRole};
pub use standing::{Muted, Standing, StandingStore};
pub use verified::VerifiedState;

use crate::history::History;
use crate::live::LiveCanvas;
use crate::players::PlayerStore;
use crate::rounds::RoundPlan;
use plan::{Plan, events_of};
use preview::Previews;

/// Everything that can be done to one canvas and its players, at one process.
pub struct Moderation {
    live: Arc<LiveCanvas>,
    history: Arc<History>,
    acts: ActStore,
    standings: StandingStore,
    settings: RoundPlan,
    previews: Previews,
    /// One act at a time at this process; between processes the log's guard decides.
    acting: Mutex<()>,
}

impl Moderation {
    /// Looks after a canvas. `settings` are those of rounds that say nothing else.
    pub fn new(
        live: Arc<LiveCanvas>,
        history: Arc<History>,
        players: &PlayerStore,
        settings: RoundPlan,
    ) -> Self {
        Self {
            acts: ActStore::of(players, live.slug()),
            standings: StandingStore::of(players),
            live,
            history,
            settings,
            previews: Previews::default(),
            acting: Mutex::new(()),
        }
    }

    /// The canvas's slug.
    pub fn canvas(&self) -> &CanvasSlug {
        self.live.slug()
    }

    /// The round that runs.
    pub fn running_round(&self) -> Option<RoundId> {
        let round =
            |canvas: &projections::Canvas| plan::running(canvas).ok().map(|round| round.round);
        self.live.read(|state| round(&state.canvas))
    }

    /// What was done.
    pub fn acts(&self) -> &ActStore {
        &self.acts
    }

    /// Who may do what, and what is known of players.
    pub fn standings(&self) -> &StandingStore {
        &self.standings
    }

    /// Looks at what an act would do; nothing is done. The preview can be confirmed once, by the
    /// same actor, within [`PREVIEW_MS`].
    ///
    /// # Errors
    /// [`ActError`]
    pub async fn preview(&self, actor: &Actor, act: Act, now: UnixMs) -> Result<Preview, ActError> {
        may(actor, &act)?;
        self.live.catch_up_with(Subject::Admin).await?;
        let last_admin = self.last_admin();
        let plan = self.plan(actor, &act, "", now).await?;
        self.previews.keep(actor, act, plan, last_admin, now)
    }

    /// A preview that waits for its confirmation, looked at again.
    ///
    /// # Errors
    /// [`ActError::PreviewGone`]
    pub fn previewed(
        &self,
        actor: &Actor,
        id: PreviewId,
        now: UnixMs,
    ) -> Result<Preview, ActError> {
        self.previews
            .look(id, actor, now, |preview, _| preview.clone())
    }

    /// What an act leads to now.
    async fn plan(
        &self,
        actor: &Actor,
        act: &Act,
        reason: &str,
        now: UnixMs,
    ) -> Result<Plan, ActError> {
        let mut plan = self
            .live
            .read(|state| events_of(act, actor, reason, &state.canvas, &self.settings, now))?;
        if let Some(event_store::Event::RegionErased(erased)) = plan.events.first() {
            plan.tally = self.tally_of_fill(erased.region, erased.color).await;
        } else if let Act::OpenRound(_) = act {
            plan.tally = self.tally_of_round().await;
        }
        let Some(work) = act.work() else {
            return Ok(plan);
        };
        let is_ban = matches!(act, Act::Ban { .. });
        let is_running = self.live.read(|state| plan::running(&state.canvas).is_ok());
        if is_ban && !is_running {
            return Ok(plan);
        }
        let back = self.plan_roll_back(&self.selection(&work)?).await?;
        if back.changes.is_empty() && !is_ban {
            let problem = "no such work shows on the canvas";
            return Err(ActError::Nothing { problem });
        }
        Ok(Plan {
            version: back.version,
            changes: back.changes,
            tally: back.tally,
            round: back.round,
            ..plan
        })
    }

    /// The newest event of admins and moderators.
    fn last_admin(&self) -> Version {
        self.live.read(|state| state.canvas.last_on(Subject::Admin))
    }
}

/// Whether an actor may do something.
fn may(actor: &Actor, act: &Act) -> Result<(), ActError> {
    let needed = act.least_role();
    if actor.role >= needed {
        return Ok(());
    }
    let role = actor.role;
    Err(ActError::Forbidden { role, needed })
}
