//! Undoing an act, as an act of its own.

use std::sync::Arc;

use event_store::{AppendError, Subject, UnixMs};

use super::perform::{Doing, Progress, check_reason};
use super::plan::Plan;
use super::records::Beginning;
use super::{Act, ActError, ActId, ActRecord, ActState, Actor, Moderation, may};

/// How often an undo is planned anew after another admin was faster.
const MAX_ATTEMPTS: usize = 8;

impl Moderation {
    /// Undoes an act, as far as nobody has placed over it since. What an act did is undone once.
    ///
    /// # Errors
    /// [`ActError`]; [`ActError::NotUndoable`] when it cannot be.
    pub async fn undo(
        self: &Arc<Self>,
        actor: &Actor,
        id: ActId,
        reason: String,
        now: UnixMs,
    ) -> Result<ActRecord, ActError> {
        check_reason(&reason)?;
        let record = self.acts.get(id).await?;
        may(actor, &record.act)?;
        is_undoable(&record)?;
        let (this, actor) = (Arc::clone(self), *actor);
        let done = tokio::spawn(async move { this.undo_whole(actor, record, reason, now).await });
        done.await?
    }

    async fn undo_whole(
        &self,
        actor: Actor,
        record: ActRecord,
        reason: String,
        now: UnixMs,
    ) -> Result<ActRecord, ActError> {
        let _alone = self.acting.lock().await;
        self.live.catch_up_with(Subject::Admin).await?;
        let beginning = Beginning {
            act: &record.act,
            actor: &actor,
            reason: &reason,
            at: now,
            preview: None,
            undoes: Some(record.id),
            before: self.live.version(),
        };
        let id = self.acts.begin(&beginning).await?;
        let doing = Doing {
            id,
            at: now,
            actor: &actor,
            reason: &reason,
        };
        let mut progress = Progress::default();
        let done = self.execute_undo(&doing, &record, &mut progress).await;
        self.settle(id, done, progress).await
    }

    async fn execute_undo(
        &self,
        doing: &Doing<'_>,
        record: &ActRecord,
        progress: &mut Progress,
    ) -> Result<(), ActError> {
        for _ in 0..MAX_ATTEMPTS {
            let mut plan = self.plan_of_undo(doing, record).await?;
            if let Some(reverse) = record.outcome.before.clone() {
                if self
                    .execute_beside_the_log(doing, &reverse, progress)
                    .await?
                {
                    return Ok(());
                }
                let events = self.events_of_reverse(doing, &reverse)?;
                plan.events.extend(events);
            }
            if plan.events.is_empty() && plan.changes.is_empty() {
                let problem = "everything was placed over since";
                return Err(ActError::Nothing { problem });
            }
            match self.follow(doing, plan, None, progress).await {
                Err(ActError::Append(AppendError::Conflict)) if progress.versions.is_none() => {
                    self.live.catch_up_with(Subject::Admin).await?;
                }
                done => return done,
            }
        }
        Err(ActError::Busy)
    }

    /// What the act that makes it as before leads to; nothing when it is so already.
    fn events_of_reverse(
        &self,
        doing: &Doing<'_>,
        reverse: &Act,
    ) -> Result<Vec<event_store::Event>, ActError> {
        let (actor, reason, now) = (doing.actor, doing.reason, doing.at);
        let planned = self.live.read(|state| {
            super::events_of(reverse, actor, reason, &state.canvas, &self.settings, now)
        });
        Ok(planned?.events)
    }

    async fn plan_of_undo(&self, doing: &Doing<'_>, record: &ActRecord) -> Result<Plan, ActError> {
        let why_not = |why| Err(ActError::NotUndoable { id: record.id, why });
        match &record.act {
            Act::OpenRound(_) | Act::CloseRound {} => {
                let newest = self
                    .live
                    .read(|state| state.canvas.round().map(|round| round.round.0));
                if newest != record.outcome.round {
                    return why_not("another round was opened since");
                }
                self.plan_reopen(record.before).await
            }
            Act::ClearCanvas {} | Act::EraseRegion { .. } => match self.erasure_of(record).await? {
                None => why_not("it changed nothing"),
                Some(version) => self.plan_unerase(version).await,
            },
            Act::RollBack(_)
            | Act::Ban {
                roll_back: true, ..
            } => match record.versions {
                None => why_not("it changed nothing"),
                Some(versions) => match self.plan_unrestore(versions).await {
                    // The round that was rolled back is over; the ban can still be lifted.
                    Err(ActError::NoRound) if record.outcome.before.is_some() => {
                        Ok(Plan::default())
                    }
                    planned => planned,
                },
            },
            Act::ProtectRegion { .. } => {
                let Some((protection, _)) = record.versions else {
                    return why_not("it changed nothing");
                };
                let reverse = Act::UnprotectRegion { protection };
                let events = self.events_of_reverse(doing, &reverse)?;
                Ok(Plan {
                    events,
                    ..Plan::default()
                })
            }
            Act::ExpandCanvas { .. }
            | Act::ExtendPalette { .. }
            | Act::ChangeCooldown { .. }
            | Act::LockCanvas {}
            | Act::UnlockCanvas {}
            | Act::UnprotectRegion { .. }
            | Act::Ban {
                roll_back: false, ..
            }
            | Act::Unban { .. }
            | Act::Mute { .. }
            | Act::Unmute { .. }
            | Act::Verify { .. }
            | Act::Unverify { .. }
            | Act::SetRole { .. }
            | Act::Announce { .. } => Ok(Plan::default()),
        }
    }
}

/// Whether an act can be undone as far as its record tells.
fn is_undoable(record: &ActRecord) -> Result<(), ActError> {
    let why = match (&record.act, record.state) {
        (_, ActState::Begun) => "it is still under way",
        (_, ActState::Failed) if record.versions.is_none() => "it was not done",
        _ if record.undoes.is_some() => "it is an undo; do the act again",
        _ if record.undone_by.is_some() => "it was undone already",
        (Act::ExpandCanvas { .. }, _) => "a canvas only grows",
        (Act::ExtendPalette { .. }, _) => "a palette only grows",
        _ => return Ok(()),
    };
    let id = record.id;
    Err(ActError::NotUndoable { id, why })
}
