//! Two segments and their keyframes as committed files: what a stranger's decoder is tried on, and
//! what a later release of this program must still write and read.

use std::path::{Path, PathBuf};

use event_store::event;
use projections::history::segment::{Segment, SegmentFile, Step};
use projections::history::{Closed, Keyframe, Packer, Pseudonyms, chain};
use projections::snapshot::decompress;
use projections::{CellChange, Field};

use crate::golden_log::{GIVEN, before, middle_log, opening_log};
use crate::support::player;

/// Bytes of a segment file before its sections, and where their lengths begin.
const HEADER_BYTES: usize = 128;
const FIXED_BYTES: usize = 48;

const OPENING_HASH: &str = "bfb452c34fbe94f000b8a6a30a9c47672e63044d37900db57fc869c13d15342b";
const OPENING_END_HASH: &str = "847724027d7f76ac9f7f5059ffe6217b5a0d70029af96fd384dfff3ae28ed827";
const MIDDLE_HASH: &str = "c2c6972adc46d3907cb41b77e929beae3408770d6d6e026588dce7b9ab222f7d";
const MIDDLE_END_HASH: &str = "0d2e93888064f3edcb45bdf42d16b8e5027062c864215ae747e74dd011e6bdb6";
/// The chain over both, as if one followed the other.
const CHAIN: &str = "3fedeab6e5e1455367f2c924162dea3d64a5c0a02f390f0633eab9aa15904d4e";

/// What comes before the hash at the end of a kept snapshot (`docs/FORMATS.md`, "Snapshot").
const HASH_FRAME: [u8; 8] = [0x5b, 0x2a, 0x4d, 0x18, 32, 0, 0, 0];

fn path(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden");
    folder.join(name)
}

/// The approved file, and where this run's own is put for whoever wants to approve it.
fn approved(name: &str, fresh: &[u8]) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden");
    std::fs::create_dir_all(&folder).expect("a folder for this run's files");
    std::fs::write(folder.join(name), fresh).expect("written");
    std::fs::read(path(name)).expect("a golden file")
}

fn closed_of(mut packer: Packer, log: &[event_store::Recorded]) -> Closed {
    let mut closed = log
        .iter()
        .filter_map(|recorded| packer.push(recorded).expect("the next event"));
    let first = closed.next().expect("the log ends a segment");
    assert!(closed.next().is_none(), "the log ends one segment only");
    first
}

/// The segment that opens a round.
fn opening() -> Closed {
    closed_of(Packer::of_empty_log(), &opening_log())
}

/// The segment that goes on from a keyframe.
fn middle() -> Closed {
    let before = before();
    let mut pseudonyms = Pseudonyms::default();
    pseudonyms.give((1..=u64::from(GIVEN)).map(|number| player(1_000 + number)));
    let round = before.field.round;
    let packer = Packer::after(before.version, round, Some(before), pseudonyms);
    closed_of(packer, &middle_log())
}

/// The header and the sections before compression, read without the decoder that is tested.
fn plain(file: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let number = |at: usize| {
        let bytes = file[at..at + 4].try_into().expect("four bytes");
        u32::from_le_bytes(bytes) as usize
    };
    let mut at = HEADER_BYTES;
    let lengths = (FIXED_BYTES..HEADER_BYTES).step_by(8);
    let sections = lengths.map(|place| (number(place), number(place + 4)));
    let sections = sections.map(|(stored, plain)| {
        let bytes = &file[at..at + stored];
        at += stored;
        match stored == plain {
            true => bytes.to_vec(),
            false => zstd::bulk::decompress(bytes, plain).expect("a zstd frame"),
        }
    });
    let sections = sections.collect();
    assert_eq!(at, file.len());
    (file[..FIXED_BYTES].to_vec(), sections)
}

/// BLAKE3 over the fixed header and each section's plain length and bytes: the formula of
/// `docs/FORMATS.md`, "History chain".
fn documented_hash((header, sections): &(Vec<u8>, Vec<Vec<u8>>)) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(header);
    for section in sections {
        hasher.update(&(section.len() as u32).to_le_bytes());
        hasher.update(section);
    }
    hasher.finalize().to_hex().to_string()
}

fn check_segment(name: &str, segment: &Segment, hash: &str) {
    let (fresh, fresh_hash) = segment.encode().expect("a lawful segment");
    let golden = approved(name, &fresh);
    let taken_apart = plain(&golden);
    assert_eq!(taken_apart, plain(&fresh), "{name}");
    assert_eq!(documented_hash(&taken_apart), hash, "{name}");
    assert_eq!(fresh_hash.to_hex().as_str(), hash, "{name}");
    let file = SegmentFile::read(&golden).expect("a segment");
    assert_eq!(file.content_hash().expect("sections"), fresh_hash);
    assert_eq!(&file.decode().expect("a segment"), segment);
}

fn check_keyframe(name: &str, keyframe: &Keyframe, hash: &str) {
    let raw = keyframe.encode();
    let fresh_hash = blake3::hash(&raw);
    let frame = projections::snapshot::compress(&raw);
    let stored = approved(
        name,
        &[&frame[..], &HASH_FRAME, fresh_hash.as_bytes()].concat(),
    );
    assert!(stored.ends_with(&[&HASH_FRAME[..], fresh_hash.as_bytes()].concat()));
    let golden = decompress(&stored).expect("a zstd frame");
    assert_eq!(golden, raw, "{name}");
    assert_eq!(blake3::hash(&golden).to_hex().as_str(), hash, "{name}");
    assert_eq!(&Keyframe::decode(&golden).expect("a keyframe"), keyframe);
}

/// One line a version: what a decoder must find in the segment.
fn listing(segment: &Segment) -> String {
    let line = |(offset, step): (u32, Step<'_>)| {
        let version = segment.first.0 + u64::from(offset);
        let at = segment.times[offset as usize].0;
        match step {
            Step::Placed(placed) => {
                let (x, y) = (placed.cell.x, placed.cell.y);
                let (color, player) = (placed.color.0, placed.player.0);
                let placement = serde_json::json!([x, y, color, player]);
                serde_json::json!({"version": version, "at": at, "placement": placement})
            }
            Step::Other(event) => {
                let bytes = event::encode(event_store::UnixMs(0), event);
                let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                serde_json::json!({"version": version, "at": at, "event": digits})
            }
        }
    };
    let lines = segment.steps().map(|step| format!("{}\n", line(step)));
    lines.collect()
}

#[test]
fn the_segment_that_opens_a_round_is_the_golden_one() {
    let closed = opening();
    check_segment("opening.pxsg", &closed.segment, OPENING_HASH);
    let keyframe = closed.keyframe.expect("a round");
    check_keyframe("opening-end.pxsn.zst", &keyframe, OPENING_END_HASH);
    let fresh = listing(&closed.segment);
    assert_eq!(
        approved("opening.ndjson", fresh.as_bytes()),
        fresh.as_bytes()
    );
}

#[test]
fn the_segment_that_goes_on_from_a_keyframe_is_the_golden_one() {
    let closed = middle();
    let begin = before();
    let hash = blake3::hash(&begin.encode()).to_hex();
    check_keyframe("middle-begin.pxsn.zst", &begin, hash.as_str());
    check_segment("middle.pxsg", &closed.segment, MIDDLE_HASH);
    let keyframe = closed.keyframe.expect("a round");
    check_keyframe("middle-end.pxsn.zst", &keyframe, MIDDLE_END_HASH);
    let fresh = listing(&closed.segment);
    assert_eq!(
        approved("middle.ndjson", fresh.as_bytes()),
        fresh.as_bytes()
    );
}

/// BLAKE3 over a domain and three hashes: the formula of `docs/FORMATS.md`, "History chain".
#[test]
fn the_chain_over_the_golden_files_is_the_documented_one() {
    let bytes = |digits: &str| blake3::Hash::from_hex(digits).expect("a hash");
    let mut head = [0; 32];
    for (segment, keyframe) in [
        (OPENING_HASH, OPENING_END_HASH),
        (MIDDLE_HASH, MIDDLE_END_HASH),
    ] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"pixelwars history chain 1\n");
        hasher.update(&head);
        hasher.update(bytes(segment).as_bytes());
        hasher.update(bytes(keyframe).as_bytes());
        let before = chain::Hash::from_bytes(head);
        head = *hasher.finalize().as_bytes();
        let linked = chain::link(before, bytes(segment), Some(bytes(keyframe)));
        assert_eq!(linked.as_bytes(), &head);
    }
    assert_eq!(chain::Hash::from_bytes(head).to_hex().as_str(), CHAIN);
}

#[test]
fn the_golden_segments_hold_what_is_hard_to_decode() {
    let segment = middle().segment;
    let kinds: std::collections::BTreeSet<u8> = segment
        .others
        .iter()
        .map(|other| other.event.kind() as u8)
        .collect();
    assert_eq!(kinds.len(), 13, "every kind of event is among the others");
    assert!(segment.placements.len() > 3 * 256, "several blocks");
    let distances = segment.times.windows(2).map(|pair| pair[1].0 - pair[0].0);
    assert!(distances.clone().any(|distance| distance < 0));
    assert!(distances.max() > Some(1 << 45));
    let newest = segment
        .placements
        .iter()
        .map(|placed| placed.player.0)
        .max();
    assert!(newest > Some(GIVEN), "players who are new to the round");
    assert_eq!(segment.players_before, GIVEN);
}

/// Folds the golden segment by its public text alone onto the keyframe before it.
#[test]
fn the_golden_segment_leads_from_its_keyframe_to_the_next() {
    let read = |name: &str| {
        let raw = decompress(&std::fs::read(path(name)).expect("a golden file"));
        Keyframe::decode(&raw.expect("a frame")).expect("a keyframe")
    };
    let bytes = std::fs::read(path("middle.pxsg")).expect("a golden file");
    let segment = SegmentFile::read(&bytes).expect("a segment");
    let segment = segment.decode().expect("a segment");
    let begin = read("middle-begin.pxsn.zst");
    assert_eq!(begin.version.next(), segment.first);
    let mut field: Field = begin.field;
    for (_, step) in segment.steps() {
        match step {
            Step::Placed(placed) => {
                let index = field.settable(placed.cell, placed.color).expect("settable");
                field.grid.set(&[CellChange {
                    index,
                    color: placed.color,
                }]);
            }
            Step::Other(event) => {
                field.apply(event);
            }
        }
    }
    assert_eq!(field, read("middle-end.pxsn.zst").field);
}
