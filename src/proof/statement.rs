//! What the server says of a version, so that it can be held to it.

use event_store::{CanvasSlug, Version};
use projections::Snapshot;
use projections::history::{Entry, Index, chain};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How to check a proof.
const HOW: &str = "Load the segment and the keyframe before it, hash them, fold the segment, and \
    compare the canvas and the chain, as docs/FORMATS.md, \"Proof\" says; `pixelwars verify \
    --from-url` does it for all of history.";

/// Which canvas there was at a version, and the place of the version in the chain of hashes.
///
/// All hashes are BLAKE3: 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Proof {
    /// The canvas's slug.
    #[schema(example = "main")]
    pub canvas: String,
    /// The version.
    pub version: u64,
    /// The hash of the snapshot of the version; null before the first round.
    #[schema(required = true)]
    pub canvas_hash: Option<String>,
    /// The closed segment that holds the version; null while it is open.
    #[schema(required = true)]
    pub segment: Option<ProvenSegment>,
    /// The keyframe that the segment goes on from; null where it begins a round.
    #[schema(required = true)]
    pub keyframe_before: Option<ProvenKeyframe>,
    /// The keyframe at the segment's end; null while it is open.
    #[schema(required = true)]
    pub keyframe_after: Option<ProvenKeyframe>,
    /// The chain before the segment.
    pub chain_before: String,
    /// The chain after the segment; null while it is open.
    #[schema(required = true)]
    pub chain_after: Option<String>,
    /// The chain over all closed segments.
    pub head: ChainHead,
    /// How to check it.
    pub how: String,
}

/// A closed segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProvenSegment {
    /// Its number.
    pub number: u32,
    /// The version of its first event.
    pub first: u64,
    /// The version of its last event.
    pub last: u64,
    /// The hash of its content.
    pub hash: String,
    /// Where the file is.
    pub url: String,
}

/// A keyframe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProvenKeyframe {
    /// The version that it shows.
    pub version: u64,
    /// The hash of its bytes before compression.
    pub hash: String,
    /// Where the file is.
    pub url: String,
}

/// The end of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChainHead {
    /// The number of the last closed segment; 0 when there is none.
    pub number: u32,
    /// The version of its last event.
    pub last: u64,
    /// The chain after it; 64 zeros when there is none.
    pub chain: String,
}

impl Proof {
    /// What there is to say of `version`, of which `canvas_hash` is the [`canvas_hash`].
    pub fn new(
        canvas: &CanvasSlug,
        index: &Index,
        version: Version,
        canvas_hash: Option<chain::Hash>,
    ) -> Self {
        let files = Files { canvas };
        let entry = index.holding(version);
        let before = match entry {
            Some(entry) => entry.number.checked_sub(1).and_then(|n| index.entry(n)),
            None => index.entries().last(),
        };
        let goes_on = |before: &&Entry| entry.is_none_or(|entry| entry.round == before.round);
        let head = index.entries().last();
        let chain_before = before.map_or(chain::BEGINNING, |before| before.chain);
        Self {
            canvas: canvas.to_string(),
            version: version.0,
            canvas_hash: canvas_hash.map(digits),
            segment: entry.map(|entry| files.segment(entry)),
            keyframe_before: before
                .filter(goes_on)
                .and_then(|entry| files.keyframe(entry)),
            keyframe_after: entry.and_then(|entry| files.keyframe(entry)),
            chain_before: digits(chain_before),
            chain_after: entry.map(|entry| digits(entry.chain)),
            head: ChainHead {
                number: head.map_or(0, |head| head.number),
                last: index.last().0,
                chain: digits(index.chain()),
            },
            how: HOW.to_owned(),
        }
    }
}

/// The hash of a canvas at a version: BLAKE3 over the snapshot's bytes before compression.
pub fn canvas_hash(snapshot: &Snapshot) -> chain::Hash {
    blake3::hash(&snapshot.encode())
}

struct Files<'a> {
    canvas: &'a CanvasSlug,
}

impl Files<'_> {
    fn segment(&self, entry: &Entry) -> ProvenSegment {
        let (canvas, number) = (self.canvas, entry.number);
        ProvenSegment {
            number,
            first: entry.first.0,
            last: entry.last.0,
            hash: digits(entry.hash),
            url: format!("/api/v1/canvases/{canvas}/history/segments/{number}"),
        }
    }

    fn keyframe(&self, entry: &Entry) -> Option<ProvenKeyframe> {
        let (canvas, version) = (self.canvas, entry.last.0);
        Some(ProvenKeyframe {
            version,
            hash: digits(entry.keyframe?.hash),
            url: format!("/api/v1/canvases/{canvas}/history/keyframes/{version}"),
        })
    }
}

fn digits(hash: chain::Hash) -> String {
    hash.to_hex().to_string()
}
