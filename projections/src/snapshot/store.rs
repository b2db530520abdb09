//! The kept snapshots of a canvas, in an object store.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use event_store::{CanvasSlug, Version};
use object_store::ObjectStore;

use super::format::{Snapshot, SnapshotError, compress, decompress};
use crate::blobs::VersionedBlobs;

/// How many of the newest snapshots are kept, however close they are.
pub const KEEP_NEWEST: usize = 128;

/// Of older snapshots, the first one of each run of this many versions is kept: a version in the
/// past is then at most this many events away from one, some 20 ms of folding.
pub const THIN_BUCKET_VERSIONS: u64 = 65_536;

/// A kept snapshot ends with a skippable zstd frame (RFC 8878, section 3.1.2) that holds the BLAKE3
/// hash of the bytes before compression: every zstd decoder steps over it.
const HASH_FRAME: [u8; 8] = [0x5b, 0x2a, 0x4d, 0x18, 32, 0, 0, 0];
const TRAILER_BYTES: usize = HASH_FRAME.len() + blake3::OUT_LEN;

/// Why a snapshot could not be kept or fetched.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotStoreError {
    /// The object store cannot be reached or has no room; may work later.
    #[error("could not reach snapshots in the blob store")]
    Unavailable(#[source] object_store::Error),
    /// The kept bytes are no snapshot.
    #[error("kept snapshot {version} is damaged")]
    Damaged {
        /// Its name.
        version: Version,
        /// The cause.
        #[source]
        source: SnapshotError,
    },
    /// The kept bytes are not those that were kept, or of another version.
    #[error("kept snapshot {version} does not have the content that its hash and name say")]
    Mismatch {
        /// Its name.
        version: Version,
    },
}

/// The bytes of a kept snapshot as they lie in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The zstd frame, without the hash: what a client is sent.
    pub compressed: Bytes,
    /// The BLAKE3 hash of the bytes before compression.
    pub hash: blake3::Hash,
}

/// The kept snapshots of one canvas. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SnapshotStore {
    blobs: VersionedBlobs,
}

impl SnapshotStore {
    /// The snapshots of `canvas` in `blobs`, under `<slug>/snapshots/`.
    pub fn new(blobs: Arc<dyn ObjectStore>, canvas: &CanvasSlug) -> Self {
        Self {
            blobs: VersionedBlobs::new(blobs, canvas, "snapshots", ".pxsn.zst"),
        }
    }

    /// Keeps a snapshot; one of the same version is replaced, with the same bytes. Returns its zstd
    /// frame.
    ///
    /// The compression runs on the calling thread: some milliseconds for a million cells.
    ///
    /// # Errors
    /// [`SnapshotStoreError::Unavailable`].
    pub async fn put(&self, snapshot: &Snapshot) -> Result<Kept, SnapshotStoreError> {
        let kept = Kept::of(&snapshot.encode());
        self.put_kept(snapshot.version, &kept).await?;
        Ok(kept)
    }

    /// Keeps a snapshot that was made into bytes elsewhere, for example on a thread for such work.
    ///
    /// # Errors
    /// [`SnapshotStoreError::Unavailable`].
    pub async fn put_kept(&self, version: Version, kept: &Kept) -> Result<(), SnapshotStoreError> {
        let stored = self.blobs.put(version, kept.to_stored()).await;
        stored.map_err(SnapshotStoreError::Unavailable)
    }

    /// The bytes of a kept snapshot; `None` when there is none of this version. The content is not
    /// checked: the hash is there for whoever wants to.
    ///
    /// # Errors
    /// [`SnapshotStoreError::Unavailable`]; [`SnapshotStoreError::Mismatch`] when there is no hash.
    pub async fn compressed(&self, version: Version) -> Result<Option<Kept>, SnapshotStoreError> {
        let stored = self
            .blobs
            .get(version)
            .await
            .map_err(SnapshotStoreError::Unavailable)?;
        let Some(stored) = stored else {
            return Ok(None);
        };
        let kept = Kept::from_stored(&stored);
        kept.map(Some)
            .ok_or(SnapshotStoreError::Mismatch { version })
    }

    /// A kept snapshot, checked against its hash and its name; `None` when there is none of this
    /// version.
    ///
    /// # Errors
    /// [`SnapshotStoreError`].
    pub async fn get(&self, version: Version) -> Result<Option<Snapshot>, SnapshotStoreError> {
        let Some(kept) = self.compressed(version).await? else {
            return Ok(None);
        };
        let damaged = |source| SnapshotStoreError::Damaged { version, source };
        let raw = decompress(&kept.compressed).map_err(damaged)?;
        if blake3::hash(&raw) != kept.hash {
            return Err(SnapshotStoreError::Mismatch { version });
        }
        let snapshot = Snapshot::decode(&raw).map_err(damaged)?;
        if snapshot.version != version {
            return Err(SnapshotStoreError::Mismatch { version });
        }
        Ok(Some(snapshot))
    }

    /// The versions of the kept snapshots, lowest first.
    ///
    /// # Errors
    /// [`SnapshotStoreError::Unavailable`].
    pub async fn versions(&self) -> Result<Vec<Version>, SnapshotStoreError> {
        self.blobs
            .versions()
            .await
            .map_err(SnapshotStoreError::Unavailable)
    }

    /// The version of the newest kept snapshot.
    ///
    /// # Errors
    /// [`SnapshotStoreError::Unavailable`].
    pub async fn newest(&self) -> Result<Option<Version>, SnapshotStoreError> {
        Ok(self.versions().await?.last().copied())
    }

    /// The version of the newest kept snapshot that is not newer than `version`.
    ///
    /// # Errors
    /// [`SnapshotStoreError::Unavailable`].
    pub async fn nearest(&self, version: Version) -> Result<Option<Version>, SnapshotStoreError> {
        let versions = self.versions().await?;
        let not_newer = versions.partition_point(|kept| *kept <= version);
        Ok(not_newer
            .checked_sub(1)
            .and_then(|at| versions.get(at))
            .copied())
    }

    /// Deletes a snapshot; one that is gone already is no error.
    ///
    /// # Errors
    /// [`SnapshotStoreError::Unavailable`]
    pub async fn delete(&self, version: Version) -> Result<(), SnapshotStoreError> {
        let deleted = self.blobs.delete(version).await;
        deleted.map_err(SnapshotStoreError::Unavailable)
    }

    /// Deletes the snapshots that need not be kept, and returns how many.
    ///
    /// # Errors
    /// [`SnapshotStoreError::Unavailable`]; the rest is deleted the next time.
    pub async fn thin(&self) -> Result<usize, SnapshotStoreError> {
        let superfluous = superfluous(&self.versions().await?);
        for version in &superfluous {
            let deleted = self.blobs.delete(*version).await;
            deleted.map_err(SnapshotStoreError::Unavailable)?;
        }
        Ok(superfluous.len())
    }
}

impl Kept {
    /// The bytes to keep for a snapshot's bytes before compression.
    pub fn of(raw: &[u8]) -> Self {
        Self {
            compressed: compress(raw).into(),
            hash: blake3::hash(raw),
        }
    }

    /// The bytes as they lie in a store.
    pub(crate) fn to_stored(&self) -> Vec<u8> {
        [&self.compressed[..], &HASH_FRAME, self.hash.as_bytes()].concat()
    }

    /// The reverse of [`Kept::to_stored`]; `None` without a hash at the end.
    pub(crate) fn from_stored(stored: &Bytes) -> Option<Self> {
        let (_, trailer) = stored.split_last_chunk::<TRAILER_BYTES>()?;
        let hash = trailer.strip_prefix(&HASH_FRAME)?;
        Some(Self {
            compressed: stored.slice(..stored.len() - TRAILER_BYTES),
            hash: blake3::Hash::from_slice(hash).ok()?,
        })
    }
}

/// Which of the kept versions, lowest first, need not be kept.
fn superfluous(versions: &[Version]) -> Vec<Version> {
    let (old, _) = versions.split_at(versions.len().saturating_sub(KEEP_NEWEST));
    let mut seen = BTreeSet::new();
    let is_later_of_bucket = |version: &&Version| !seen.insert(version.0 / THIN_BUCKET_VERSIONS);
    old.iter().filter(is_later_of_bucket).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thinned(versions: Vec<Version>) -> Vec<Version> {
        let gone = superfluous(&versions);
        versions
            .into_iter()
            .filter(|version| !gone.contains(version))
            .collect()
    }

    #[test]
    fn the_newest_are_kept_and_of_the_rest_the_first_of_each_bucket() {
        let versions: Vec<Version> = (1..=3_000).map(|n| Version(n * 100)).collect();
        let kept = thinned(versions.clone());
        assert_eq!(
            kept[kept.len() - KEEP_NEWEST..],
            versions[versions.len() - KEEP_NEWEST..]
        );
        let older: Vec<u64> = kept[..kept.len() - KEEP_NEWEST]
            .iter()
            .map(|v| v.0)
            .collect();
        assert_eq!(older, [100, 65_600, 131_100, 196_700, 262_200]);
    }

    #[test]
    fn thinning_twice_changes_nothing_and_few_are_all_kept() {
        let versions: Vec<Version> = (1..=500).map(|n| Version(n * 1_000)).collect();
        let once = thinned(versions);
        assert_eq!(thinned(once.clone()), once);
        let few: Vec<Version> = (1..=128).map(Version).collect();
        assert_eq!(thinned(few.clone()), few);
    }
}
