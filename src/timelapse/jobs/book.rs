//! The books of the queue: which films wait, which one is rendered, and what became of others.
//! Nothing here renders or stores anything.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use event_store::{PlayerId, UnixMs};
use projections::canvas::Round;
use tokio_util::sync::CancellationToken;

use super::description::FilmId;
use crate::timelapse::film::Film;

/// How many failed and cancelled films are remembered.
const MAX_REMEMBERED: usize = 1_000;

/// How many players can have asked for the same film; later ones get it all the same, and cannot
/// cancel it.
const MAX_ASKERS: usize = 64;

/// Why there is no film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The file would have been larger than the operator allows; so many bytes.
    TooLarge {
        /// The most bytes.
        max_bytes: u64,
    },
    /// It took longer than the operator allows.
    TooSlow,
    /// A fault of the server, which its log tells of.
    Fault,
}

/// What became of a film that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum JobStatus {
    /// It waits.
    Queued {
        /// How many films come before it, the one that is rendered included.
        ahead: u32,
    },
    /// It is being rendered.
    Rendering {
        /// Frames drawn so far.
        frames: u32,
    },
    /// It could not be rendered.
    Failed(Failure),
    /// Nobody wants it any more.
    Cancelled,
}

/// A film that was asked for, as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its name.
    pub id: FilmId,
    /// The film.
    pub film: Film,
    /// When it was asked for first.
    pub requested_at: UnixMs,
    /// What became of it.
    pub status: JobStatus,
}

/// A film that is not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRoom {
    /// The player waits for another one.
    #[error("you have a film queued or rendering; wait for it, or cancel it")]
    Pending,
    /// The queue is full.
    #[error("as many films wait as may; try again later")]
    Full,
}

/// Somebody who cannot cancel a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCancelled {
    /// There is no such film here.
    Unknown,
    /// It is not the player's.
    NotYours,
}

/// What is needed to render a film.
#[derive(Clone, Debug)]
pub(super) struct Work {
    pub(super) id: FilmId,
    pub(super) film: Film,
    pub(super) rounds: Arc<[Round]>,
    pub(super) requested_at: UnixMs,
    pub(super) frames: Arc<AtomicU32>,
    pub(super) cancelled: CancellationToken,
}

enum Stage {
    Queued,
    Rendering,
    Failed(Failure),
    Cancelled,
}

struct Entry {
    work: Work,
    askers: Vec<PlayerId>,
    stage: Stage,
}

impl Entry {
    fn is_pending(&self) -> bool {
        matches!(self.stage, Stage::Queued | Stage::Rendering)
    }
}

/// The books.
pub(super) struct Book {
    entries: HashMap<FilmId, Entry>,
    queue: VecDeque<FilmId>,
    rendering: Option<FilmId>,
    /// Failed and cancelled ones, the oldest first; one may be there twice.
    remembered: VecDeque<FilmId>,
    max_queue: usize,
}

impl Book {
    pub(super) fn new(max_queue: usize) -> Self {
        Self {
            entries: HashMap::new(),
            queue: VecDeque::new(),
            rendering: None,
            remembered: VecDeque::new(),
            max_queue,
        }
    }

    /// How many films wait.
    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// A film that was asked for and is not done.
    pub(super) fn job(&self, id: &FilmId) -> Option<Job> {
        self.entries.get(id).map(|entry| self.describe(entry))
    }

    fn describe(&self, entry: &Entry) -> Job {
        let Entry { work, stage, .. } = entry;
        let status = match stage {
            Stage::Queued => {
                let place = self.queue.iter().position(|queued| *queued == work.id);
                let ahead = place.unwrap_or(0) + usize::from(self.rendering.is_some());
                JobStatus::Queued {
                    ahead: u32::try_from(ahead).unwrap_or(u32::MAX),
                }
            }
            Stage::Rendering => JobStatus::Rendering {
                frames: work.frames.load(Ordering::Relaxed),
            },
            Stage::Failed(failure) => JobStatus::Failed(failure.clone()),
            Stage::Cancelled => JobStatus::Cancelled,
        };
        Job {
            id: work.id.clone(),
            film: work.film.clone(),
            requested_at: work.requested_at,
            status,
        }
    }

    /// Lets a player wait for a film that others wait for already; `None` when nobody does.
    pub(super) fn join(&mut self, id: &FilmId, player: PlayerId) -> Option<Job> {
        let entry = self
            .entries
            .get_mut(id)
            .filter(|entry| entry.is_pending())?;
        if !entry.askers.contains(&player) && entry.askers.len() < MAX_ASKERS {
            entry.askers.push(player);
        }
        self.job(id)
    }

    /// Whether a player can have another film queued.
    pub(super) fn check_room(&self, player: PlayerId) -> Result<(), NoRoom> {
        let waits = |entry: &Entry| entry.is_pending() && entry.askers.contains(&player);
        if self.entries.values().any(waits) {
            return Err(NoRoom::Pending);
        }
        match self.queue.len() < self.max_queue {
            true => Ok(()),
            false => Err(NoRoom::Full),
        }
    }

    /// Queues a film for a player. One that failed or was cancelled before begins anew.
    pub(super) fn queue(&mut self, work: Work, player: PlayerId) -> Result<Job, NoRoom> {
        self.check_room(player)?;
        self.queue.push_back(work.id.clone());
        let entry = Entry {
            askers: vec![player],
            stage: Stage::Queued,
            work,
        };
        let job = self.describe(&entry);
        self.entries.insert(job.id.clone(), entry);
        Ok(job)
    }

    /// The film to render next, which counts as being rendered then; `None` when none waits, or one
    /// is being rendered.
    pub(super) fn begin_next(&mut self) -> Option<Work> {
        if self.rendering.is_some() {
            return None;
        }
        let id = self.queue.pop_front()?;
        let entry = self.entries.get_mut(&id)?;
        entry.stage = Stage::Rendering;
        self.rendering = Some(id);
        Some(entry.work.clone())
    }

    /// Ends the rendering. A film that is done is forgotten: the shelf has it. So is one that was
    /// cancelled and then asked for anew: it waits again.
    pub(super) fn end(&mut self, work: &Work, outcome: Result<(), Failure>) {
        self.rendering = None;
        let entry = self.entries.get_mut(&work.id);
        let is_same = |entry: &&mut Entry| Arc::ptr_eq(&entry.work.frames, &work.frames);
        let Some(entry) = entry.filter(is_same) else {
            return;
        };
        match outcome {
            Ok(()) => {
                self.entries.remove(&work.id);
            }
            Err(failure) => {
                entry.stage = match work.cancelled.is_cancelled() {
                    true => Stage::Cancelled,
                    false => Stage::Failed(failure),
                };
                self.remember(work.id.clone());
            }
        }
    }

    /// A player does not want a film any more. When nobody does, it leaves the queue, or its
    /// rendering is cancelled.
    pub(super) fn cancel(&mut self, id: &FilmId, player: PlayerId) -> Result<Job, NotCancelled> {
        let entry = self.entries.get_mut(id).ok_or(NotCancelled::Unknown)?;
        if entry.is_pending() {
            let before = entry.askers.len();
            entry.askers.retain(|asker| *asker != player);
            if entry.askers.len() == before {
                return Err(NotCancelled::NotYours);
            }
            if entry.askers.is_empty() {
                entry.work.cancelled.cancel();
                if matches!(entry.stage, Stage::Queued) {
                    self.queue.retain(|queued| queued != id);
                    self.remember(id.clone());
                }
                if let Some(entry) = self.entries.get_mut(id) {
                    entry.stage = Stage::Cancelled;
                }
            }
        }
        self.job(id).ok_or(NotCancelled::Unknown)
    }

    fn remember(&mut self, id: FilmId) {
        self.remembered.push_back(id);
        if self.remembered.len() > MAX_REMEMBERED
            && let Some(oldest) = self.remembered.pop_front()
        {
            let is_over = |entry: &Entry| !entry.is_pending();
            if self.entries.get(&oldest).is_some_and(is_over) {
                self.entries.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
#[path = "book_tests.rs"]
mod tests;
