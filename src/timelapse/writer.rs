//! What makes a file of frames.

use std::io;
use std::path::PathBuf;

use super::surface::{Planes, Surface};

/// A frame that could not be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    /// The file would be larger than it may.
    #[error("the file is larger than {max_bytes} bytes")]
    TooLarge {
        /// The most bytes.
        max_bytes: u64,
    },
    /// The file, or the encoder's input, does not take any more.
    #[error("could not write a frame")]
    Io(#[source] io::Error),
}

/// Makes a file of what is on its surface, frame by frame.
pub(super) trait FilmWriter {
    /// What frames are drawn on.
    type Surface: Surface;

    /// What the next frame is drawn on; it still shows the last one.
    fn surface(&mut self) -> &mut Self::Surface;

    /// Adds what is on the surface as a frame.
    fn add_frame(&mut self) -> Result<(), WriteError>;

    /// Ends the film after its last frame.
    fn finish(self) -> Result<(), WriteError>;
}

/// How many frames are written between two looks at the file's size.
const FRAMES_A_LOOK: u32 = 30;

/// Sends frames to an encoder and keeps an eye on the file that it writes.
pub(super) struct PipedWriter<P> {
    surface: P,
    pipe: io::PipeWriter,
    file: PathBuf,
    max_bytes: u64,
    frames: u32,
}

impl<P: Planes> PipedWriter<P> {
    /// Sends what is on `surface` down `pipe` to an encoder that writes `file`.
    pub(super) fn new(surface: P, pipe: io::PipeWriter, file: PathBuf, max_bytes: u64) -> Self {
        Self {
            surface,
            pipe,
            file,
            max_bytes,
            frames: 0,
        }
    }
}

impl<P: Planes> FilmWriter for PipedWriter<P> {
    type Surface = P;

    fn surface(&mut self) -> &mut P {
        &mut self.surface
    }

    fn add_frame(&mut self) -> Result<(), WriteError> {
        io::Write::write_all(&mut self.pipe, self.surface.bytes()).map_err(WriteError::Io)?;
        self.frames += 1;
        if self.frames.is_multiple_of(FRAMES_A_LOOK) {
            // The encoder may not have made the file yet.
            let bytes = std::fs::metadata(&self.file).map_or(0, |file| file.len());
            if bytes > self.max_bytes {
                let max_bytes = self.max_bytes;
                return Err(WriteError::TooLarge { max_bytes });
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<(), WriteError> {
        Ok(())
    }
}
