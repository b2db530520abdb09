//! Rendering a film: events come from the log, a thread of its own folds and draws them.

use std::path::Path;
use std::sync::Arc;

use event_store::{ReadError, Version};
use projections::Field;
use projections::canvas::Round;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::caption::Caption;
use super::clock::{Clock, position_of};
use super::ffmpeg::{Ffmpeg, FfmpegError, LOW_PRIORITY};
use super::film::{Film, PlanError};
use super::gif::GifWriter;
use super::picture::Picture;
use super::request::Format;
use super::source::{Page, Source, shows};
use super::surface::{Bgra, Planes, Yuv420};
use super::writer::{FilmWriter, PipedWriter, WriteError};

/// Pages of events that are read ahead of the drawing.
const PAGES_AHEAD: usize = 4;

/// A film that was not rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The canvas that it begins with could not be folded.
    #[error(transparent)]
    Beginning(#[from] PlanError),
    /// The log could not be read.
    #[error("could not read the log to render a timelapse")]
    Log(#[source] ReadError),
    /// The encoder is not there, or failed.
    #[error(transparent)]
    Ffmpeg(#[from] FfmpegError),
    /// The file would be larger than it may.
    #[error("the film is larger than {max_bytes} bytes; make it shorter, smaller or slower")]
    TooLarge {
        /// The most bytes.
        max_bytes: u64,
    },
    /// The file could not be written, or the thread not be started.
    #[error("could not write the film")]
    Write(#[source] std::io::Error),
    /// It was cancelled.
    #[error("the rendering was cancelled")]
    Cancelled,
}

/// How a film is rendered.
#[derive(Clone, Debug)]
pub struct Renderer {
    /// The encoder of everything but GIFs.
    pub ffmpeg: Ffmpeg,
    /// The largest file, in bytes.
    pub max_bytes: u64,
    /// Whether everything else on the machine comes first.
    pub has_low_priority: bool,
}

/// What is told of a rendering while it runs, and what ends it early.
#[derive(Clone)]
pub struct Watch {
    /// Told how many frames are drawn, now and then.
    pub progress: Arc<dyn Fn(u32) + Send + Sync>,
    /// Ends the rendering.
    pub cancelled: CancellationToken,
}

/// A film that is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Its frames.
    pub frames: u32,
    /// The events of its range.
    pub events: u64,
    /// The file's size.
    pub bytes: u64,
}

impl Renderer {
    /// Renders a film into a file, which is made or overwritten; after a failure it may be there in
    /// part. `rounds` are those that the film was planned with.
    ///
    /// Dropping the future ends the rendering and kills the encoder.
    ///
    /// # Errors
    /// [`RenderError`]
    pub async fn render(
        &self,
        source: &Source,
        rounds: &[Round],
        film: &Film,
        output: &Path,
        watch: &Watch,
    ) -> Result<Rendered, RenderError> {
        let preparing = async {
            let end = survey(source, film).await?;
            let field = source.beginning(film, rounds).await?;
            Ok::<_, RenderError>((end, field))
        };
        let prepared = watch.cancelled.run_until_cancelled(preparing).await;
        let (end, field) = prepared.unwrap_or(Err(RenderError::Cancelled))?;
        let drawing = Drawing {
            film: film.clone(),
            field,
            end,
            watch: watch.clone(),
            has_low_priority: self.has_low_priority,
        };
        match film.format {
            Format::Gif => {
                let writer = GifWriter::create(film, output, self.max_bytes)?;
                let drawn = run(source, drawing, writer);
                let drawn = watch.cancelled.run_until_cancelled(drawn).await;
                drawn.unwrap_or(Err(RenderError::Cancelled))?;
            }
            Format::Mp4 | Format::Webm => {
                let surface = Yuv420::new(film.frame());
                self.encode(source, drawing, surface, output).await?;
            }
            Format::Webp => {
                let surface = Bgra::new(film.frame());
                self.encode(source, drawing, surface, output).await?;
            }
        }
        let bytes = std::fs::metadata(output).map_err(RenderError::Write)?.len();
        if bytes > self.max_bytes {
            let max_bytes = self.max_bytes;
            return Err(RenderError::TooLarge { max_bytes });
        }
        Ok(Rendered {
            frames: film.frames(),
            events: film.range.to.events_since(film.range.from),
            bytes,
        })
    }

    /// Draws into an encoder, which is gone when this returns.
    async fn encode<P: Planes + Send + 'static>(
        &self,
        source: &Source,
        drawing: Drawing,
        surface: P,
        output: &Path,
    ) -> Result<(), RenderError> {
        let (film, low) = (&drawing.film, self.has_low_priority);
        let (mut encoding, pipe) = self.ffmpeg.start(film, P::PIXEL_FORMAT, output, low)?;
        let writer = PipedWriter::new(surface, pipe, output.to_owned(), self.max_bytes);
        let cancelled = drawing.watch.cancelled.clone();
        let encoded = cancelled.run_until_cancelled(async {
            match run(source, drawing, writer).await {
                Ok(()) => Ok(encoding.finish().await?),
                Err(RenderError::Write(cause))
                    if cause.kind() == std::io::ErrorKind::BrokenPipe =>
                {
                    // It has ended by itself, and says why.
                    encoding.finish().await?;
                    Err(RenderError::Write(cause))
                }
                Err(error) => Err(error),
            }
        });
        let encoded = encoded.await.unwrap_or(Err(RenderError::Cancelled));
        encoding.kill().await;
        encoded
    }
}

impl From<WriteError> for RenderError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::TooLarge { max_bytes } => Self::TooLarge { max_bytes },
            WriteError::Io(source) => Self::Write(source),
        }
    }
}

/// How far the film is at its end. Where the pace asks for it, all events are looked at once before
/// they are drawn.
async fn survey(source: &Source, film: &Film) -> Result<u64, RenderError> {
    let mut clock = clock_of(film);
    if film.needs_survey() {
        let (sender, mut pages) = mpsc::channel(PAGES_AHEAD);
        let sending = async {
            let sent = source.send(film, &sender).await;
            drop(sender);
            sent
        };
        let region = film.region();
        let looking = async {
            while let Some(page) = pages.recv().await {
                for recorded in page {
                    clock.pass(recorded.at, shows(&recorded.event, region));
                }
            }
        };
        let (sent, ()) = tokio::join!(sending, looking);
        sent.map_err(RenderError::Log)?;
    }
    Ok(clock.end())
}

fn clock_of(film: &Film) -> Clock {
    let range = &film.range;
    Clock::new(film.pace, film.skip_idle_ms, range.begins_at, range.ends_at)
}

/// Sends the events to a thread that draws them, until both are done.
async fn run<W>(source: &Source, drawing: Drawing, writer: W) -> Result<(), RenderError>
where
    W: FilmWriter + Send + 'static,
{
    let film = drawing.film.clone();
    let (sender, pages) = mpsc::channel(PAGES_AHEAD);
    let (done, drawn) = oneshot::channel();
    let thread = std::thread::Builder::new().name("timelapse".to_owned());
    let started = thread.spawn(move || {
        // Nobody waits any more when the rendering was cancelled.
        let _ = done.send(drawing.draw(pages, writer));
    });
    started.map_err(RenderError::Write)?;
    let sending = async {
        let sent = source.send(&film, &sender).await;
        drop(sender);
        sent
    };
    let (sent, drawn) = tokio::join!(sending, drawn);
    sent.map_err(RenderError::Log)?;
    // A thread that says nothing has panicked, and has said why.
    drawn.unwrap_or_else(|_| {
        let panicked = std::io::Error::other("the drawing thread panicked");
        Err(RenderError::Write(panicked))
    })
}

/// What the drawing thread works with.
struct Drawing {
    film: Film,
    field: Field,
    /// How far the film is at its end.
    end: u64,
    watch: Watch,
    has_low_priority: bool,
}

impl Drawing {
    fn draw<W: FilmWriter>(
        self,
        mut pages: mpsc::Receiver<Page>,
        writer: W,
    ) -> Result<(), RenderError> {
        if self.has_low_priority
            && let Err(error) = rustix::process::setpriority_process(None, LOW_PRIORITY)
        {
            tracing::warn!(%error, "could not lower the priority of the drawing");
        }
        let to = self.film.range.to;
        let mut reel = Reel::new(self, writer);
        while let Some(page) = pages.blocking_recv() {
            reel.fold(page)?;
            std::thread::yield_now();
        }
        if reel.version < to {
            // The sender gave up, and says why.
            return Err(RenderError::Cancelled);
        }
        reel.finish()
    }
}

/// The frames on their way from the first to the last.
struct Reel<W: FilmWriter> {
    film: Film,
    field: Field,
    end: u64,
    watch: Watch,
    clock: Clock,
    version: Version,
    /// The next moving frame.
    next: u32,
    picture: Picture<<W::Surface as super::surface::Surface>::Ink>,
    caption: Option<Caption<<W::Surface as super::surface::Surface>::Ink>>,
    writer: W,
}

impl<W: FilmWriter> Reel<W> {
    fn new(drawing: Drawing, mut writer: W) -> Self {
        let film = drawing.film;
        let picture = Picture::new(&film, writer.surface());
        let caption = Caption::of(&film, writer.surface());
        Self {
            clock: clock_of(&film),
            version: film.range.from,
            film,
            field: drawing.field,
            end: drawing.end,
            watch: drawing.watch,
            next: 0,
            picture,
            caption,
            writer,
        }
    }

    fn fold(&mut self, page: Page) -> Result<(), RenderError> {
        let region = self.film.region();
        for recorded in page {
            // The frames before the event show what was before it.
            let mut clock = self.clock.clone();
            let position = clock.pass(recorded.at, shows(&recorded.event, region));
            while self.next_position().is_some_and(|next| next < position) {
                self.add_moving_frame()?;
            }
            self.clock = clock;
            let change = self.field.apply(&recorded.event);
            self.picture.note(&change, self.field.grid.size());
            self.version = recorded.version;
        }
        Ok(())
    }

    /// The position that the next moving frame shows; none after the last.
    fn next_position(&self) -> Option<u64> {
        let frames = self.film.moving_frames;
        (self.next < frames).then(|| position_of(self.next, frames, self.end))
    }

    fn add_moving_frame(&mut self) -> Result<(), RenderError> {
        let frames = self.film.moving_frames;
        let position = position_of(self.next, frames, self.end);
        self.next += 1;
        let surface = self.writer.surface();
        self.picture.draw(&self.field, surface);
        if let Some(caption) = &mut self.caption {
            let is_last = self.next == frames;
            let at = match is_last {
                true => self.film.range.ends_at,
                false => self.clock.time_at(position),
            };
            caption.draw(surface, at, self.version);
        }
        self.add_frame(self.next)
    }

    fn add_frame(&mut self, number: u32) -> Result<(), RenderError> {
        if self.watch.cancelled.is_cancelled() {
            return Err(RenderError::Cancelled);
        }
        self.writer.add_frame()?;
        (self.watch.progress)(number);
        Ok(())
    }

    fn finish(mut self) -> Result<(), RenderError> {
        while self.next_position().is_some() {
            self.add_moving_frame()?;
        }
        for held in 1..=self.film.held_frames {
            self.add_frame(self.film.moving_frames + held)?;
        }
        Ok(self.writer.finish()?)
    }
}
