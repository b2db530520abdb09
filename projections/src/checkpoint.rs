//! The whole state of the fold, stored so that a start need not read the log from its beginning.
//!
//! The format is this program's own (`docs/FORMATS.md`, "Checkpoint"): one that is damaged, or of
//! another schema, is skipped and the canvas is folded from an older one or from zero.

use std::sync::Arc;

use bytes::Bytes;
use event_store::{CanvasSlug, Version};
use object_store::ObjectStore;

use crate::blobs::VersionedBlobs;
use crate::canvas::{Canvas, CanvasParts, Inconsistent};

/// How many checkpoints are kept: the newest, and two to fall back to.
pub const KEEP_CHECKPOINTS: usize = 3;

const MAGIC: [u8; 4] = *b"PXCP";

/// Raised with every change of the state's form; others are not read.
const SCHEMA: u8 = 2;

const HEADER_BYTES: usize = MAGIC.len() + 1 + blake3::OUT_LEN;

/// The largest state before compression: the largest canvas has 576 MiB of cells and authors, and
/// 60 million players have 1.4 GB.
const MAX_STATE_BYTES: usize = 2 << 30;

/// Checkpoints are read once and replaced soon: speed counts more than size.
const ZSTD_LEVEL: i32 = 1;

/// Bytes that are no checkpoint that this program can use.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// Not a checkpoint at all.
    #[error("checkpoint does not begin with PXCP and a hash")]
    Magic,
    /// Written by another version of the program.
    #[error("checkpoint has schema {found}, this program reads {SCHEMA}")]
    Schema {
        /// The schema found.
        found: u8,
    },
    /// The bytes are not those that were written.
    #[error("checkpoint does not have the content that its hash says")]
    Hash,
    /// Not zstd, or more than a state can have.
    #[error("could not decompress checkpoint")]
    Compression(#[source] std::io::Error),
    /// Not the columns of a canvas.
    #[error("could not decode checkpoint")]
    Malformed(#[source] rmp_serde::decode::Error),
    /// The columns do not fit together.
    #[error("checkpoint is inconsistent")]
    Inconsistent(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<Inconsistent> for CheckpointError {
    fn from(error: Inconsistent) -> Self {
        Self::Inconsistent(Box::new(error))
    }
}

impl Canvas {
    /// The bytes of the whole state. Equal canvases that were folded from the same log have equal
    /// bytes.
    ///
    /// # Panics
    /// Never in practice: writing to memory does not fail.
    pub fn to_checkpoint(&self) -> Vec<u8> {
        let state =
            rmp_serde::to_vec(&self.to_parts()).expect("every state has a MessagePack form");
        let compressed = zstd::bulk::compress(&state, ZSTD_LEVEL)
            .expect("compressing into memory does not fail");
        let mut bytes = Vec::with_capacity(HEADER_BYTES + compressed.len());
        bytes.extend_from_slice(&MAGIC);
        bytes.push(SCHEMA);
        bytes.extend_from_slice(blake3::hash(&compressed).as_bytes());
        bytes.extend_from_slice(&compressed);
        bytes
    }

    /// The canvas of a checkpoint's bytes.
    ///
    /// # Errors
    /// [`CheckpointError`] for everything that [`Canvas::to_checkpoint`] did not write; no input
    /// makes it panic.
    pub fn from_checkpoint(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let rest = bytes.strip_prefix(&MAGIC).ok_or(CheckpointError::Magic)?;
        let (schema, rest) = rest.split_first().ok_or(CheckpointError::Magic)?;
        if *schema != SCHEMA {
            return Err(CheckpointError::Schema { found: *schema });
        }
        let (hash, compressed) = rest
            .split_first_chunk::<{ blake3::OUT_LEN }>()
            .ok_or(CheckpointError::Magic)?;
        if blake3::hash(compressed) != *hash {
            return Err(CheckpointError::Hash);
        }
        let state = zstd::bulk::decompress(compressed, MAX_STATE_BYTES)
            .map_err(CheckpointError::Compression)?;
        let parts: CanvasParts<'_> =
            rmp_serde::from_slice(&state).map_err(CheckpointError::Malformed)?;
        Ok(Self::from_parts(parts)?)
    }
}

/// Why the checkpoints could not be reached; may work later.
#[derive(Debug, thiserror::Error)]
#[error("could not reach checkpoints in the blob store")]
pub struct CheckpointStoreError(#[source] object_store::Error);

/// The checkpoints of one canvas. Cheap to clone.
#[derive(Clone, Debug)]
pub struct CheckpointStore {
    blobs: VersionedBlobs,
}

impl CheckpointStore {
    /// The checkpoints of `canvas` in `blobs`, under `<slug>/checkpoints/`.
    pub fn new(blobs: Arc<dyn ObjectStore>, canvas: &CanvasSlug) -> Self {
        Self {
            blobs: VersionedBlobs::new(blobs, canvas, "checkpoints", ".pxcp"),
        }
    }

    /// Stores the bytes of a canvas at `version` (see [`Canvas::to_checkpoint`]), then deletes all
    /// but the newest [`KEEP_CHECKPOINTS`].
    ///
    /// # Errors
    /// [`CheckpointStoreError`].
    pub async fn put(
        &self,
        version: Version,
        checkpoint: Vec<u8>,
    ) -> Result<(), CheckpointStoreError> {
        self.blobs
            .put(version, checkpoint)
            .await
            .map_err(CheckpointStoreError)?;
        let versions = self.versions().await?;
        let (old, _) = versions.split_at(versions.len().saturating_sub(KEEP_CHECKPOINTS));
        for version in old {
            self.blobs
                .delete(*version)
                .await
                .map_err(CheckpointStoreError)?;
        }
        Ok(())
    }

    /// The versions of the stored checkpoints, lowest first.
    ///
    /// # Errors
    /// [`CheckpointStoreError`].
    pub async fn versions(&self) -> Result<Vec<Version>, CheckpointStoreError> {
        self.blobs.versions().await.map_err(CheckpointStoreError)
    }

    /// The bytes of a stored checkpoint.
    ///
    /// # Errors
    /// [`CheckpointStoreError`].
    pub async fn get(&self, version: Version) -> Result<Option<Bytes>, CheckpointStoreError> {
        self.blobs.get(version).await.map_err(CheckpointStoreError)
    }

    /// The canvas of the newest good checkpoint that is not newer than `head`. Damaged and foreign
    /// ones are logged and skipped.
    ///
    /// # Errors
    /// [`CheckpointStoreError`].
    pub async fn newest(&self, head: Version) -> Result<Option<Canvas>, CheckpointStoreError> {
        for version in self
            .versions()
            .await?
            .into_iter()
            .rev()
            .filter(|version| *version <= head)
        {
            let Some(bytes) = self.get(version).await? else {
                continue;
            };
            match Canvas::from_checkpoint(&bytes) {
                Ok(canvas) if canvas.version() == version => return Ok(Some(canvas)),
                Ok(canvas) => tracing::warn!(
                    canvas.version = version.0,
                    "skipped the checkpoint named {version}: it is of version {}",
                    canvas.version()
                ),
                Err(error) => tracing::warn!(
                    canvas.version = version.0,
                    error = &error as &dyn std::error::Error,
                    "skipped the unusable checkpoint {version}"
                ),
            }
        }
        Ok(None)
    }
}
