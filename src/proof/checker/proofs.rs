//! What the server says of some versions, against what the files say.

use event_store::Version;
use projections::history::chain::{BEGINNING, Hash};
use projections::history::segment::SegmentFile;

use super::listing::{Listed, Listing};
use super::refold::{Refold, Sample};
use super::report::Disagreement;
use super::source::{PublicFiles, parse_proof};
use super::{CheckError, Held};
use crate::proof::Proof;

/// The file that is still being written, in a report.
const OPEN_SEGMENT: &str = "the open segment";

impl PublicFiles {
    /// Compares the server's proofs of the versions in `samples`, which are in closed segments.
    pub(super) async fn check_proofs(
        &self,
        listing: &Listing,
        samples: &[Sample],
    ) -> Result<Held, CheckError> {
        let mut held = Held::default();
        for (version, hash) in samples {
            let Some(proof) = self.proof_of(*version).await? else {
                continue;
            };
            let proof = match proof {
                Ok(proof) => proof,
                Err(broken) => return Ok(Held::broken(broken)),
            };
            let at = listing
                .segments
                .partition_point(|listed| listed.last < *version);
            let why = listing.difference(&proof, *version, *hash, at);
            if let Some(why) = why {
                let number = listing.segments.get(at).map(|listed| listed.number);
                let broken = Disagreement::new(number, *version, name_of(*version), why);
                return Ok(Held::broken(broken));
            }
            held.proofs += 1;
        }
        Ok(held)
    }

    /// Folds the events after the last closed segment, and compares the server's proof of the last
    /// one. When a segment was closed meanwhile there is nothing to compare.
    pub(super) async fn check_open(
        &self,
        listing: &Listing,
        mut refold: Refold,
    ) -> Result<Held, CheckError> {
        let Some(bytes) = self.open_segment().await? else {
            return Ok(Held::default());
        };
        let last = listing
            .segments
            .last()
            .map_or(Version::ZERO, |last| last.last);
        let broken = |version, why: &str| {
            Ok(Held::broken(Disagreement::new(
                None,
                version,
                OPEN_SEGMENT,
                why,
            )))
        };
        let segment = match SegmentFile::read(&bytes).and_then(|file| file.decode()) {
            Ok(segment) if segment.first == last.next() => segment,
            Ok(segment) if segment.first > last => return Ok(Held::default()),
            Ok(_) => return broken(last.next(), "it does not follow the last closed one"),
            Err(error) => return broken(last.next(), &error.to_string()),
        };
        let wanted = [segment.last()];
        let samples = match refold.fold(&segment, &wanted) {
            Ok(samples) => samples,
            Err(fault) => return broken(fault.version, fault.why),
        };
        let mut held = Held {
            events: segment.len() as u64,
            ..Held::default()
        };
        for (version, hash) in samples {
            match self.proof_of(version).await? {
                None => {}
                Some(Err(disagreement)) => return Ok(Held::broken(disagreement)),
                Some(Ok(proof)) if proof.canvas_hash == hash.map(digits) => held.proofs += 1,
                Some(Ok(_)) => {
                    let why = "its canvas is not the one that the events make";
                    let broken = Disagreement::new(None, version, name_of(version), why);
                    return Ok(Held::broken(broken));
                }
            }
        }
        Ok(held)
    }

    /// The server's proof of a version; none where nobody can be asked.
    async fn proof_of(
        &self,
        version: Version,
    ) -> Result<Option<Result<Proof, Disagreement>>, CheckError> {
        let broken = |why| Disagreement::new(None, version, name_of(version), why);
        if !self.has_proofs() {
            return Ok(None);
        }
        let Some(bytes) = self.proof(version).await? else {
            return Ok(Some(Err(broken("there is none"))));
        };
        let proof = parse_proof(&bytes).filter(|proof| proof.version == version.0);
        Ok(Some(
            proof.ok_or_else(|| broken("it is no proof of this version")),
        ))
    }
}

impl Listing {
    /// How a proof of a version in the segment at the place `at` differs from the files.
    fn difference(
        &self,
        proof: &Proof,
        version: Version,
        hash: Option<Hash>,
        at: usize,
    ) -> Option<&'static str> {
        let listed = self
            .segments
            .get(at)
            .filter(|listed| listed.first <= version)?;
        let before = at.checked_sub(1).and_then(|at| self.segments.get(at));
        let chain_before = before.map_or(BEGINNING, |before| before.chain);
        let goes_on = before.filter(|before| before.round == listed.round);
        let segment = proof.segment.as_ref();
        let segment = segment.map(|said| (said.number, said.first, said.last, &said.hash[..]));
        let expected = digits(listed.hash);
        let expected = (listed.number, listed.first.0, listed.last.0, &expected[..]);
        let keyframe = |said: &Option<crate::proof::ProvenKeyframe>| {
            said.as_ref().map(|said| (said.version, said.hash.clone()))
        };
        let head = &proof.head;
        let own = self.segments.len() as u32;
        let is_same_head = head.number == own && head.chain == digits(self.chain);
        if proof.canvas_hash != hash.map(digits) {
            Some("its canvas is not the one that the events make")
        } else if segment != Some(expected) {
            Some("its segment is not the listed one")
        } else if keyframe(&proof.keyframe_before) != goes_on.and_then(keyframe_of)
            || keyframe(&proof.keyframe_after) != keyframe_of(listed)
        {
            Some("its keyframes are not the listed ones")
        } else if proof.chain_before != digits(chain_before)
            || proof.chain_after.as_deref() != Some(&digits(listed.chain)[..])
        {
            Some("its chain is not the listed one")
        } else if !is_same_head && head.number <= own {
            Some("its head of the chain is not the listed one")
        } else {
            None
        }
    }
}

fn keyframe_of(listed: &Listed) -> Option<(u64, String)> {
    Some((listed.last.0, digits(listed.keyframe?)))
}

fn name_of(version: Version) -> String {
    format!("the proof of version {version}")
}

fn digits(hash: Hash) -> String {
    hash.to_hex().to_string()
}
