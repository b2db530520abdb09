//! The list of segments in itself.

use event_store::{RoundId, Version};
use projections::history::chain::{BEGINNING, link};

use super::listing::Listing;
use super::report::Disagreement;

const LIST: &str = "the list of segments";

impl Listing {
    /// The first segment that does not follow from the one before it.
    pub(super) fn broken_link(&self) -> Option<Disagreement> {
        let (mut version, mut round, mut chain) = (Version::ZERO, RoundId(0), BEGINNING);
        for (listed, number) in self.segments.iter().zip(1u32..) {
            let at = version.0.saturating_add(1);
            let why = if listed.number != number {
                format!("segment {number} is missing or out of place")
            } else if listed.first.0 != at || listed.last < listed.first {
                format!("segment {number} does not begin at version {at}")
            } else if listed.round != round && Some(listed.round.0) != round.0.checked_add(1) {
                format!("round {} does not follow round {round}", listed.round)
            } else if listed.chain != link(chain, listed.hash, listed.keyframe) {
                format!("the chain after segment {number} does not follow from the one before")
            } else {
                (version, round, chain) = (listed.last, listed.round, listed.chain);
                continue;
            };
            return Some(Disagreement::new(Some(number), Version(at), LIST, why));
        }
        let why = "the chain over all segments is not the one after the last";
        let is_right = chain == self.chain;
        (!is_right).then(|| Disagreement::new(None, version, LIST, why))
    }
}
