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
mod tests {
    use event_store::event::Size;
    use event_store::{CanvasSlug, Palette, Rgb, RoundId, Version};

    use super::*;
    use crate::timelapse::{Format, Range, TimelapseRequest};

    const ADA: PlayerId = PlayerId::from_bits(1);
    const BOB: PlayerId = PlayerId::from_bits(2);

    fn work(to: u64) -> Work {
        let range = Range {
            round: RoundId(1),
            from: Version(1),
            to: Version(to),
            begins_at: UnixMs(0),
            ends_at: UnixMs(1_000),
            size: Size::new(4, 4).unwrap(),
            palette: Palette::new(vec![Rgb([0; 3])]).unwrap(),
        };
        let film = Film::plan(&TimelapseRequest::new(Format::Gif), range).unwrap();
        Work {
            id: FilmId::of(&film, &CanvasSlug::default()),
            film,
            rounds: Arc::new([]),
            requested_at: UnixMs(5),
            frames: Arc::new(AtomicU32::new(0)),
            cancelled: CancellationToken::new(),
        }
    }

    fn status(book: &Book, work: &Work) -> Option<JobStatus> {
        book.job(&work.id).map(|job| job.status)
    }

    #[test]
    fn films_are_rendered_one_after_another_and_forgotten_when_done() {
        let mut book = Book::new(2);
        let (first, second) = (work(1), work(2));
        book.queue(first.clone(), ADA).unwrap();
        book.queue(second.clone(), BOB).unwrap();
        assert_eq!(status(&book, &second), Some(JobStatus::Queued { ahead: 1 }));
        let begun = book.begin_next().unwrap();
        assert_eq!(begun.id, first.id);
        begun.frames.store(7, Ordering::Relaxed);
        assert_eq!(
            status(&book, &first),
            Some(JobStatus::Rendering { frames: 7 })
        );
        assert_eq!(status(&book, &second), Some(JobStatus::Queued { ahead: 1 }));
        assert!(book.begin_next().is_none());
        book.end(&begun, Ok(()));
        assert_eq!(status(&book, &first), None);
        assert_eq!(status(&book, &second), Some(JobStatus::Queued { ahead: 0 }));
        let begun = book.begin_next().unwrap();
        book.end(&begun, Err(Failure::TooSlow));
        let failed = JobStatus::Failed(Failure::TooSlow);
        assert_eq!(status(&book, &second), Some(failed));
        book.queue(second.clone(), BOB).unwrap();
        assert_eq!(status(&book, &second), Some(JobStatus::Queued { ahead: 0 }));
    }

    #[test]
    fn a_player_waits_for_one_film_and_the_queue_has_an_end() {
        let mut book = Book::new(2);
        book.queue(work(1), ADA).unwrap();
        assert_eq!(book.queue(work(2), ADA).err(), Some(NoRoom::Pending));
        assert!(book.join(&work(1).id, BOB).is_some());
        assert_eq!(book.check_room(BOB), Err(NoRoom::Pending));
        book.queue(work(2), PlayerId::from_bits(3)).unwrap();
        let full = book.queue(work(3), PlayerId::from_bits(4)).err();
        assert_eq!((full, book.queued()), (Some(NoRoom::Full), 2));
    }

    #[test]
    fn a_film_ends_when_nobody_wants_it_any_more() {
        let mut book = Book::new(2);
        let wanted = work(1);
        book.queue(wanted.clone(), ADA).unwrap();
        book.join(&wanted.id, BOB).unwrap();
        let stranger = book.cancel(&wanted.id, PlayerId::from_bits(3));
        assert_eq!(stranger, Err(NotCancelled::NotYours));
        let left = book.cancel(&wanted.id, ADA).unwrap();
        assert_eq!(left.status, JobStatus::Queued { ahead: 0 });
        let begun = book.begin_next().unwrap();
        assert_eq!(
            book.cancel(&wanted.id, BOB).unwrap().status,
            JobStatus::Cancelled
        );
        assert!(begun.cancelled.is_cancelled());
        // Asked for anew while the old rendering still ends.
        let anew = work(1);
        book.queue(anew.clone(), ADA).unwrap();
        assert!(book.begin_next().is_none());
        book.end(&begun, Err(Failure::Fault));
        assert_eq!(status(&book, &anew), Some(JobStatus::Queued { ahead: 0 }));
        assert!(!book.begin_next().unwrap().cancelled.is_cancelled());
        let unknown = book.cancel(&work(9).id, ADA);
        assert_eq!(unknown, Err(NotCancelled::Unknown));
    }

    #[test]
    fn a_film_leaves_the_queue_when_it_is_cancelled_and_is_remembered_for_a_while() {
        let mut book = Book::new(1);
        for to in 1..=u64::try_from(MAX_REMEMBERED).unwrap() + 1 {
            book.queue(work(to), ADA).unwrap();
            book.cancel(&work(to).id, ADA).unwrap();
        }
        assert_eq!((book.queued(), book.entries.len()), (0, MAX_REMEMBERED));
        assert_eq!(status(&book, &work(1)), None);
        assert_eq!(status(&book, &work(2)), Some(JobStatus::Cancelled));
    }
}
