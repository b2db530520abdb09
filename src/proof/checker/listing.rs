//! What the public list of segments says, before anything of it is believed.

use event_store::{RoundId, Version};
use projections::history::Index;
use projections::history::chain::Hash;
use serde::Deserialize;

/// The format of the files that this program reads.
const FORMAT: u32 = 1;

/// The most segments of a list: 6.5 thousand million events.
const MAX_SEGMENTS: usize = 100_000;

/// A closed segment, as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its number.
    pub number: u32,
    /// Its round; 0 before the first.
    pub round: RoundId,
    /// The version of its first event.
    pub first: Version,
    /// The version of its last event.
    pub last: Version,
    /// How many of the events are placements that changed the canvas.
    pub placements: u32,
    /// The hash of its content.
    pub hash: Hash,
    /// The hash of the keyframe at its end; none before the first round.
    pub keyframe: Option<Hash>,
    /// The chain after it.
    pub chain: Hash,
}

/// All closed segments, as they are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The canvas's slug, where the list says it.
    pub canvas: Option<String>,
    /// The segments.
    pub segments: Vec<Listed>,
    /// The chain over all of them.
    pub chain: Hash,
}

/// A list that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ListingError {
    /// Not JSON of the expected shape.
    #[error("the list of segments cannot be read")]
    Malformed(#[source] serde_json::Error),
    /// Of another format.
    #[error("the list of segments has format {found}, this program reads {FORMAT}")]
    Format {
        /// The format found.
        found: u32,
    },
    /// Longer than any.
    #[error("the list has {found} segments, more than {MAX_SEGMENTS}")]
    TooLong {
        /// How many there are.
        found: usize,
    },
    /// A hash that is none.
    #[error("the list has `{found}` in place of a hash of 64 hexadecimal digits")]
    Hash {
        /// The text found, at most its first 80 characters.
        found: String,
    },
}

#[derive(Deserialize)]
struct ManifestJson {
    canvas: String,
    format: u32,
    chain: String,
    segments: Vec<SegmentJson>,
}

#[derive(Deserialize)]
struct SegmentJson {
    number: u32,
    round: u32,
    first: u64,
    last: u64,
    placements: u32,
    hash: String,
    keyframe: Option<KeyframeJson>,
    chain: String,
}

#[derive(Deserialize)]
struct KeyframeJson {
    hash: String,
}

impl Listing {
    /// The list in the form of `GET /api/v1/canvases/{canvas}/history`.
    ///
    /// # Errors
    /// [`ListingError`]
    pub fn of_manifest(bytes: &[u8]) -> Result<Self, ListingError> {
        let manifest: ManifestJson =
            serde_json::from_slice(bytes).map_err(ListingError::Malformed)?;
        if manifest.format != FORMAT {
            return Err(ListingError::Format {
                found: manifest.format,
            });
        }
        let segments = manifest.segments.into_iter().map(Listed::try_from);
        let listing = Self {
            canvas: Some(manifest.canvas),
            segments: segments.collect::<Result<_, _>>()?,
            chain: hash(&manifest.chain)?,
        };
        listing.bounded()
    }

    /// The list of an index as it is stored.
    ///
    /// # Errors
    /// [`ListingError::TooLong`]
    pub fn of_index(index: &Index) -> Result<Self, ListingError> {
        let segments = index.entries().iter().map(|entry| Listed {
            number: entry.number,
            round: entry.round,
            first: entry.first,
            last: entry.last,
            placements: entry.placements,
            hash: entry.hash,
            keyframe: entry.keyframe.map(|keyframe| keyframe.hash),
            chain: entry.chain,
        });
        let listing = Self {
            canvas: None,
            segments: segments.collect(),
            chain: index.chain(),
        };
        listing.bounded()
    }

    fn bounded(self) -> Result<Self, ListingError> {
        let found = self.segments.len();
        match found <= MAX_SEGMENTS {
            true => Ok(self),
            false => Err(ListingError::TooLong { found }),
        }
    }
}

impl TryFrom<SegmentJson> for Listed {
    type Error = ListingError;

    fn try_from(segment: SegmentJson) -> Result<Self, ListingError> {
        let keyframe = segment.keyframe.map(|keyframe| hash(&keyframe.hash));
        Ok(Self {
            number: segment.number,
            round: RoundId(segment.round),
            first: Version(segment.first),
            last: Version(segment.last),
            placements: segment.placements,
            hash: hash(&segment.hash)?,
            keyframe: keyframe.transpose()?,
            chain: hash(&segment.chain)?,
        })
    }
}

fn hash(text: &str) -> Result<Hash, ListingError> {
    Hash::from_hex(text).map_err(|_| ListingError::Hash {
        found: text.chars().take(80).collect(),
    })
}
