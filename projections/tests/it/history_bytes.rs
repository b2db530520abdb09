//! Bytes of history from elsewhere — cut, flipped, out of order, of something else: refused with a
//! typed error or what they should be, never a panic.

use event_store::Version;
use projections::history::segment::{SegmentError, SegmentFile};
use projections::history::{
    Closed, HistoryStoreError, Index, IndexError, Keyframe, Packed, Packer, open_segment,
};
use projections::testing::{
    any_checkpoint, any_delta, any_event, any_index, any_keyframe, any_plain_segment, any_segment,
    any_snapshot, any_state,
};
use proptest::prelude::*;
use proptest::sample::Index as Place;

use crate::shelf::{Shelf, three_rounds};
use crate::support::{Log, logs};
use crate::verify::write_history;

fn closed(log: &Log) -> (Vec<Closed>, Packer) {
    let mut packer = Packer::of_empty_log();
    let push = |recorded| packer.push(recorded).expect("the next event");
    let closed = log.events.iter().filter_map(push).collect();
    (closed, packer)
}

/// Segments of a log with their files, the open one included.
fn segment_files(log: &Log) -> Vec<Vec<u8>> {
    let (closed, packer) = closed(log);
    let open = packer.open_segment();
    let segments = closed.iter().map(|closed| &closed.segment).chain(&open);
    let encode = |segment: &projections::history::segment::Segment| segment.encode();
    segments
        .map(|segment| encode(segment).expect("lawful").0)
        .collect()
}

fn index_of(log: &Log) -> Index {
    let mut index = Index::default();
    for closed in closed(log).0 {
        let packed = Packed::of(&closed).following(index.entries().last());
        index.add(packed.entry).expect("follows");
    }
    index
}

/// The header and the sections of a file, each section behind its length: what
/// [`any_plain_segment`] takes.
fn plain(file: &[u8]) -> Vec<u8> {
    let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().expect("4 bytes"));
    let (mut at, mut bytes) = (128, file[..48].to_vec());
    for place in (48..128).step_by(8) {
        let (stored, length) = (number(place) as usize, number(place + 4) as usize);
        let section = &file[at..at + stored];
        at += stored;
        bytes.extend_from_slice(&(length as u32).to_le_bytes());
        match stored == length {
            true => bytes.extend_from_slice(section),
            false => bytes.extend(zstd::bulk::decompress(section, length).expect("a frame")),
        }
    }
    bytes
}

#[test]
fn each_fault_of_a_segment_has_its_error() {
    let good = segment_files(&three_rounds()).swap_remove(0);
    let refused = |change: fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        let decoded = SegmentFile::read(&bytes).and_then(|file| file.decode());
        decoded.expect_err("refused")
    };
    assert_eq!(refused(|bytes| bytes.clear()), SegmentError::Magic);
    assert_eq!(refused(|bytes| bytes[1] = b'x'), SegmentError::Magic);
    assert_eq!(
        refused(|bytes| bytes[4] = 2),
        SegmentError::Format { found: 2 }
    );
    let is_length = |error| matches!(error, SegmentError::Length { .. });
    assert!(is_length(refused(|bytes| bytes.truncate(40))));
    assert!(is_length(refused(|bytes| bytes.truncate(127))));
    assert!(is_length(refused(|bytes| bytes.truncate(bytes.len() - 1))));
    assert!(is_length(refused(|bytes| bytes.push(0))));
    let changes: [fn(&mut Vec<u8>); 7] = [
        |bytes| bytes[5] = 9,
        |bytes| bytes[6] = 1,
        |bytes| bytes[8..16].fill(0),
        |bytes| bytes[8..16].fill(255),
        |bytes| bytes[20..24].fill(0),
        |bytes| bytes[22] = 1,
        |bytes| bytes[25] = 1,
    ];
    for change in changes {
        assert_eq!(refused(change), SegmentError::Header);
    }
    // A section of 4 GiB, and one that is stored in more bytes than it has.
    assert_eq!(
        refused(|bytes| bytes[52..56].fill(255)),
        SegmentError::Header
    );
    assert_eq!(refused(|bytes| bytes[52..56].fill(0)), SegmentError::Header);
    let is_compression = |error| matches!(error, SegmentError::Compression { .. });
    assert!(is_compression(refused(|bytes| bytes[52] += 1)));
}

#[test]
fn a_section_that_would_fill_the_memory_is_refused() {
    let bomb = zstd::bulk::compress(&vec![0; 256 << 20], 1).expect("compresses");
    let mut bytes = segment_files(&three_rounds()).swap_remove(0);
    bytes.truncate(48);
    for length in [bomb.len() as u32, 1 << 25].into_iter().chain([0; 18]) {
        bytes.extend_from_slice(&length.to_le_bytes());
    }
    bytes.extend_from_slice(&bomb);
    let decoded = SegmentFile::read(&bytes).and_then(|file| file.others());
    let section = "others";
    assert_eq!(decoded, Err(SegmentError::Compression { section }));
}

#[test]
fn entries_that_are_missing_twice_or_out_of_order_are_refused() {
    let index = index_of(&three_rounds());
    let json: serde_json::Value = serde_json::from_slice(&index.to_json()).expect("JSON");
    let refused = |change: fn(&mut Vec<serde_json::Value>)| {
        let mut json = json.clone();
        change(json["segments"].as_array_mut().expect("entries"));
        let bytes = serde_json::to_vec(&json).expect("JSON");
        Index::from_json(&bytes).expect_err("refused")
    };
    let is_gap_at = |error, at| matches!(error, IndexError::Gap { number } if number == at);
    assert!(is_gap_at(refused(|entries| entries.swap(0, 1)), 2));
    assert!(is_gap_at(refused(|entries| drop(entries.remove(0))), 2));
    assert!(is_gap_at(
        refused(|entries| entries.insert(0, entries[0].clone())),
        1
    ));
    assert!(is_gap_at(
        refused(|entries| entries[1]["first"] = 9.into()),
        2
    ));
    assert!(is_gap_at(
        refused(|entries| entries[1]["number"] = u32::MAX.into()),
        u32::MAX
    ));
    let is_malformed = |error| matches!(error, IndexError::Malformed(_));
    assert!(is_malformed(refused(
        |entries| entries[0]["hash"] = "12".into()
    )));
    assert!(is_malformed(refused(
        |entries| entries[0]["stranger"] = 1.into()
    )));
    let other = br#"{"format":2,"segments":[]}"#;
    let other = Index::from_json(other).expect_err("refused");
    assert!(matches!(other, IndexError::Format { found: 2 }));
}

#[tokio::test]
async fn stored_files_of_another_kind_or_place_are_typed_errors() {
    let log = three_rounds();
    let shelf = Shelf::new();
    write_history(&log, &shelf.history).await;
    let index = shelf.history.index().await.expect("read").expect("there");
    let entry = &index.entries()[1];
    let segment = "main/history/segments/0000000002.pxsg";
    let keyframe = "main/history/keyframes/00000000000000000063.pxsn.zst";
    let (good_segment, good_keyframe) = (shelf.read(segment).await, shelf.read(keyframe).await);
    for foreign in [Vec::new(), vec![7; 10], good_keyframe.clone()] {
        shelf.write(segment, foreign).await;
        let error = shelf.history.segment(entry).await.expect_err("refused");
        assert!(matches!(error, HistoryStoreError::Segment { .. }));
    }
    for foreign in [Vec::new(), vec![7; 100], good_segment] {
        shelf.write(keyframe, foreign).await;
        let error = shelf.history.keyframe(entry).await.expect_err("refused");
        assert!(matches!(error, HistoryStoreError::Mismatch { .. }));
    }
    // The right hash at the end of the wrong bytes.
    let mut lying = zstd::bulk::compress(b"another", 1).expect("compresses");
    lying.extend_from_slice(&good_keyframe[good_keyframe.len() - 40..]);
    shelf.write(keyframe, lying).await;
    let error = shelf.history.keyframe(entry).await.expect_err("refused");
    assert!(matches!(error, HistoryStoreError::Mismatch { .. }));
    shelf
        .write("main/private/players/0000000002.bin", vec![0; 7])
        .await;
    let before = Some(&index.entries()[0]);
    let error = shelf
        .history
        .players(entry, before)
        .await
        .expect_err("refused");
    assert!(matches!(error, HistoryStoreError::Mismatch { .. }));
}

/// Bytes with some of them changed, and cut at a place or not.
fn changed(mut bytes: Vec<u8>, flips: &[(Place, u8)], cut: Option<Place>) -> Vec<u8> {
    for (at, value) in flips {
        let at = at.index(bytes.len());
        bytes[at] = *value;
    }
    if let Some(cut) = cut {
        bytes.truncate(cut.index(bytes.len()));
    }
    bytes
}

fn flips() -> impl Strategy<Value = Vec<(Place, u8)>> {
    proptest::collection::vec(any::<(Place, u8)>(), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_changed_segment_is_refused_or_has_another_hash_or_the_same_content(
        log in logs(120), which in any::<Place>(), flips in flips(),
        cut in proptest::option::weighted(0.2, any::<Place>()),
    ) {
        let files = segment_files(&log);
        let good = &files[which.index(files.len())];
        let bytes = changed(good.clone(), &flips, cut);
        any_segment(&bytes);
        let hash_of = |bytes: &[u8]| SegmentFile::read(bytes).ok()?.content_hash().ok();
        if hash_of(&bytes) == hash_of(good) {
            let decode = |bytes: &[u8]| SegmentFile::read(bytes)?.decode();
            prop_assert_eq!(decode(&bytes), decode(good));
        }
    }

    #[test]
    fn no_sections_make_the_segment_decoder_panic(
        log in logs(120), which in any::<Place>(), flips in flips(),
        cut in proptest::option::weighted(0.1, any::<Place>()),
    ) {
        let files = segment_files(&log);
        let good = plain(&files[which.index(files.len())]);
        any_plain_segment(&good);
        any_plain_segment(&changed(good, &flips, cut));
    }

    #[test]
    fn a_segment_of_another_entry_is_never_taken(log in logs(200)) {
        let index = index_of(&log);
        let files = segment_files(&log);
        for (entry, own) in index.entries().iter().zip(&files) {
            for file in &files {
                prop_assert_eq!(open_segment(entry, file).is_ok(), file == own);
            }
        }
    }

    #[test]
    fn a_changed_keyframe_is_refused_or_is_its_own_bytes(
        log in logs(40), flips in flips(), cut in proptest::option::weighted(0.2, any::<Place>()),
    ) {
        let (_, packer) = closed(&log);
        let keyframe = Keyframe {
            version: packer.version(),
            at: log.canvas.at(),
            field: packer.field().expect("a round").clone(),
        };
        any_keyframe(&keyframe.encode());
        any_keyframe(&changed(keyframe.encode(), &flips, cut));
    }

    #[test]
    fn a_changed_index_is_refused_or_in_order(
        log in logs(120), flips in flips(), cut in proptest::option::weighted(0.2, any::<Place>()),
    ) {
        let good = index_of(&log).to_json();
        any_index(&good);
        any_index(&changed(good, &flips, cut));
    }

    #[test]
    fn no_bytes_make_a_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        any_segment(&bytes);
        any_segment(&[b"PXSG\x01", &bytes[..]].concat());
        any_plain_segment(&[b"PXSG\x01", &bytes[..]].concat());
        any_keyframe(&bytes);
        any_index(&bytes);
        any_snapshot(&bytes);
        any_delta(&bytes);
        any_event(&bytes);
        any_checkpoint(&bytes);
        any_state(&bytes);
    }

    /// Whoever goes on after any closed segment closes the same segments as whoever began at the
    /// first event.
    #[test]
    fn a_packer_goes_on_after_any_segment(log in logs(250)) {
        let (all, _) = closed(&log);
        let mut pseudonyms = projections::history::Pseudonyms::default();
        for (number, done) in all.iter().enumerate() {
            if done.segment.players_before == 0 {
                pseudonyms = projections::history::Pseudonyms::default();
            }
            pseudonyms.give(done.newcomers.iter().copied());
            let last = done.segment.last();
            let keyframe = done.keyframe.as_deref().cloned();
            let round = done.segment.round;
            let mut packer = Packer::after(last, round, keyframe, pseudonyms.clone());
            let rest = log.events.iter().filter(|recorded| recorded.version > last);
            let push = |recorded| packer.push(recorded).expect("the next event");
            let following: Vec<Closed> = rest.filter_map(push).collect();
            prop_assert_eq!(&following[..], &all[number + 1..]);
            prop_assert_eq!(packer.version(), Version(log.events.len() as u64));
        }
    }
}
