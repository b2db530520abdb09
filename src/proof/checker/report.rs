//! What a check found.

use event_store::Version;
use serde::Serialize;

/// What a check of public files found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Whether all that was checked holds.
    pub holds: bool,
    /// Where the files are.
    pub source: String,
    /// The canvas's slug, where the list of segments says it.
    pub canvas: Option<String>,
    /// The version of the first event that was folded. What comes before it is only known by its
    /// place in the chain.
    pub from: u64,
    /// The version of the last event that was folded.
    pub version: u64,
    /// How many closed segments hold, each with its keyframe.
    pub segments: usize,
    /// How many events they have.
    pub events: u64,
    /// The chain over all listed segments: to be noted down, and compared another day.
    pub chain: String,
    /// The version of the last event in the chain.
    pub chain_version: u64,
    /// Of how many versions the server's own proof holds.
    pub proofs: usize,
    /// The first that does not hold; null when all does.
    pub disagreement: Option<Disagreement>,
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Disagreement {
    /// The number of its segment, where there is one.
    pub segment: Option<u32>,
    /// From which version on.
    pub version: u64,
    /// The file, or what else was asked for.
    pub file: String,
    /// How it does not hold: a sentence.
    pub why: String,
}

impl Disagreement {
    pub(super) fn new(
        segment: Option<u32>,
        version: Version,
        file: impl ToString,
        why: impl Into<String>,
    ) -> Self {
        Self {
            segment,
            version: version.0,
            file: file.to_string(),
            why: why.into(),
        }
    }
}
