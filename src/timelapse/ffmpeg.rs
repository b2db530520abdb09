//! ffmpeg as a child: raw frames go in by its standard input, a file comes out.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use super::film::Film;
use super::request::Format;

/// How far a server's renderings stand behind everything else it does: in steps of niceness, 0 to
/// 19 (`setpriority(2)`).
pub(super) const LOW_PRIORITY: i32 = 10;

/// How long ffmpeg may take to say which version it is; some 50 ms are usual.
const CHECK_MAX: Duration = Duration::from_secs(10);

/// The most bytes that are kept of what ffmpeg says.
const MAX_SAID_BYTES: usize = 4_096;

/// What a pipe holds: as much as the kernel gives to anybody (`fs.pipe-max-size`), so that the two
/// processes take turns less often.
#[cfg(target_os = "linux")]
const PIPE_BYTES: usize = 1 << 20;

/// ffmpeg could not be used.
#[derive(Debug, thiserror::Error)]
pub enum FfmpegError {
    /// There is no such program.
    #[error("there is no ffmpeg at `{program}`; videos need one, a GIF does not")]
    Missing {
        /// What was looked for.
        program: PathBuf,
    },
    /// It could not be started, or waited for.
    #[error("could not run `{program}`")]
    Run {
        /// Its path.
        program: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// It ended with a failure.
    #[error("ffmpeg failed ({status}): {said}")]
    Failed {
        /// How it ended.
        status: ExitStatus,
        /// The beginning of what it said.
        said: String,
    },
}

/// Where ffmpeg is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ffmpeg {
    program: PathBuf,
}

impl Ffmpeg {
    /// A program by its path, or by its name if it is on the search path.
    pub fn at(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
        }
    }

    /// Makes sure that it can be started.
    ///
    /// # Errors
    /// [`FfmpegError`]
    pub async fn check(&self) -> Result<(), FfmpegError> {
        let mut command = Command::new(&self.program);
        command.arg("-version").stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| self.not_run(error))?;
        let ended = tokio::time::timeout(CHECK_MAX, child.wait()).await;
        let ended = ended.unwrap_or_else(|_elapsed| Err(io::ErrorKind::TimedOut.into()));
        let status = ended.map_err(|error| self.not_run(error))?;
        match status.success() {
            true => Ok(()),
            false => Err(FfmpegError::Failed {
                status,
                said: String::new(),
            }),
        }
    }

    /// Starts it on frames that go into the pipe, at low priority if told so.
    pub(super) fn start(
        &self,
        film: &Film,
        pixel_format: &str,
        output: &Path,
        has_low_priority: bool,
    ) -> Result<(Encoding, io::PipeWriter), FfmpegError> {
        let failed = |error| self.not_run(error);
        let (input, pipe) = io::pipe().map_err(failed)?;
        enlarge(&pipe);
        let mut command = Command::new(&self.program);
        command.args(["-hide_banner", "-nostats", "-loglevel", "error", "-y"]);
        command.args(["-f", "rawvideo", "-pixel_format", pixel_format]);
        command.args(["-video_size", &film.frame().to_string()]);
        command.args(["-framerate", &film.fps.to_string(), "-i", "pipe:0", "-an"]);
        command.args(encoder_options(film.format));
        // A name that begins with another protocol's, or with a dash, is a file all the same.
        let mut file = std::ffi::OsString::from("file:");
        file.push(output);
        command.arg(file);
        command.stdin(input).stdout(Stdio::null());
        command.stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(failed)?;
        if has_low_priority {
            lower_priority(&child);
        }
        let said = child
            .stderr
            .take()
            .map(|said| tokio::spawn(beginning(said)));
        let encoding = Encoding {
            program: self.program.clone(),
            child,
            said,
        };
        Ok((encoding, pipe))
    }

    fn not_run(&self, source: io::Error) -> FfmpegError {
        let program = self.program.clone();
        match source.kind() == io::ErrorKind::NotFound {
            true => FfmpegError::Missing { program },
            false => FfmpegError::Run { program, source },
        }
    }
}

/// ffmpeg at work. It is killed when this is dropped.
pub(super) struct Encoding {
    program: PathBuf,
    child: Child,
    said: Option<JoinHandle<String>>,
}

impl Encoding {
    /// Waits until the file is finished, after the pipe was closed. Cancel safe.
    pub(super) async fn finish(&mut self) -> Result<(), FfmpegError> {
        let ended = self.child.wait().await;
        let status = ended.map_err(|source| FfmpegError::Run {
            program: self.program.clone(),
            source,
        })?;
        if status.success() {
            return Ok(());
        }
        let said = match self.said.take() {
            Some(said) => said.await.unwrap_or_default(),
            None => String::new(),
        };
        let said = said.trim().replace('\n', "; ");
        Err(FfmpegError::Failed { status, said })
    }

    /// Kills it, unless it has ended, and waits until it is gone.
    pub(super) async fn kill(mut self) {
        let has_ended = self.child.id().is_none();
        if has_ended {
            return;
        }
        if let Err(error) = self.child.kill().await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "could not kill ffmpeg");
        }
    }
}

/// The beginning of what a program says; the rest is read and thrown away.
async fn beginning(mut said: impl AsyncRead + Unpin) -> String {
    let mut kept = Vec::new();
    let mut buffer = [0; 1_024];
    loop {
        match said.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(length) => {
                let room = MAX_SAID_BYTES.saturating_sub(kept.len());
                kept.extend_from_slice(&buffer[..length.min(room)]);
            }
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// How each format is encoded. Where speed and size were to be chosen between,
/// `docs/OPERATIONS.md`, "Measured", has the figures.
fn encoder_options(format: Format) -> &'static [&'static str] {
    match format {
        Format::Mp4 => &[
            "-c:v",
            "libx264",
            "-preset",
            "veryfast",
            "-crf",
            "20",
            "-pix_fmt",
            "yuv420p",
            "-color_range",
            "tv",
            "-colorspace",
            "bt709",
            "-color_primaries",
            "bt709",
            "-color_trc",
            "bt709",
            "-movflags",
            "+faststart",
            "-f",
            "mp4",
        ],
        Format::Webm => &[
            "-c:v",
            "libvpx-vp9",
            "-deadline",
            "realtime",
            "-cpu-used",
            "7",
            "-row-mt",
            "1",
            "-tile-columns",
            "2",
            "-crf",
            "28",
            "-b:v",
            "0",
            "-pix_fmt",
            "yuv420p",
            "-color_range",
            "tv",
            "-colorspace",
            "bt709",
            "-color_primaries",
            "bt709",
            "-color_trc",
            "bt709",
            "-f",
            "webm",
        ],
        Format::Webp => &[
            "-c:v",
            "libwebp_anim",
            "-lossless",
            "1",
            "-compression_level",
            "0",
            "-loop",
            "0",
            "-f",
            "webp",
        ],
        Format::Gif => &[],
    }
}

#[cfg(target_os = "linux")]
fn enlarge(pipe: &io::PipeWriter) {
    if let Err(error) = rustix::pipe::fcntl_setpipe_size(pipe, PIPE_BYTES) {
        tracing::debug!(%error, "the encoder's pipe keeps its size");
    }
}

#[cfg(not(target_os = "linux"))]
fn enlarge(_pipe: &io::PipeWriter) {}

/// Lowers the priority of a child before it has made its threads, which inherit it: it makes them
/// when the first frame comes.
fn lower_priority(child: &Child) {
    let process = child.id().and_then(|id| i32::try_from(id).ok());
    let process = process.and_then(rustix::process::Pid::from_raw);
    if let Err(error) = rustix::process::setpriority_process(process, LOW_PRIORITY) {
        tracing::warn!(%error, "could not lower the priority of ffmpeg");
    }
}
