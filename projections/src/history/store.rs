//! The files of history in an object store.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use event_store::{CanvasSlug, PlayerId, Version};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use super::index::{Entry, Index, IndexError, KeyframeEntry};
use super::keyframe::{Keyframe, KeyframeError};
use super::packer::Closed;
use super::segment::{SegmentError, SegmentFile};
use crate::snapshot::{Kept, SnapshotError, decompress};

/// A file of history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// The list of closed segments.
    Index,
    /// A segment, by its number.
    Segment(u32),
    /// A keyframe, by its version.
    Keyframe(Version),
    /// Who got a pseudonym in a segment, by its number. Not public.
    Players(u32),
}

impl fmt::Display for File {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index => formatter.write_str("the index of history"),
            Self::Segment(number) => write!(formatter, "segment {number}"),
            Self::Keyframe(version) => write!(formatter, "keyframe {version}"),
            Self::Players(number) => write!(formatter, "the players of segment {number}"),
        }
    }
}

/// Why a file of history could not be stored or fetched.
#[derive(Debug, thiserror::Error)]
pub enum HistoryStoreError {
    /// The object store cannot be reached or has no room; may work later.
    #[error("could not reach {file} in the blob store")]
    Unavailable {
        /// The file.
        file: File,
        /// The cause.
        #[source]
        source: object_store::Error,
    },
    /// The index names a file that is not there.
    #[error("{file} is missing")]
    Missing {
        /// The file.
        file: File,
    },
    /// The file does not have the content that the index says.
    #[error("{file} does not have the content that the index of history says")]
    Mismatch {
        /// The file.
        file: File,
    },
    /// The file is no segment.
    #[error("{file} is damaged")]
    Segment {
        /// The file.
        file: File,
        /// The cause.
        #[source]
        source: SegmentError,
    },
    /// The file is no keyframe.
    #[error("{file} is damaged")]
    Keyframe {
        /// The file.
        file: File,
        /// The cause.
        #[source]
        source: KeyframeError,
    },
    /// The index cannot be read.
    #[error("{} is damaged", File::Index)]
    Index(#[source] IndexError),
}

impl HistoryStoreError {
    /// The file of `entry` is no segment.
    pub fn damaged_segment(entry: &Entry, source: SegmentError) -> Self {
        let file = File::Segment(entry.number);
        Self::Segment { file, source }
    }

    /// The file that is missing or damaged; none when it only cannot be reached.
    pub fn broken_file(&self) -> Option<File> {
        match self {
            Self::Unavailable { .. } => None,
            Self::Missing { file }
            | Self::Mismatch { file }
            | Self::Segment { file, .. }
            | Self::Keyframe { file, .. } => Some(*file),
            Self::Index(_) => Some(File::Index),
        }
    }
}

/// A closed segment as files.
#[derive(Clone, Debug)]
pub struct Packed {
    /// What the index says of it.
    pub entry: Entry,
    /// The segment's file.
    pub segment: Bytes,
    keyframe: Option<Kept>,
    newcomers: Vec<PlayerId>,
}

impl Packed {
    /// The files of a closed segment, as if it were the first of all; [`Packed::following`] says
    /// what it follows. Some 25 ms of work on three threads.
    ///
    /// # Panics
    /// Never: a [`Packer`](super::Packer) closes no segment that has no file.
    pub fn of(closed: &Closed) -> Self {
        let keyframe = || {
            let keyframe = closed.keyframe.as_ref();
            keyframe.map(|keyframe| Kept::of(&keyframe.encode()))
        };
        // Either takes about as long as the other.
        let (encoded, keyframe) = std::thread::scope(|scope| {
            let keyframe = scope.spawn(keyframe);
            (closed.segment.encode(), keyframe.join())
        });
        let keyframe = keyframe.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let (bytes, hash) =
            encoded.expect("a packer closes a segment before it is too large for a file");
        let keyframe_entry = keyframe.as_ref().map(|kept| KeyframeEntry {
            bytes: kept.compressed.len() as u64,
            hash: kept.hash,
        });
        let newcomers = closed.newcomers.len() as u32;
        let file = (bytes.len() as u64, hash);
        Self {
            entry: Entry::of_first(&closed.segment, file, keyframe_entry, newcomers),
            segment: bytes.into(),
            keyframe,
            newcomers: closed.newcomers.clone(),
        }
    }

    /// The same as the one that follows `before` in the index.
    pub fn following(mut self, before: Option<&Entry>) -> Self {
        self.entry = self.entry.following(before);
        self
    }

    /// The file of the keyframe at the segment's end; none before the first round.
    pub fn keyframe_file(&self) -> Option<Vec<u8>> {
        self.keyframe.as_ref().map(Kept::to_stored)
    }
}

/// The history of one canvas in an object store. Cheap to clone.
///
/// What is public lies under `<slug>/history/`, who is who under `<slug>/private/`.
#[derive(Clone, Debug)]
pub struct HistoryStore {
    blobs: Arc<dyn ObjectStore>,
    canvas: Path,
}

impl HistoryStore {
    /// The history of `canvas` in `blobs`.
    pub fn new(blobs: Arc<dyn ObjectStore>, canvas: &CanvasSlug) -> Self {
        Self {
            blobs,
            canvas: Path::from(canvas.as_str()),
        }
    }

    fn path(&self, file: File) -> Path {
        let (folder, name) = match file {
            File::Index => ("history", "index.json".to_owned()),
            File::Segment(number) => ("history/segments", format!("{number:010}.pxsg")),
            File::Keyframe(version) => ("history/keyframes", format!("{:020}.pxsn.zst", version.0)),
            File::Players(number) => ("private/players", format!("{number:010}.bin")),
        };
        let folders = folder.split('/').fold(self.canvas.clone(), Path::join);
        folders.join(name)
    }

    async fn put(&self, file: File, bytes: Bytes) -> Result<(), HistoryStoreError> {
        let put = self.blobs.put(&self.path(file), bytes.into()).await;
        put.map(|_| ())
            .map_err(|source| HistoryStoreError::Unavailable { file, source })
    }

    async fn get(&self, file: File) -> Result<Option<Bytes>, HistoryStoreError> {
        let unavailable = |source| HistoryStoreError::Unavailable { file, source };
        match self.blobs.get(&self.path(file)).await {
            Ok(found) => found.bytes().await.map(Some).map_err(unavailable),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    async fn get_listed(&self, file: File) -> Result<Bytes, HistoryStoreError> {
        let found = self.get(file).await?;
        found.ok_or(HistoryStoreError::Missing { file })
    }

    /// The index; none when there is no history yet.
    ///
    /// # Errors
    /// [`HistoryStoreError::Unavailable`] and [`HistoryStoreError::Index`].
    pub async fn index(&self) -> Result<Option<Index>, HistoryStoreError> {
        match self.get(File::Index).await? {
            None => Ok(None),
            Some(bytes) => Index::from_json(&bytes)
                .map(Some)
                .map_err(HistoryStoreError::Index),
        }
    }

    /// Stores the index. Segments that it names have to be stored before.
    ///
    /// # Errors
    /// [`HistoryStoreError::Unavailable`]
    pub async fn put_index(&self, index: &Index) -> Result<(), HistoryStoreError> {
        self.put(File::Index, index.to_json().into()).await
    }

    /// Stores the files of a segment, or replaces them. Until an index names them they are not
    /// looked at, so a process that ends in between leaves nothing that counts.
    ///
    /// # Errors
    /// [`HistoryStoreError::Unavailable`]
    pub async fn put_files(&self, packed: &Packed) -> Result<(), HistoryStoreError> {
        let number = packed.entry.number;
        let players = packed.newcomers.iter();
        let players: Vec<u8> = players
            .flat_map(|player| player.bits().to_le_bytes())
            .collect();
        self.put(File::Players(number), players.into()).await?;
        if let Some(keyframe) = &packed.keyframe {
            let file = File::Keyframe(packed.entry.last);
            self.put(file, keyframe.to_stored().into()).await?;
        }
        self.put(File::Segment(number), packed.segment.clone())
            .await
    }

    /// Whether there is a file of a segment of this number, named by the index or not.
    ///
    /// # Errors
    /// [`HistoryStoreError::Unavailable`]
    pub async fn has_segment(&self, number: u32) -> Result<bool, HistoryStoreError> {
        let file = File::Segment(number);
        match self.blobs.head(&self.path(file)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(source) => Err(HistoryStoreError::Unavailable { file, source }),
        }
    }

    /// The file of a segment, checked against its entry.
    ///
    /// # Errors
    /// [`HistoryStoreError`]
    pub async fn segment(&self, entry: &Entry) -> Result<Bytes, HistoryStoreError> {
        let bytes = self.stored_segment(entry).await?;
        open_segment(entry, &bytes)?;
        Ok(bytes)
    }

    /// The file of a segment as it is stored, not looked into: [`open_segment`] does.
    ///
    /// # Errors
    /// [`HistoryStoreError::Unavailable`] and [`HistoryStoreError::Missing`].
    pub async fn stored_segment(&self, entry: &Entry) -> Result<Bytes, HistoryStoreError> {
        self.get_listed(File::Segment(entry.number)).await
    }

    /// The keyframe at the end of a segment as it is stored; none when its entry has none.
    ///
    /// # Errors
    /// [`HistoryStoreError`]; only the hash that is stored with it is compared with the entry's.
    pub async fn stored_keyframe(&self, entry: &Entry) -> Result<Option<Kept>, HistoryStoreError> {
        let Some(listed) = &entry.keyframe else {
            return Ok(None);
        };
        let file = File::Keyframe(entry.last);
        let bytes = self.get_listed(file).await?;
        let kept = Kept::from_stored(&bytes).filter(|kept| kept.hash == listed.hash);
        kept.map(Some).ok_or(HistoryStoreError::Mismatch { file })
    }

    /// The keyframe at the end of a segment, checked against its entry; none when that has none.
    ///
    /// # Errors
    /// [`HistoryStoreError`]
    pub async fn keyframe(&self, entry: &Entry) -> Result<Option<Keyframe>, HistoryStoreError> {
        let kept = self.stored_keyframe(entry).await?;
        kept.map(|kept| open_keyframe(entry, &kept)).transpose()
    }

    /// The players who got their pseudonyms in a segment, in the order of the numbers; `before` is
    /// the entry before it, for how many there are to be.
    ///
    /// # Errors
    /// [`HistoryStoreError`]
    pub async fn players(
        &self,
        entry: &Entry,
        before: Option<&Entry>,
    ) -> Result<Vec<PlayerId>, HistoryStoreError> {
        let file = File::Players(entry.number);
        let bytes = self.get_listed(file).await?;
        let given = before
            .filter(|before| before.round == entry.round)
            .map_or(0, |before| before.players);
        let (players, odd) = bytes.as_chunks::<8>();
        let expected = entry.players.saturating_sub(given) as usize;
        if !odd.is_empty() || players.len() != expected {
            return Err(HistoryStoreError::Mismatch { file });
        }
        let player = |bits: &[u8; 8]| PlayerId::from_bits(u64::from_le_bytes(*bits));
        Ok(players.iter().map(player).collect())
    }
}

/// A segment of its file, checked against its entry. About a millisecond of work.
///
/// # Errors
/// [`HistoryStoreError::Segment`] and [`HistoryStoreError::Mismatch`].
pub fn open_segment<'a>(
    entry: &Entry,
    bytes: &'a [u8],
) -> Result<SegmentFile<'a>, HistoryStoreError> {
    let file = File::Segment(entry.number);
    let damaged = |source| HistoryStoreError::Segment { file, source };
    let segment = SegmentFile::read(bytes).map_err(damaged)?;
    match segment.content_hash().map_err(damaged)? == entry.hash {
        true => Ok(segment),
        false => Err(HistoryStoreError::Mismatch { file }),
    }
}

/// The keyframe of its file, checked against its entry. Some milliseconds of work for each million
/// cells.
///
/// # Errors
/// [`HistoryStoreError::Keyframe`] and [`HistoryStoreError::Mismatch`].
pub fn open_keyframe(entry: &Entry, kept: &Kept) -> Result<Keyframe, HistoryStoreError> {
    let file = File::Keyframe(entry.last);
    let damaged = |source| HistoryStoreError::Keyframe { file, source };
    let raw = decompress(&kept.compressed)
        .map_err(|source: SnapshotError| damaged(KeyframeError::Snapshot(source)))?;
    if blake3::hash(&raw) != kept.hash {
        return Err(HistoryStoreError::Mismatch { file });
    }
    let keyframe = Keyframe::decode(&raw).map_err(damaged)?;
    let is_right = keyframe.version == entry.last && keyframe.field.round == entry.round;
    match is_right {
        true => Ok(keyframe),
        false => Err(HistoryStoreError::Mismatch { file }),
    }
}
