//! A round as a folder that any file server can show: its history in public files, exports, and the
//! page that plays it.
//!
//! The folder is made beside its place and moved there when it is whole. What is in it is in
//! `docs/FORMATS.md`, "Archive".

mod exports;
mod history;
mod page;
mod plan;
mod readme;

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use event_store::{CanvasSlug, EventStore, ReadError};
use projections::PseudonymKey;
use projections::canvas::{OutOfOrder, Round};
use projections::history::IndexError;

use crate::exchange::{ExportError, PlanError};

pub use page::PageError;
pub use plan::{ArchivePlan, ArchivePlanError};

/// Why an archive was not made.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The folder to make is there already.
    #[error("`{}` exists already", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The log could not be read.
    #[error("could not read the log to archive")]
    Read(#[source] ReadError),
    /// The log is not as a log is.
    #[error(transparent)]
    OutOfOrder(#[from] OutOfOrder),
    /// The segments do not follow each other.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The log ended before the archive does.
    #[error("the log has nothing at version {version}")]
    Short {
        /// The first version that it does not have.
        version: event_store::Version,
    },
    /// An export that there is not.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// An export could not be written.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The page is not in this program.
    #[error(transparent)]
    Page(#[from] PageError),
    /// A file could not be written.
    #[error("could not write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

/// What an archive is made of.
pub struct Archive<'a> {
    /// The log.
    pub store: &'a dyn EventStore,
    /// The canvas's slug.
    pub canvas: &'a CanvasSlug,
    /// All rounds of the log, oldest first.
    pub rounds: &'a [Round],
    /// Makes the pseudonyms of the exports.
    pub key: &'a PseudonymKey,
    /// Which part of the log.
    pub plan: ArchivePlan,
}

/// What an archive has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ArchiveSummary {
    /// The round.
    pub round: u32,
    /// Its first version.
    pub first_version: u64,
    /// The last version in the archive.
    pub last_version: u64,
    /// The segments in the archive.
    pub segments: usize,
    /// Bytes of all files.
    pub bytes: u64,
}

impl Archive<'_> {
    /// Writes the archive to a folder that is made for it. `page` are the files of the page;
    /// `progress` is told how many events were read and how many there are.
    ///
    /// # Errors
    /// [`ArchiveError`]; nothing is left at `folder` then.
    pub async fn write(
        &self,
        folder: &Path,
        page: impl Iterator<Item = (String, Cow<'static, [u8]>)>,
        progress: impl Fn(u64, u64) + Send + Sync,
    ) -> Result<ArchiveSummary, ArchiveError> {
        if folder.exists() {
            let path = folder.to_owned();
            return Err(ArchiveError::Exists { path });
        }
        let failed = |source| ArchiveError::Write {
            path: folder.to_owned(),
            source,
        };
        let parent = folder.parent().filter(|parent| parent.as_os_str() != "");
        let beside = parent.unwrap_or(Path::new("."));
        let made = tempfile::Builder::new()
            .prefix(".archive-")
            .tempdir_in(beside)
            .map_err(failed)?;
        let mut files = Folder::at(made.path());
        page::write(&mut files, page, self.canvas)?;
        let segments = history::write(&mut files, self, &progress).await?;
        let exports = exports::write(&mut files, self).await?;
        let text = readme::text(self, segments, &exports);
        files.put("README.txt", text.as_bytes())?;
        let summary = ArchiveSummary {
            round: self.plan.round.0,
            first_version: self.plan.first.0,
            last_version: self.plan.last.0,
            segments,
            bytes: files.bytes,
        };
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(made.path(), mode).map_err(failed)?;
        std::fs::rename(made.path(), folder).map_err(failed)?;
        // What it was made in is gone from there.
        let _moved = made.keep();
        Ok(summary)
    }
}

/// The folder that is being made.
struct Folder<'a> {
    root: &'a Path,
    bytes: u64,
}

impl<'a> Folder<'a> {
    fn at(root: &'a Path) -> Self {
        Self { root, bytes: 0 }
    }

    /// The path of a file whose folders are there.
    fn path(&self, name: &str) -> Result<PathBuf, ArchiveError> {
        let path = self.root.join(name);
        match path.parent().map(std::fs::create_dir_all).transpose() {
            Ok(_) => Ok(path),
            Err(source) => Err(ArchiveError::Write { path, source }),
        }
    }

    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), ArchiveError> {
        let path = self.path(name)?;
        self.bytes += bytes.len() as u64;
        std::fs::write(&path, bytes).map_err(|source| ArchiveError::Write { path, source })
    }
}
