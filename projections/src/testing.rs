//! What must hold of any bytes that a decoder is given: one function for each format, which the
//! property tests and the fuzz targets in `fuzz` call.
//!
//! Each panics when a decoder accepts what it could not have been told: bytes that are taken are
//! whole, and what they say can be used.

use event_store::event;

use crate::canvas::Canvas;
use crate::delta::Changes;
use crate::grid::Field;
use crate::history::segment::{MAX_SECTION_BYTES, SegmentFile};
use crate::history::{Index, Keyframe};
use crate::snapshot::{Snapshot, decompress};

/// The most cells of a canvas that deltas are decoded for.
const MOST_CELLS: usize = 1 << 26;

/// A segment that is decoded has what its header says, folds without a panic, and is encoded and
/// decoded to the same again.
///
/// # Panics
/// When that does not hold.
pub fn any_segment(bytes: &[u8]) {
    let Ok(file) = SegmentFile::read(bytes) else {
        return;
    };
    let _ = (file.content_hash(), file.opens_round());
    let Ok(segment) = file.decode() else {
        return;
    };
    let header = file.header();
    assert_eq!(segment.len(), header.events as usize);
    assert_eq!(segment.last(), header.last());
    assert_eq!(segment.placements.len(), header.placements as usize);
    assert_eq!(segment.steps().count(), segment.len());
    let mut field = None;
    segment.fold(&mut field, header.events);
    let (again, hash) = segment.encode().expect("what was decoded can be encoded");
    let again = SegmentFile::read(&again).expect("what was encoded is a segment");
    assert_eq!(again.content_hash().ok(), Some(hash));
    assert_eq!(again.decode().as_ref(), Ok(&segment));
}

/// A segment's sections before compression, so that a fuzzer gets past zstd: the header and then,
/// for each section, a length and so many bytes. [`any_segment`] holds of the file they make.
///
/// # Panics
/// As [`any_segment`].
pub fn any_plain_segment(bytes: &[u8]) {
    const FIXED_BYTES: usize = 48;
    const SECTIONS: usize = 10;
    let Some((fixed, mut rest)) = bytes.split_at_checked(FIXED_BYTES) else {
        return;
    };
    let (mut file, mut sections) = (fixed.to_vec(), Vec::new());
    for _ in 0..SECTIONS {
        let (length, after) = rest.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        let length = (u32::from_le_bytes(*length) as usize).min(MAX_SECTION_BYTES);
        let (section, after) = after.split_at(length.min(after.len()));
        file.extend_from_slice(&(section.len() as u32).to_le_bytes().repeat(2));
        sections.extend_from_slice(section);
        rest = after;
    }
    file.extend_from_slice(&sections);
    any_segment(&file);
}

/// A keyframe that is decoded has the bytes that it is encoded to, and goes on with any event.
///
/// # Panics
/// When that does not hold.
pub fn any_keyframe(bytes: &[u8]) {
    if let Ok(keyframe) = Keyframe::decode(bytes) {
        assert_eq!(keyframe.encode(), bytes);
        let mut field: Field = keyframe.field;
        let round = field.round;
        field.apply(&event_store::Event::RoundClosed(event::RoundClosed {
            round,
        }));
        assert!(!field.is_open);
    }
}

/// An index that is read is written and read again as the same, and finds each version in the
/// segment that has it.
///
/// # Panics
/// When that does not hold.
pub fn any_index(bytes: &[u8]) {
    let Ok(index) = Index::from_json(bytes) else {
        return;
    };
    assert_eq!(
        Index::from_json(&index.to_json()).ok().as_ref(),
        Some(&index)
    );
    for entry in index.entries() {
        assert_eq!(index.holding(entry.first), Some(entry));
        assert_eq!(index.holding(entry.last), Some(entry));
        assert_eq!(index.entry(entry.number), Some(entry));
    }
    assert_eq!(index.holding(index.last().next()), None);
}

/// A snapshot that is decoded has the same content when it is encoded and decoded again; a frame
/// decompresses to bounded bytes or not at all.
///
/// # Panics
/// When that does not hold.
pub fn any_snapshot(bytes: &[u8]) {
    if let Ok(snapshot) = Snapshot::decode(bytes) {
        assert_eq!(
            Snapshot::decode(&snapshot.encode()).ok().as_ref(),
            Some(&snapshot)
        );
    }
    if let Ok(raw) = decompress(bytes) {
        assert!(raw.len() <= crate::snapshot::MAX_RAW_BYTES);
    }
}

/// A delta that is decoded has the bytes that it is encoded to.
///
/// # Panics
/// When that does not hold.
pub fn any_delta(bytes: &[u8]) {
    if let Ok(changes) = Changes::decode(bytes, MOST_CELLS) {
        assert_eq!(changes.encode(), bytes);
    }
}

/// An event that is decoded is encoded and decoded to the same again.
///
/// # Panics
/// When that does not hold.
pub fn any_event(bytes: &[u8]) {
    if let Ok((at, event)) = event::decode(bytes) {
        let again = event::decode(&event::encode(at, &event));
        assert_eq!(again.ok(), Some((at, event)));
    }
}

/// A checkpoint that is accepted is a canvas like any other.
///
/// # Panics
/// When that does not hold.
pub fn any_checkpoint(bytes: &[u8]) {
    if let Ok(canvas) = Canvas::from_checkpoint(bytes) {
        for cell in canvas.size().into_iter().flat_map(|size| {
            let cells = (0..).map_while(move |index| size.cell_at(index));
            cells.take(1_000)
        }) {
            assert!(canvas.cell(cell).is_none() || canvas.grid().is_some());
        }
        assert_eq!(canvas.snapshot().is_some(), canvas.grid().is_some());
    }
}

/// A checkpoint around a state that no hash protects: the state as MessagePack.
///
/// # Panics
/// As [`any_checkpoint`].
pub fn any_state(state: &[u8]) {
    let compressed = crate::snapshot::compress(state);
    let mut bytes = b"PXCP\x01".to_vec();
    bytes.extend_from_slice(blake3::hash(&compressed).as_bytes());
    bytes.extend_from_slice(&compressed);
    any_checkpoint(&bytes);
}
