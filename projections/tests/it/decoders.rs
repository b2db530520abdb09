//! Bytes from elsewhere: decoded to what was encoded, or refused, never a panic.

use event_store::{PaletteIndex, RoundId, UnixMs, Version};
use projections::canvas::Canvas;
use projections::delta::MAX_CHANGE_BYTES;
use projections::snapshot::{SnapshotError, compress, decompress};
use projections::{CellChange, Changes, Grid, Snapshot};
use proptest::prelude::*;

use crate::support::{logs, size};

fn snapshot() -> Snapshot {
    Snapshot {
        version: Version(0x0102_0304),
        round: RoundId(5),
        at: UnixMs(-2),
        grid: Grid::from_cells(size(3, 2), vec![0, 1, 2, 3, 4, 255]).expect("of its size"),
    }
}

#[test]
fn a_snapshot_has_the_documented_bytes() {
    let expected = [
        b'P', b'X', b'S', b'N', 1, 0, 32, 0, // magic, format, reserved, offset
        4, 3, 2, 1, 0, 0, 0, 0, // version
        5, 0, 0, 0, 3, 0, 2, 0, // round, width, height
        254, 255, 255, 255, 255, 255, 255, 255, // time
        0, 1, 2, 3, 4, 255, // cells
    ];
    assert_eq!(snapshot().encode(), expected);
}

#[test]
fn a_longer_header_is_stepped_over() {
    let mut bytes = snapshot().encode();
    bytes[6] = 40;
    bytes.splice(32..32, [9; 8]);
    assert_eq!(Snapshot::decode(&bytes).expect("decodes"), snapshot());
}

#[test]
fn each_fault_of_a_snapshot_has_its_error() {
    let refused = |change: fn(&mut Vec<u8>)| {
        let mut bytes = snapshot().encode();
        change(&mut bytes);
        Snapshot::decode(&bytes).expect_err("refused")
    };
    assert!(matches!(
        refused(|bytes| bytes[0] = b'Q'),
        SnapshotError::Magic
    ));
    assert!(matches!(
        refused(|bytes| bytes[4] = 2),
        SnapshotError::Format { found: [2, 0] }
    ));
    assert!(matches!(
        refused(|bytes| bytes[5] = 1),
        SnapshotError::Format { found: [1, 1] }
    ));
    assert!(matches!(
        refused(|bytes| bytes[6] = 31),
        SnapshotError::Offset { offset: 31 }
    ));
    assert!(matches!(
        refused(|bytes| bytes[20] = 0),
        SnapshotError::Size { width: 0, .. }
    ));
    assert!(matches!(
        refused(|bytes| bytes[21] = 255),
        SnapshotError::Size { .. }
    ));
    assert!(matches!(
        refused(|bytes| bytes[20] = 4),
        SnapshotError::Truncated { expected: 40, .. }
    ));
    assert!(matches!(
        refused(|bytes| bytes.push(0)),
        SnapshotError::TrailingBytes { bytes: 1 }
    ));
    for length in 0..snapshot().encode().len() {
        let cut = Snapshot::decode(&snapshot().encode()[..length]);
        assert!(matches!(cut, Err(SnapshotError::Truncated { .. })));
    }
}

#[test]
fn a_frame_that_would_fill_the_memory_is_refused() {
    let bomb = zstd::bulk::compress(&vec![0; 80 << 20], 1).expect("compresses");
    assert!(matches!(
        decompress(&bomb),
        Err(SnapshotError::Compression(_))
    ));
}

fn changes() -> impl Strategy<Value = Vec<CellChange>> {
    let change = (0u32..3_000, 0u8..255).prop_map(|(index, color)| CellChange {
        index,
        color: PaletteIndex(color),
    });
    proptest::collection::vec(change, 0..300)
}

proptest! {
    #[test]
    fn a_delta_decodes_to_what_was_encoded(writes in changes()) {
        let mut direct = vec![255; 3_000];
        for write in &writes {
            direct[write.index as usize] = write.color.0;
        }
        let changes = Changes::coalesce(writes);
        let bytes = changes.encode();
        prop_assert!(bytes.len() <= changes.as_slice().len() * MAX_CHANGE_BYTES);
        let decoded = Changes::decode(&bytes, 3_000).expect("decodes");
        let mut grid = Grid::from_cells(size(60, 50), vec![255; 3_000]).expect("of its size");
        grid.set(decoded.as_slice());
        prop_assert_eq!(&decoded, &changes);
        prop_assert_eq!(grid.into_cells(), direct);
    }

    #[test]
    fn bytes_that_decode_to_a_delta_are_the_ones_it_encodes_to(
        bytes in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        if let Ok(changes) = Changes::decode(&bytes, 1 << 26) {
            prop_assert_eq!(changes.encode(), bytes);
        }
    }

    #[test]
    fn no_bytes_make_the_snapshot_decoder_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..120),
    ) {
        let _ = Snapshot::decode(&bytes);
        let _ = decompress(&bytes);
        let _ = Canvas::from_checkpoint(&bytes);
    }

    #[test]
    fn flipped_snapshots_are_refused_or_whole(at in 0..38usize, value in any::<u8>()) {
        let mut bytes = snapshot().encode();
        bytes[at] = value;
        if let Ok(decoded) = Snapshot::decode(&bytes) {
            prop_assert_eq!(decoded.encode(), bytes);
        }
        let mut frame = compress(&snapshot().encode());
        let at = at % frame.len();
        frame[at] = value;
        let _ = decompress(&frame).map(|raw| Snapshot::decode(&raw).is_ok());
    }

    #[test]
    fn a_flipped_or_cut_checkpoint_is_refused(
        log in logs(30), at in any::<prop::sample::Index>(), flip in 1u8..,
    ) {
        let good = log.canvas.to_checkpoint();
        let at = at.index(good.len());
        prop_assert!(Canvas::from_checkpoint(&good[..at]).is_err());
        let mut flipped = good;
        flipped[at] ^= flip;
        prop_assert!(Canvas::from_checkpoint(&flipped).is_err());
    }

    #[test]
    fn a_checkpoint_of_senseless_state_is_refused_not_trusted(
        log in logs(30), at in any::<prop::sample::Index>(), flip in 1u8..,
    ) {
        let good = log.canvas.to_checkpoint();
        let state = zstd::bulk::decompress(&good[37..], 1 << 20).expect("decompresses");
        let mut flipped = state;
        let at = at.index(flipped.len());
        flipped[at] ^= flip;
        let compressed = zstd::bulk::compress(&flipped, 1).expect("compresses");
        let mut bytes = good[..5].to_vec();
        bytes.extend_from_slice(blake3::hash(&compressed).as_bytes());
        bytes.extend_from_slice(&compressed);
        if let Ok(canvas) = Canvas::from_checkpoint(&bytes) {
            // Whatever passed can be used like any other.
            let grid = canvas.grid().expect("a round");
            for cell in (0..).map_while(|index| grid.size().cell_at(index)) {
                let _ = canvas.cell(cell);
            }
            let _ = canvas.snapshot();
        }
    }
}
