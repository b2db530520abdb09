//! Doing what was asked for.

use std::sync::Arc;

use event_store::event::MAX_REASON_BYTES;
use event_store::{Append, AppendError, Appended, Event, EventId, Guard, Subject, UnixMs, Version};
use projections::canvas::Selection;

use super::plan::{Change, Plan, restoring};
use super::records::Beginning;
use super::{Act, ActError, ActId, ActRecord, Actor, Moderation, Outcome, PreviewId, may};

/// How often an act is planned anew after another admin was faster.
const MAX_ATTEMPTS: usize = 8;

/// How often what players placed meanwhile is given back: each time takes some milliseconds, in
/// which they may place again.
const MAX_CORRECTIONS: usize = 3;

/// The most cells of one part of a roll-back: an event holds no more, and players see it at once.
const CHUNK: usize = event_store::event::MAX_RESTORED_CELLS;

/// A mute without an end lasts so long, in milliseconds: a hundred years.
const FOREVER_MS: i64 = 100 * 365 * 24 * 3_600 * 1_000;

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// What.
    pub act: Act,
    /// Why, at most [`MAX_REASON_BYTES`] long.
    pub reason: String,
    /// The preview that confirms it.
    pub preview: Option<PreviewId>,
}

/// How far an act got.
#[derive(Default)]
pub(super) struct Progress {
    part: u32,
    pub(super) versions: Option<(Version, Version)>,
    pub(super) outcome: Outcome,
}

/// An act under way.
pub(super) struct Doing<'a> {
    pub(super) id: ActId,
    pub(super) at: UnixMs,
    pub(super) actor: &'a Actor,
    pub(super) reason: &'a str,
}

impl Moderation {
    /// Does what was asked for. It goes on when the caller gives up waiting.
    ///
    /// # Errors
    /// [`ActError`]; a fault halfway leaves what was done by then, and says so on the record.
    pub async fn perform(
        self: &Arc<Self>,
        actor: &Actor,
        order: Order,
        now: UnixMs,
    ) -> Result<ActRecord, ActError> {
        may(actor, &order.act)?;
        check_reason(&order.reason)?;
        let confirmed = match order.preview {
            Some(id) => {
                let (act, last_admin) = self.previews.confirm(id, actor, now)?;
                if act != order.act {
                    return Err(ActError::PreviewGone);
                }
                Some(last_admin)
            }
            None if order.act.needs_preview() => return Err(ActError::PreviewNeeded),
            None => None,
        };
        let (this, actor) = (Arc::clone(self), *actor);
        let done =
            tokio::spawn(async move { this.perform_whole(actor, order, confirmed, now).await });
        done.await?
    }

    async fn perform_whole(
        &self,
        actor: Actor,
        order: Order,
        confirmed: Option<Version>,
        now: UnixMs,
    ) -> Result<ActRecord, ActError> {
        let _alone = self.acting.lock().await;
        self.live.catch_up_with(Subject::Admin).await?;
        if confirmed.is_some_and(|last_admin| last_admin != self.last_admin()) {
            return Err(ActError::Overtaken);
        }
        let beginning = Beginning {
            act: &order.act,
            actor: &actor,
            reason: &order.reason,
            at: now,
            preview: order.preview,
            undoes: None,
            before: self.live.version(),
        };
        let id = self.acts.begin(&beginning).await?;
        let doing = Doing {
            id,
            at: now,
            actor: &actor,
            reason: &order.reason,
        };
        let mut progress = Progress::default();
        let done = self.execute(&doing, &order.act, &mut progress).await;
        self.settle(id, done, progress).await
    }

    /// Puts on the record what came of an act.
    pub(super) async fn settle(
        &self,
        id: ActId,
        done: Result<(), ActError>,
        mut progress: Progress,
    ) -> Result<ActRecord, ActError> {
        let kind = if done.is_ok() { "done" } else { "failed" };
        metrics::counter!("canvas_acts_total", "outcome" => kind).increment(1);
        progress.outcome.error = done.as_ref().err().map(ToString::to_string);
        let noted = self
            .acts
            .end(id, progress.versions, &progress.outcome, UnixMs::now());
        let noted = noted.await;
        done?;
        noted?;
        self.acts.get(id).await
    }

    async fn execute(
        &self,
        doing: &Doing<'_>,
        act: &Act,
        progress: &mut Progress,
    ) -> Result<(), ActError> {
        if self.execute_beside_the_log(doing, act, progress).await? {
            return Ok(());
        }
        let work = act.work();
        let selection = work.and_then(|work| self.selection(&work).ok());
        for _ in 0..MAX_ATTEMPTS {
            let plan = self.plan(doing.actor, act, doing.reason, doing.at).await?;
            match self.follow(doing, plan, selection.as_ref(), progress).await {
                Err(ActError::Append(AppendError::Conflict)) if progress.versions.is_none() => {
                    self.live.catch_up_with(Subject::Admin).await?;
                }
                done => return done,
            }
        }
        Err(ActError::Busy)
    }

    /// Does what is no matter of the log; says whether it was.
    pub(super) async fn execute_beside_the_log(
        &self,
        doing: &Doing<'_>,
        act: &Act,
        progress: &mut Progress,
    ) -> Result<bool, ActError> {
        let standings = &self.standings;
        let before = match act {
            Act::Mute { player, until } => {
                let until = until.unwrap_or(doing.at.plus_ms(FOREVER_MS));
                let muted = Some((until, doing.reason));
                standings.set_muted(*player, muted).await?;
                Act::Unmute { player: *player }
            }
            Act::Unmute { player } => {
                let known = standings.standing(*player).await?;
                if !known.is_muted(doing.at) {
                    let problem = "the player is not muted";
                    return Err(ActError::Nothing { problem });
                }
                standings.set_muted(*player, None).await?;
                Act::Mute {
                    player: *player,
                    until: known.muted.map(|(until, _)| until),
                }
            }
            Act::Verify { player } => {
                standings.set_verified(*player, Some(doing.at)).await?;
                Act::Unverify { player: *player }
            }
            Act::Unverify { player } => {
                standings.set_verified(*player, None).await?;
                Act::Verify { player: *player }
            }
            Act::SetRole { player, role } => {
                let before = standings.role(*player).await?;
                if before == *role {
                    let problem = "the player has that role";
                    return Err(ActError::Nothing { problem });
                }
                let by = doing.actor.identity;
                standings.set_role(*player, *role, by, doing.at).await?;
                Act::SetRole {
                    player: *player,
                    role: before,
                }
            }
            Act::OpenRound(_)
            | Act::CloseRound {}
            | Act::ClearCanvas {}
            | Act::ExpandCanvas { .. }
            | Act::ExtendPalette { .. }
            | Act::ChangeCooldown { .. }
            | Act::LockCanvas {}
            | Act::UnlockCanvas {}
            | Act::EraseRegion { .. }
            | Act::RollBack(_)
            | Act::ProtectRegion { .. }
            | Act::UnprotectRegion { .. }
            | Act::Ban { .. }
            | Act::Unban { .. }
            | Act::Announce { .. } => return Ok(false),
        };
        progress.outcome.before = Some(before);
        Ok(true)
    }

    /// Appends what a plan says.
    pub(super) async fn follow(
        &self,
        doing: &Doing<'_>,
        plan: Plan,
        selection: Option<&Selection>,
        progress: &mut Progress,
    ) -> Result<(), ActError> {
        let opens = plan
            .events
            .iter()
            .any(|event| matches!(event, Event::RoundOpened(_)));
        for event in plan.events {
            let appended = self.append(doing, event, progress).await?;
            // What comes next is planned for the canvas after it.
            self.live.wait_for(appended.version).await?;
        }
        progress.outcome.before = plan.reverse;
        progress.outcome.round = plan.round.map(|round| round.0);
        if let Some(round) = plan.round {
            let mut given_back = Vec::new();
            for changes in plan.changes.chunks(CHUNK) {
                let lost = self
                    .give_back(doing, round, changes, selection, progress)
                    .await?;
                given_back.extend(lost);
            }
            for correction in 0..MAX_CORRECTIONS {
                if given_back.is_empty() {
                    break;
                }
                let (cells, kept) = (progress.outcome.cells, progress.outcome.kept_cells);
                let changes = std::mem::take(&mut given_back);
                // Later ones are about cells of the first.
                let returned = if correction == 0 {
                    changes.len() as u64
                } else {
                    0
                };
                for changes in changes.chunks(CHUNK) {
                    let lost = self
                        .give_back(doing, round, changes, selection, progress)
                        .await?;
                    given_back.extend(lost);
                }
                // What goes back to whoever placed it is not what the act changed.
                progress.outcome.cells = cells.saturating_sub(returned);
                progress.outcome.kept_cells = kept + returned;
            }
        }
        if plan.changes.is_empty() || opens {
            progress.outcome.cells += plan.tally.cells;
        }
        if let Some((_, last)) = progress.versions {
            self.live.wait_for(last).await?;
        }
        Ok(())
    }

    /// Gives cells back what they held, but those that somebody set meanwhile. Says what players
    /// placed right before it, which is to be given back to them.
    async fn give_back(
        &self,
        doing: &Doing<'_>,
        round: event_store::RoundId,
        changes: &[Change],
        selection: Option<&Selection>,
        progress: &mut Progress,
    ) -> Result<Vec<Change>, ActError> {
        for _ in 0..MAX_ATTEMPTS {
            let (left, looked_at) = self.live.read(|state| {
                let is_left = |change: &&Change| {
                    let shown = state.canvas.cell(change.cell);
                    shown.is_some_and(|shown| shown.version == change.before.version)
                };
                let left: Vec<Change> = changes.iter().filter(is_left).copied().collect();
                (left, state.canvas.version())
            });
            let Some(event) = restoring(&left, round, doing.actor, doing.reason).next() else {
                progress.outcome.kept_cells += changes.len() as u64;
                return Ok(Vec::new());
            };
            match self.append(doing, event, progress).await {
                Ok(appended) => {
                    progress.outcome.cells += left.len() as u64;
                    progress.outcome.kept_cells += (changes.len() - left.len()) as u64;
                    self.live.wait_for(appended.version).await?;
                    let between = (looked_at, appended.version);
                    return self.painted_over(&left, between, selection).await;
                }
                Err(ActError::Append(AppendError::Conflict)) => {
                    self.live.catch_up_with(Subject::Admin).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Err(ActError::Busy)
    }

    /// Appends one event of an act. Sent again it gives the first version back.
    async fn append(
        &self,
        doing: &Doing<'_>,
        event: Event,
        progress: &mut Progress,
    ) -> Result<Appended, ActError> {
        let id = EventId::derive(&[
            b"act",
            &doing.id.0.to_le_bytes(),
            &doing.at.0.to_le_bytes(),
            &progress.part.to_le_bytes(),
        ]);
        let append = Append {
            id,
            guard: Guard::LastOnSubject(self.last_admin()),
            at: UnixMs::now(),
            event,
        };
        let appended = self.live.append(append).await?;
        progress.part += 1;
        let version = appended.version;
        let first = progress.versions.map_or(version, |(first, _)| first);
        progress.versions = Some((first, version));
        Ok(appended)
    }
}

pub(super) fn check_reason(reason: &str) -> Result<(), ActError> {
    if reason.len() <= MAX_REASON_BYTES {
        return Ok(());
    }
    let bytes = reason.len();
    let problem = format!("the reason has {bytes} bytes; use at most {MAX_REASON_BYTES}");
    Err(ActError::invalid(problem))
}
