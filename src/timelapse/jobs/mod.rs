//! The films that players ask a server for: one is rendered at a time, behind everything else that
//! the server does; those that are done are kept for a while.

mod book;
mod description;
mod shelf;
mod workplace;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use event_store::{CanvasSlug, PlayerId, UnixMs, Version};
use object_store::ObjectStore;
use parking_lot::Mutex;
use projections::canvas::Round;
use tokio::sync::{Notify, OnceCell};
use tokio_util::sync::CancellationToken;

pub use book::{Failure, Job, JobStatus, NoRoom, NotCancelled};
pub use description::{Description, FilmId};
pub use shelf::{Finished, Shelf, ShelfError};

use super::ffmpeg::{Ffmpeg, FfmpegError};
use super::film::{Film, PlanError};
use super::render::{RenderError, Renderer, Watch};
use super::request::{Format, TimelapseRequest};
use super::source::Source;
use crate::config::{Timelapse, TimelapseRequests};
use book::{Book, Work};
use workplace::Workplace;

/// How often films that have expired are deleted, beside after each rendering.
const CLEAN_EVERY: Duration = Duration::from_secs(600);

const MS_AN_HOUR: i64 = 3_600_000;

/// A film that could be queued: planned and named.
pub struct Prepared {
    /// Its name.
    pub id: FilmId,
    /// The film.
    pub film: Film,
    rounds: Arc<[Round]>,
}

/// A film that is known: under way, given up, or done.
#[derive(Clone, Debug)]
pub enum Known {
    /// It is not done.
    Job(Job),
    /// It is done.
    Finished(FilmId, Finished),
}

/// The films that players ask for.
pub struct Timelapses {
    settings: Timelapse,
    slug: CanvasSlug,
    source: Source,
    shelf: Shelf,
    folder: PathBuf,
    ffmpeg: Ffmpeg,
    has_ffmpeg: OnceCell<()>,
    book: Mutex<Book>,
    queued: Notify,
}

impl Timelapses {
    /// The films of a canvas; they are rendered in a folder in `data_dir` and kept in `blobs`.
    pub fn new(
        settings: Timelapse,
        data_dir: &Path,
        slug: CanvasSlug,
        source: Source,
        blobs: Arc<dyn ObjectStore>,
    ) -> Self {
        Self {
            ffmpeg: Ffmpeg::at(&settings.ffmpeg),
            book: Mutex::new(Book::new(settings.max_queue as usize)),
            shelf: Shelf::new(blobs, &slug),
            folder: data_dir.join("timelapses"),
            has_ffmpeg: OnceCell::new(),
            queued: Notify::new(),
            settings,
            slug,
            source,
        }
    }

    /// The formats that can be asked for now.
    pub async fn formats(&self) -> Vec<Format> {
        if self.settings.requests == TimelapseRequests::Off {
            return Vec::new();
        }
        let has_ffmpeg = self.check_ffmpeg().await.is_ok();
        let is_there = |format: &Format| has_ffmpeg || !format.needs_ffmpeg();
        Format::ALL.into_iter().filter(is_there).collect()
    }

    /// Whether ffmpeg is there. Once it was, nobody looks again.
    async fn check_ffmpeg(&self) -> Result<(), FfmpegError> {
        let looked = self.has_ffmpeg.get_or_try_init(|| self.ffmpeg.check());
        looked.await.copied()
    }

    /// How many films wait.
    pub fn waiting(&self) -> usize {
        self.book.lock().queued()
    }

    /// The settings.
    pub fn settings(&self) -> &Timelapse {
        &self.settings
    }

    /// For how long a film is kept, in milliseconds.
    pub fn keep_ms(&self) -> i64 {
        i64::from(self.settings.keep_hours) * MS_AN_HOUR
    }

    /// Plans a film of a canvas whose `rounds` were folded up to `head`, and names it.
    ///
    /// # Errors
    /// [`PlanError`]
    pub async fn prepare(
        &self,
        request: &TimelapseRequest,
        rounds: Vec<Round>,
        head: Version,
    ) -> Result<Prepared, PlanError> {
        let film = self.source.plan(request, &rounds, head).await?;
        Ok(Prepared {
            id: FilmId::of(&film, &self.slug),
            film,
            rounds: rounds.into(),
        })
    }

    /// A film that was asked for before.
    ///
    /// # Errors
    /// [`ShelfError`]
    pub async fn find(&self, id: &FilmId) -> Result<Option<Known>, ShelfError> {
        let job = self.book.lock().job(id);
        if let Some(job) = job {
            return Ok(Some(Known::Job(job)));
        }
        let finished = self.shelf.find(id).await?;
        Ok(finished.map(|finished| Known::Finished(id.clone(), finished)))
    }

    /// A film that is done, or that others wait for already: the player waits with them then.
    /// `None` when it has to be queued.
    ///
    /// # Errors
    /// [`ShelfError`]
    pub async fn join(&self, id: &FilmId, player: PlayerId) -> Result<Option<Known>, ShelfError> {
        let job = self.book.lock().join(id, player);
        if let Some(job) = job {
            return Ok(Some(Known::Job(job)));
        }
        let finished = self.shelf.find(id).await?;
        Ok(finished.map(|finished| Known::Finished(id.clone(), finished)))
    }

    /// Whether a player can have a film queued.
    ///
    /// # Errors
    /// [`NoRoom`]
    pub fn check_room(&self, player: PlayerId) -> Result<(), NoRoom> {
        self.book.lock().check_room(player)
    }

    /// Queues a film for a player, unless somebody else has just done so.
    ///
    /// # Errors
    /// [`NoRoom`]
    pub fn queue(&self, prepared: Prepared, player: PlayerId, now: UnixMs) -> Result<Job, NoRoom> {
        let mut book = self.book.lock();
        if let Some(job) = book.join(&prepared.id, player) {
            return Ok(job);
        }
        let work = Work {
            id: prepared.id,
            film: prepared.film,
            rounds: prepared.rounds,
            requested_at: now,
            frames: Arc::new(AtomicU32::new(0)),
            cancelled: CancellationToken::new(),
        };
        let job = book.queue(work, player)?;
        tell_queue(&book);
        self.queued.notify_one();
        Ok(job)
    }

    /// A player does not want a film any more; it ends when nobody does.
    ///
    /// # Errors
    /// [`NotCancelled`]; [`NotCancelled::Unknown`] also for one that is done.
    pub fn cancel(&self, id: &FilmId, player: PlayerId) -> Result<Job, NotCancelled> {
        let mut book = self.book.lock();
        let job = book.cancel(id, player);
        tell_queue(&book);
        job
    }

    /// The films that are done.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Renders what is queued, one after another, and deletes what has expired, until cancelled.
    ///
    /// # Errors
    /// When there is no folder to render in.
    pub async fn run(&self, cancelled: CancellationToken) -> std::io::Result<()> {
        if self.settings.requests == TimelapseRequests::Off {
            cancelled.cancelled().await;
            return Ok(());
        }
        let workplace = Workplace::open(&self.folder)?;
        let work = async {
            let mut clean = tokio::time::interval(CLEAN_EVERY);
            loop {
                tokio::select! {
                    () = self.queued.notified() => {}
                    _ = clean.tick() => {}
                }
                self.clean().await;
                while let Some(work) = self.begin_next() {
                    self.serve(&workplace, work).await;
                    self.clean().await;
                }
            }
        };
        cancelled.run_until_cancelled(work).await;
        Ok(())
    }

    fn begin_next(&self) -> Option<Work> {
        let mut book = self.book.lock();
        let work = book.begin_next();
        tell_queue(&book);
        work
    }

    async fn clean(&self) {
        let max_kept = self.settings.max_kept as usize;
        let cleaned = self.shelf.clean(UnixMs::now(), self.keep_ms(), max_kept);
        if let Err(error) = cleaned.await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "could not delete timelapses that have expired");
        }
    }

    /// Renders a film, keeps it, and notes what became of it.
    async fn serve(&self, workplace: &Workplace, work: Work) {
        let begun = Instant::now();
        let extension = work.film.format.extension();
        let file = workplace.file(&format!("{}.{extension}", work.id.as_str()));
        let served = self.render_and_keep(&file, &work).await;
        let removed = tokio::fs::remove_file(&file).await;
        if let Err(error) = removed
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "could not delete a rendered timelapse");
        }
        let outcome = match &served {
            Ok(()) => "done",
            Err(_) if work.cancelled.is_cancelled() => "cancelled",
            Err(_) => "failed",
        };
        metrics::counter!("canvas_timelapses_total", "outcome" => outcome).increment(1);
        let seconds = begun.elapsed().as_secs_f64();
        metrics::histogram!("canvas_timelapse_seconds", "format" => extension).record(seconds);
        let id = work.id.as_str();
        tracing::info!(
            seconds,
            frames = work.film.frames(),
            "timelapse {id} is {outcome}"
        );
        self.book.lock().end(&work, served);
    }

    async fn render_and_keep(&self, file: &Path, work: &Work) -> Result<(), Failure> {
        let renderer = Renderer {
            ffmpeg: self.ffmpeg.clone(),
            max_bytes: self.settings.max_file_bytes(),
            has_low_priority: true,
        };
        let frames = Arc::clone(&work.frames);
        let watch = Watch {
            progress: Arc::new(move |drawn| frames.store(drawn, Ordering::Relaxed)),
            // Its own token: a rendering that takes too long was not cancelled by those who asked.
            cancelled: work.cancelled.child_token(),
        };
        let rendering = renderer.render(&self.source, &work.rounds, &work.film, file, &watch);
        tokio::pin!(rendering);
        let most = Duration::from_secs(u64::from(self.settings.max_minutes) * 60);
        let rendered = match tokio::time::timeout(most, &mut rendering).await {
            Ok(rendered) => rendered.map_err(|error| failure(&work.id, &error))?,
            Err(_elapsed) => {
                watch.cancelled.cancel();
                // The encoder is gone when this returns; how it ended does not matter.
                let _ = rendering.await;
                return Err(Failure::TooSlow);
            }
        };
        let finished = Finished {
            film: Description::of(&work.film),
            bytes: rendered.bytes,
            requested_at: work.requested_at,
            done_at: UnixMs::now(),
        };
        let put = self.shelf.put(&work.id, file, &finished).await;
        put.map_err(|error| {
            let (id, error) = (work.id.as_str(), &error as &dyn std::error::Error);
            tracing::error!(error, "could not keep timelapse {id}");
            Failure::Fault
        })
    }
}

fn failure(id: &FilmId, error: &RenderError) -> Failure {
    match error {
        RenderError::TooLarge { max_bytes } => Failure::TooLarge {
            max_bytes: *max_bytes,
        },
        RenderError::Cancelled => Failure::Fault,
        RenderError::Beginning(_)
        | RenderError::Log(_)
        | RenderError::Ffmpeg(_)
        | RenderError::Write(_) => {
            let (id, error) = (id.as_str(), error as &dyn std::error::Error);
            tracing::error!(error, "could not render timelapse {id}");
            Failure::Fault
        }
    }
}

fn tell_queue(book: &Book) {
    let queued = u32::try_from(book.queued()).unwrap_or(u32::MAX);
    metrics::gauge!("canvas_timelapses_queued").set(f64::from(queued));
}
