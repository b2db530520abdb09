//! One segment and the keyframe at its end against the list.

use event_store::Version;
use projections::history::segment::{Segment, SegmentFile};
use projections::history::{File, Keyframe};

use super::listing::Listed;
use super::refold::{Refold, Sample};
use super::report::Disagreement;
use super::source::uncompressed;

/// The files of a segment, as they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    pub(super) segment: Option<Vec<u8>>,
    pub(super) keyframe: Option<Vec<u8>>,
}

/// A segment to check, with all that this takes.
pub(super) struct Work {
    listed: Listed,
    files: Files,
    refold: Refold,
    wanted: Vec<Version>,
}

impl Work {
    pub(super) fn new(listed: Listed, files: Files, refold: Refold, wanted: Vec<Version>) -> Self {
        Self {
            listed,
            files,
            refold,
            wanted,
        }
    }

    /// Hashes, folds and compares: some tens of milliseconds.
    pub(super) fn run(mut self) -> Result<(Refold, Vec<Sample>), Disagreement> {
        let listed = &self.listed;
        let file = File::Segment(listed.number);
        let broken =
            |version, why: String| Disagreement::new(Some(listed.number), version, file, why);
        let bytes = self.files.segment.take();
        let bytes = bytes.ok_or_else(|| broken(listed.first, "it is missing".to_owned()))?;
        let segment = open_segment(listed, &bytes).map_err(|why| broken(listed.first, why))?;
        let samples = self.refold.fold(&segment, &self.wanted);
        let samples = samples.map_err(|fault| broken(fault.version, fault.why.to_owned()))?;
        let raw = open_keyframe(listed, self.files.keyframe.take())?.map(|(_, raw)| raw);
        let at = segment.times.last().copied().unwrap_or_default();
        if raw == self.refold.keyframe(at) {
            return Ok((self.refold, samples));
        }
        let why = "it is not the canvas that the events before it make";
        let file = File::Keyframe(listed.last);
        Err(Disagreement::new(
            Some(listed.number),
            listed.last,
            file,
            why,
        ))
    }
}

/// A segment's file, checked against the list.
fn open_segment(listed: &Listed, bytes: &[u8]) -> Result<Segment, String> {
    let file = SegmentFile::read(bytes).map_err(|error| error.to_string())?;
    let header = file.header();
    let said = (header.first, header.last(), header.round, header.placements);
    if said != (listed.first, listed.last, listed.round, listed.placements) {
        return Err("it is another segment than the list says".to_owned());
    }
    let hash = file.content_hash().map_err(|error| error.to_string())?;
    if hash != listed.hash {
        return Err("its hash is not the listed one".to_owned());
    }
    file.decode().map_err(|error| error.to_string())
}

/// A keyframe's file, checked against the list; none when the list has none.
pub(super) fn open_keyframe(
    listed: &Listed,
    bytes: Option<Vec<u8>>,
) -> Result<Option<(Keyframe, Vec<u8>)>, Disagreement> {
    let Some(hash) = listed.keyframe else {
        return Ok(None);
    };
    let file = File::Keyframe(listed.last);
    let broken = |why: String| Disagreement::new(Some(listed.number), listed.last, file, why);
    let bytes = bytes.ok_or_else(|| broken("it is missing".to_owned()))?;
    let raw = uncompressed(bytes).map_err(|error| broken(error.to_string()))?;
    if blake3::hash(&raw) != hash {
        return Err(broken("its hash is not the listed one".to_owned()));
    }
    let keyframe = Keyframe::decode(&raw).map_err(|error| broken(error.to_string()))?;
    if (keyframe.version, keyframe.field.round) != (listed.last, listed.round) {
        return Err(broken("it is of another version or round".to_owned()));
    }
    Ok(Some((keyframe, raw)))
}
