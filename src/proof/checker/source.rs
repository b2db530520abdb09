//! Where the public files come from.

use std::path::{Path, PathBuf};

use event_store::Version;
use projections::history::segment::MAX_FILE_BYTES;
use projections::history::{Index, IndexError};
use projections::snapshot::{MAX_RAW_BYTES, SnapshotError, decompress};

use super::fetch::{FetchError, Fetcher};
use super::listing::{Listing, ListingError};
use crate::proof::Proof;

/// The most bytes of a list of segments.
const MAX_LISTING_BYTES: usize = 256 << 20;

/// The most bytes of a proof: ten times what one has.
const MAX_PROOF_BYTES: usize = 16 << 10;

/// What a zstd frame begins with (RFC 8878, section 3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";

/// Why a file could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The server.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The folder.
    #[error("could not read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A file in the folder is larger than any such file.
    #[error("`{}` has more than {max_bytes} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        max_bytes: usize,
    },
    /// There is no list of segments.
    #[error("there is no list of segments at {at}")]
    NoListing {
        /// Where it should be.
        at: String,
    },
    /// The list cannot be read.
    #[error(transparent)]
    Listing(#[from] ListingError),
    /// The stored index cannot be read.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// Where the public files of a canvas are.
#[derive(Clone, Debug)]
pub enum PublicFiles {
    /// On a server, under the address of the canvas.
    Server(Fetcher),
    /// In a folder: `segments/`, `keyframes/`, and `index.json` as a server stores it or
    /// `history.json` as it sends it.
    Folder(PathBuf),
}

impl PublicFiles {
    /// Where that is, for people.
    pub fn name(&self) -> String {
        match self {
            Self::Server(fetcher) => fetcher.base().to_string(),
            Self::Folder(path) => path.display().to_string(),
        }
    }

    /// The list of segments.
    ///
    /// # Errors
    /// [`SourceError`]
    pub async fn listing(&self) -> Result<Listing, SourceError> {
        match self {
            Self::Server(fetcher) => {
                let found = fetcher.get("history", JSON, MAX_LISTING_BYTES).await?;
                let at = self.name();
                let found = found.ok_or(SourceError::NoListing { at })?;
                Ok(Listing::of_manifest(&found)?)
            }
            Self::Folder(folder) => {
                if let Some(bytes) = read(&folder.join("index.json"), MAX_LISTING_BYTES).await? {
                    return Ok(Listing::of_index(&Index::from_json(&bytes)?)?);
                }
                let found = read(&folder.join("history.json"), MAX_LISTING_BYTES).await?;
                let at = self.name();
                let found = found.ok_or(SourceError::NoListing { at })?;
                Ok(Listing::of_manifest(&found)?)
            }
        }
    }

    /// The file of a segment; none when there is none.
    ///
    /// # Errors
    /// [`SourceError`]
    pub async fn segment(&self, number: u32) -> Result<Option<Vec<u8>>, SourceError> {
        match self {
            Self::Server(fetcher) => {
                let path = format!("history/segments/{number}");
                Ok(fetcher.get(&path, BYTES, MAX_FILE_BYTES).await?)
            }
            Self::Folder(folder) => {
                let path = folder.join(format!("segments/{number:010}.pxsg"));
                read(&path, MAX_FILE_BYTES).await
            }
        }
    }

    /// The events after the last closed segment, as a segment; none when there are none or nobody
    /// knows.
    ///
    /// # Errors
    /// [`SourceError`]
    pub async fn open_segment(&self) -> Result<Option<Vec<u8>>, SourceError> {
        match self {
            Self::Server(fetcher) => {
                let path = "history/segments/open";
                Ok(fetcher.get(path, BYTES, MAX_FILE_BYTES).await?)
            }
            Self::Folder(_) => Ok(None),
        }
    }

    /// A keyframe's file, which may be compressed or not; none when there is none.
    ///
    /// # Errors
    /// [`SourceError`]
    pub async fn keyframe(&self, version: Version) -> Result<Option<Vec<u8>>, SourceError> {
        match self {
            Self::Server(fetcher) => {
                let path = format!("history/keyframes/{version}");
                Ok(fetcher.get(&path, BYTES, MAX_RAW_BYTES).await?)
            }
            Self::Folder(folder) => {
                let path = folder.join(format!("keyframes/{:020}.pxsn.zst", version.0));
                read(&path, MAX_RAW_BYTES).await
            }
        }
    }

    /// What the server says of a version: bytes that should be a [`Proof`]. None where nobody can
    /// be asked.
    ///
    /// # Errors
    /// [`SourceError`]
    pub async fn proof(&self, version: Version) -> Result<Option<Vec<u8>>, SourceError> {
        match self {
            Self::Server(fetcher) => {
                let path = format!("proof?version={version}");
                Ok(fetcher.get(&path, JSON, MAX_PROOF_BYTES).await?)
            }
            Self::Folder(_) => Ok(None),
        }
    }

    /// Whether there is somebody to ask for proofs.
    pub fn has_proofs(&self) -> bool {
        match self {
            Self::Server(_) => true,
            Self::Folder(_) => false,
        }
    }
}

/// A keyframe's bytes before compression.
///
/// # Errors
/// [`SnapshotError::Compression`]
pub fn uncompressed(bytes: Vec<u8>) -> Result<Vec<u8>, SnapshotError> {
    match bytes.starts_with(&ZSTD_MAGIC) {
        true => decompress(&bytes),
        false => Ok(bytes),
    }
}

/// A proof of its bytes; none when they are something else.
pub fn parse_proof(bytes: &[u8]) -> Option<Proof> {
    serde_json::from_slice(bytes).ok()
}

async fn read(path: &Path, max_bytes: usize) -> Result<Option<Vec<u8>>, SourceError> {
    let failed = |source| SourceError::Read {
        path: path.to_owned(),
        source,
    };
    match tokio::fs::metadata(path).await {
        Ok(found) if found.len() > max_bytes as u64 => {
            let path = path.to_owned();
            Err(SourceError::TooLarge { path, max_bytes })
        }
        Ok(_) => tokio::fs::read(path).await.map(Some).map_err(failed),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}
