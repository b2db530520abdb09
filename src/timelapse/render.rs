//! Rendering a film: events come from the log, a thread of its own folds and draws them.

use std::path::Path;
use std::sync::Arc;

use event_store::ReadError;
use projections::canvas::Round;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::clock::Clock;
use super::ffmpeg::{Ffmpeg, FfmpegError};
use super::film::{Film, PlanError};
use super::gif::GifWriter;
use super::page::shows;
use super::reel::Drawing;
use super::request::Format;
use super::source::Source;
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
    let mut clock = Clock::of(film);
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
                for (_, at, step) in page.events() {
                    clock.pass(at, shows(&step, region));
                }
            }
        };
        let (sent, ()) = tokio::join!(sending, looking);
        sent.map_err(RenderError::Log)?;
    }
    Ok(clock.end())
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
