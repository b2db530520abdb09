//! Drawing the frames of a film, on a thread of its own.

use event_store::Version;
use projections::history::segment::{Placed, Step};
use projections::{CellChange, Field};
use tokio::sync::mpsc;

use super::caption::Caption;
use super::clock::{Clock, position_of};
use super::ffmpeg::LOW_PRIORITY;
use super::film::Film;
use super::page::{Page, shows};
use super::picture::Picture;
use super::render::{RenderError, Watch};
use super::surface::Surface;
use super::writer::FilmWriter;

/// What the drawing thread works with.
pub(super) struct Drawing {
    pub(super) film: Film,
    /// The canvas that it begins with.
    pub(super) field: Field,
    /// How far the film is at its end.
    pub(super) end: u64,
    pub(super) watch: Watch,
    pub(super) has_low_priority: bool,
}

impl Drawing {
    /// Draws the frames of a film whose events come in pages, until the channel is closed.
    pub(super) fn draw<W: FilmWriter>(
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
            reel.fold(&page)?;
            std::thread::yield_now();
        }
        if reel.version < to {
            // The sender gave up, and says why.
            return Err(RenderError::Cancelled);
        }
        reel.finish()
    }
}

type Ink<W> = <<W as FilmWriter>::Surface as Surface>::Ink;

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
    /// The position that it shows; none after the last.
    next_position: Option<u64>,
    picture: Picture<Ink<W>>,
    caption: Option<Caption<Ink<W>>>,
    writer: W,
}

impl<W: FilmWriter> Reel<W> {
    fn new(drawing: Drawing, mut writer: W) -> Self {
        let film = drawing.film;
        let picture = Picture::new(&film, writer.surface());
        let caption = Caption::of(&film, writer.surface());
        Self {
            clock: Clock::of(&film),
            next_position: Some(position_of(0, film.moving_frames, drawing.end)),
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

    fn fold(&mut self, page: &Page) -> Result<(), RenderError> {
        let region = self.film.region();
        for (version, at, step) in page.events() {
            // The frames before the event show what was before it.
            let mut clock = self.clock.clone();
            let position = clock.pass(at, shows(&step, region));
            while let Some(next) = self.next_position.filter(|next| *next < position) {
                self.add_moving_frame(next)?;
            }
            self.clock = clock;
            match step {
                Step::Placed(placed) => self.set(placed),
                Step::Other(event) => {
                    let change = self.field.apply(event);
                    self.picture.note(&change, self.field.grid.size());
                }
            }
            self.version = version;
        }
        Ok(())
    }

    /// Sets the cell of a placement that is known to have changed the canvas.
    fn set(&mut self, placed: Placed) {
        let grid = &mut self.field.grid;
        if let Some(index) = grid.size().index_of(placed.cell) {
            let color = placed.color;
            grid.set(&[CellChange { index, color }]);
            self.picture.note_cell(placed.cell);
        }
    }

    fn add_moving_frame(&mut self, position: u64) -> Result<(), RenderError> {
        let frames = self.film.moving_frames;
        self.next += 1;
        let is_last = self.next == frames;
        self.next_position = (!is_last).then(|| position_of(self.next, frames, self.end));
        let surface = self.writer.surface();
        self.picture.draw(&self.field, surface);
        if let Some(caption) = &mut self.caption {
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
        while let Some(next) = self.next_position {
            self.add_moving_frame(next)?;
        }
        for held in 1..=self.film.held_frames {
            self.add_frame(self.film.moving_frames + held)?;
        }
        Ok(self.writer.finish()?)
    }
}
