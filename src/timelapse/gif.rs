//! GIF: exactly the canvas's colours, and in every frame only the box that changed.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use gif::{DisposalMethod, Encoder, EncodingError, Frame, Repeat};

use super::caption::{BACKGROUND, TEXT};
use super::film::Film;
use super::layout::Area;
use super::surface::{ColorTable, Indexed};
use super::writer::{FilmWriter, WriteError};

/// Hundredths of a second in a second, the unit of a GIF's delays.
const HUNDREDTHS: u64 = 100;

/// Writes at most so many bytes.
struct Bounded<W> {
    inner: W,
    bytes_left: u64,
}

impl<W: Write> Write for Bounded<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = bytes.len() as u64;
        match self.bytes_left.checked_sub(length) {
            None => Err(io::ErrorKind::FileTooLarge.into()),
            Some(_) => {
                let written = self.inner.write(bytes)?;
                self.bytes_left -= written as u64;
                Ok(written)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A frame that waits until it is known how long it is shown.
struct Pending {
    frame: Frame<'static>,
    /// Hundredths of a second.
    delay: u64,
}

/// Makes a GIF.
pub(super) struct GifWriter {
    surface: Indexed,
    encoder: Encoder<Bounded<BufWriter<File>>>,
    /// What the frames so far show.
    shown: Vec<u8>,
    pending: Option<Pending>,
    frames: u64,
    fps: u64,
    max_bytes: u64,
}

impl GifWriter {
    /// Begins a GIF that runs again and again.
    pub(super) fn create(film: &Film, file: &Path, max_bytes: u64) -> Result<Self, WriteError> {
        let size = film.frame();
        let table = ColorTable::new(&film.range.palette, &[BACKGROUND, TEXT]);
        let out = Bounded {
            inner: BufWriter::new(File::create(file).map_err(WriteError::Io)?),
            bytes_left: max_bytes,
        };
        let side = |pixels: u32| u16::try_from(pixels).unwrap_or(u16::MAX);
        let (width, height) = (side(size.width), side(size.height));
        let failed = |error| failure(error, max_bytes);
        let mut encoder = Encoder::new(out, width, height, &table.bytes()).map_err(failed)?;
        encoder.set_repeat(Repeat::Infinite).map_err(failed)?;
        let surface = Indexed::new(size, table);
        Ok(Self {
            shown: surface.pixels().to_vec(),
            surface,
            encoder,
            pending: None,
            frames: 0,
            fps: film.fps.into(),
            max_bytes,
        })
    }

    /// When a frame begins, in hundredths of a second: rounded from the film's beginning, so that
    /// rounding does not add up.
    fn begin_of(&self, frame: u64) -> u64 {
        (frame * HUNDREDTHS + self.fps / 2) / self.fps
    }

    /// The box around all pixels that are not as shown; none when all are.
    fn changed(&mut self) -> Option<Area> {
        let drawn = self.surface.take_drawn()?;
        let width = self.surface.size().width as usize;
        let columns = drawn.x as usize..(drawn.x + drawn.width) as usize;
        let (mut first, mut last) = (columns.end, columns.start);
        let (mut top, mut below) = (u32::MAX, 0);
        for y in drawn.y..drawn.y + drawn.height {
            let row = y as usize * width;
            let row = row + columns.start..row + columns.end;
            let (now, before) = (&self.surface.pixels()[row.clone()], &self.shown[row]);
            let differs = |(now, before): (&u8, &u8)| now != before;
            let Some(left) = now.iter().zip(before).position(differs) else {
                continue;
            };
            let right = now.iter().zip(before).rposition(differs).unwrap_or(left);
            first = first.min(columns.start + left);
            last = last.max(columns.start + right + 1);
            (top, below) = (top.min(y), y + 1);
        }
        let pixels = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        (top < below).then(|| Area {
            x: pixels(first),
            y: top,
            width: pixels(last - first),
            height: below - top,
        })
    }

    /// A frame of an area, in which what is as shown is left out; it counts as shown then.
    fn frame_of(&mut self, area: Area) -> Frame<'static> {
        let unchanged = self.surface.table().unchanged();
        let width = self.surface.size().width as usize;
        let mut pixels = Vec::with_capacity(area.width as usize * area.height as usize);
        for y in area.y..area.y + area.height {
            let start = y as usize * width + area.x as usize;
            let row = start..start + area.width as usize;
            let (now, before) = (&self.surface.pixels()[row.clone()], &mut self.shown[row]);
            let differing = now.iter().zip(before.iter());
            pixels.extend(differing.map(|(now, before)| match now == before {
                true => unchanged,
                false => *now,
            }));
            before.copy_from_slice(now);
        }
        let side = |pixels: u32| u16::try_from(pixels).unwrap_or(u16::MAX);
        Frame {
            dispose: DisposalMethod::Keep,
            transparent: Some(unchanged),
            left: side(area.x),
            top: side(area.y),
            width: side(area.width),
            height: side(area.height),
            buffer: pixels.into(),
            ..Frame::default()
        }
    }

    fn write_pending(&mut self) -> Result<(), WriteError> {
        let Some(Pending { mut frame, delay }) = self.pending.take() else {
            return Ok(());
        };
        frame.delay = u16::try_from(delay).unwrap_or(u16::MAX);
        let max_bytes = self.max_bytes;
        let written = self.encoder.write_frame(&frame);
        written.map_err(|error| failure(error, max_bytes))
    }
}

impl FilmWriter for GifWriter {
    type Surface = Indexed;

    fn surface(&mut self) -> &mut Indexed {
        &mut self.surface
    }

    fn add_frame(&mut self) -> Result<(), WriteError> {
        let delay = self.begin_of(self.frames + 1) - self.begin_of(self.frames);
        self.frames += 1;
        let changed = self.changed();
        match (changed, &mut self.pending) {
            (None, Some(pending)) => pending.delay += delay,
            (None, None) => {}
            (Some(area), _) => {
                self.write_pending()?;
                let frame = self.frame_of(area);
                self.pending = Some(Pending { frame, delay });
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), WriteError> {
        self.write_pending()?;
        let max_bytes = self.max_bytes;
        let ended = self.encoder.into_inner();
        let mut out = ended.map_err(|error| failure(error, max_bytes))?;
        out.flush().map_err(WriteError::Io)
    }
}

fn failure(error: EncodingError, max_bytes: u64) -> WriteError {
    let error = if let EncodingError::Io(error) = error {
        error
    } else {
        io::Error::other(error)
    };
    match error.kind() == io::ErrorKind::FileTooLarge {
        true => WriteError::TooLarge { max_bytes },
        false => WriteError::Io(error),
    }
}
