//! What the page, a checker or a mirror needs to know before it loads a file of history.

use event_store::{CanvasSlug, UnixMs};
use projections::canvas::{Moment, Round};
use projections::history::{Entry, Index};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::OpenRange;
use crate::exchange::moment::rfc3339;

/// The format of segments and keyframes that the files have.
const FORMAT: u32 = 1;

/// The history of a canvas: its rounds and its files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Manifest {
    /// The canvas's slug.
    #[schema(example = "main")]
    pub canvas: String,
    /// The format of the files; see `docs/FORMATS.md`.
    pub format: u32,
    /// The newest version that is in history.
    pub version: u64,
    /// The last version in a closed segment; 0 when there is none.
    pub segmented: u64,
    /// The chain over all closed segments: 64 hexadecimal digits.
    pub chain: String,
    /// The rounds, oldest first.
    pub rounds: Vec<RoundJson>,
    /// The closed segments, oldest first, without a gap.
    pub segments: Vec<SegmentJson>,
    /// What happened since; null when nothing did.
    #[schema(required = true)]
    pub open: Option<OpenJson>,
}

/// A round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoundJson {
    /// Its number.
    pub round: u32,
    /// Its title; may be empty.
    pub title: String,
    /// When it was opened.
    pub opened: MomentJson,
    /// When it ended; null while it runs.
    #[schema(required = true)]
    pub closed: Option<MomentJson>,
    /// Columns, the most it had.
    pub width: u16,
    /// Rows, the most it had.
    pub height: u16,
    /// The colours by index, each `#RRGGBB`; the most it had.
    pub palette: Vec<String>,
    /// The colour of open cells at the start.
    pub background: u8,
    /// The number of its first closed segment; null when there is none yet.
    #[schema(required = true)]
    pub first_segment: Option<u32>,
    /// The number of its last closed segment.
    #[schema(required = true)]
    pub last_segment: Option<u32>,
}

/// A version and its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MomentJson {
    /// The version.
    pub version: u64,
    /// When, RFC 3339.
    pub at: String,
}

/// A closed segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SegmentJson {
    /// Its number; the first is 1.
    pub number: u32,
    /// Its round; 0 before the first.
    pub round: u32,
    /// The version of its first event.
    pub first: u64,
    /// The version of its last event.
    pub last: u64,
    /// How many events.
    pub events: u32,
    /// How many of them are placements that changed the canvas.
    pub placements: u32,
    /// The earliest time in it, RFC 3339.
    pub from: String,
    /// The latest time in it, RFC 3339.
    pub to: String,
    /// Bytes of the file.
    pub bytes: u64,
    /// The BLAKE3 hash of the content: 64 hexadecimal digits.
    pub hash: String,
    /// The keyframe at `last`; null before the first round.
    #[schema(required = true)]
    pub keyframe: Option<KeyframeJson>,
    /// The chain up to this segment.
    pub chain: String,
    /// Where the file is.
    pub url: String,
    /// The time of every 2048th event, the first one's first: Unix milliseconds.
    pub marks: Vec<i64>,
}

/// A keyframe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyframeJson {
    /// The version that it shows.
    pub version: u64,
    /// The BLAKE3 hash of its bytes before compression.
    pub hash: String,
    /// Bytes of the file.
    pub bytes: u64,
    /// Where the file is.
    pub url: String,
}

/// The events since the last closed segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenJson {
    /// Their round; 0 before the first.
    pub round: u32,
    /// The version of the first.
    pub first: u64,
    /// The version of the last when this was answered.
    pub last: u64,
    /// Where they are, in the form of a segment.
    pub url: String,
}

impl Manifest {
    /// The manifest of a canvas whose files are at `base`, for example
    /// `/api/v1/canvases/main/history`.
    pub fn new(
        canvas: &CanvasSlug,
        rounds: &[Round],
        index: &Index,
        open: OpenRange,
        base: &str,
    ) -> Self {
        let entries = index.entries();
        Self {
            canvas: canvas.to_string(),
            format: FORMAT,
            version: open.last.0,
            segmented: index.last().0,
            chain: index.chain().to_hex().to_string(),
            rounds: rounds
                .iter()
                .map(|round| RoundJson::new(round, entries))
                .collect(),
            segments: entries
                .iter()
                .map(|entry| SegmentJson::new(entry, base))
                .collect(),
            open: (open.last >= open.first).then(|| OpenJson {
                round: open.round,
                first: open.first.0,
                last: open.last.0,
                url: format!("{base}/segments/open"),
            }),
        }
    }
}

impl RoundJson {
    fn new(round: &Round, entries: &[Entry]) -> Self {
        let mut own = entries.iter().filter(|entry| entry.round == round.round);
        let first = own.next();
        Self {
            round: round.round.0,
            title: round.title.clone(),
            opened: round.opened.into(),
            closed: round.closed.map(MomentJson::from),
            width: round.size.width,
            height: round.size.height,
            palette: round
                .palette
                .colors()
                .iter()
                .map(ToString::to_string)
                .collect(),
            background: round.background.0,
            first_segment: first.map(|entry| entry.number),
            last_segment: own.next_back().or(first).map(|entry| entry.number),
        }
    }
}

impl From<Moment> for MomentJson {
    fn from(moment: Moment) -> Self {
        Self {
            version: moment.version.0,
            at: rfc3339(moment.at),
        }
    }
}

impl SegmentJson {
    fn new(entry: &Entry, base: &str) -> Self {
        Self {
            number: entry.number,
            round: entry.round.0,
            first: entry.first.0,
            last: entry.last.0,
            // A segment has at most 65,536 events.
            events: entry.events() as u32,
            placements: entry.placements,
            from: rfc3339(entry.earliest),
            to: rfc3339(entry.latest),
            bytes: entry.bytes,
            hash: entry.hash.to_hex().to_string(),
            keyframe: entry.keyframe.map(|keyframe| KeyframeJson {
                version: entry.last.0,
                hash: keyframe.hash.to_hex().to_string(),
                bytes: keyframe.bytes,
                url: format!("{base}/keyframes/{}", entry.last),
            }),
            chain: entry.chain.to_hex().to_string(),
            url: format!("{base}/segments/{}", entry.number),
            marks: entry.marks.iter().map(|UnixMs(at)| *at).collect(),
        }
    }
}
