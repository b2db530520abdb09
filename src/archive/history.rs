//! The history of an archive: the same segments, keyframes and chain that a server has.

use event_store::Version;
use projections::canvas::Round;
use projections::history::{Closed, Index, Packed, Packer};

use super::{Archive, ArchiveError, Folder};
use crate::history::{Manifest, OpenRange};

/// Events read at a time.
const PAGE_EVENTS: usize = 4_096;

/// Folds the log from its beginning and writes the files of the round. Where the archive ends, the
/// last segment does. Returns how many segments were written.
pub(super) async fn write(
    folder: &mut Folder<'_>,
    archive: &Archive<'_>,
    progress: &(impl Fn(u64, u64) + Send + Sync),
) -> Result<usize, ArchiveError> {
    let end = archive.plan.last;
    let mut packer = Packer::of_empty_log();
    let mut index = Index::default();
    let mut written = 0;
    while packer.version() < end {
        let next = packer.version().next();
        let left = usize::try_from(end.next().events_since(next)).unwrap_or(PAGE_EVENTS);
        let page = archive.store.read(next, left.min(PAGE_EVENTS)).await;
        let page = page.map_err(ArchiveError::Read)?;
        if page.is_empty() {
            return Err(ArchiveError::Short { version: next });
        }
        for recorded in &page {
            if let Some(closed) = packer.push(recorded)? {
                written += usize::from(keep(folder, archive, &mut index, &closed)?);
            }
        }
        progress(packer.version().0, end.0);
    }
    let size = packer.field().map(|field| field.grid.size());
    let palette = packer.field().map(|field| field.palette.clone());
    if let Some(closed) = packer.finish() {
        written += usize::from(keep(folder, archive, &mut index, &closed)?);
    }
    let round = archive
        .rounds
        .iter()
        .find(|round| round.round == archive.plan.round);
    let round = round.map(|round| Round {
        closed: round.closed.filter(|closed| closed.version <= end),
        size: size.unwrap_or(round.size),
        palette: palette.unwrap_or_else(|| round.palette.clone()),
        ..round.clone()
    });
    let manifest = manifest(archive, &index, round.as_slice());
    let json = serde_json::to_vec(&manifest).expect("a manifest has a JSON form");
    folder.put("history.json", &json)?;
    Ok(written)
}

/// Lists a segment, and writes its files if they are the archive's: those of the round, and the
/// keyframe right before it, from which it is checked. Says whether the segment was written.
fn keep(
    folder: &mut Folder<'_>,
    archive: &Archive<'_>,
    index: &mut Index,
    closed: &Closed,
) -> Result<bool, ArchiveError> {
    let packed = Packed::of(closed).following(index.entries().last());
    index.add(packed.entry.clone())?;
    let (number, last) = (packed.entry.number, packed.entry.last);
    let is_before = last.next() == archive.plan.first;
    let is_own = packed.entry.round == archive.plan.round;
    if is_own {
        folder.put(&segment_name(number), &packed.segment)?;
    }
    if let Some(keyframe) = packed.keyframe_file().filter(|_| is_own || is_before) {
        folder.put(&keyframe_name(last), &keyframe)?;
    }
    Ok(is_own)
}

/// The manifest, with addresses below its own.
fn manifest(archive: &Archive<'_>, index: &Index, rounds: &[Round]) -> Manifest {
    let nothing = OpenRange {
        round: archive.plan.round.0,
        first: index.last().next(),
        last: index.last(),
    };
    let mut manifest = Manifest::new(archive.canvas, rounds, index, nothing, "");
    for segment in &mut manifest.segments {
        segment.url = segment_name(segment.number);
        if let Some(keyframe) = &mut segment.keyframe {
            keyframe.url = keyframe_name(Version(keyframe.version));
        }
    }
    manifest
}

fn segment_name(number: u32) -> String {
    format!("segments/{number:010}.pxsg")
}

fn keyframe_name(version: Version) -> String {
    format!("keyframes/{:020}.pxsn.zst", version.0)
}
