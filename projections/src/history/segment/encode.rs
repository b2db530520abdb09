//! From events to the bytes of a segment file.

use std::borrow::Cow;

use event_store::{UnixMs, event};

use super::sections::{self, Header, Plain, Section};
use super::{MAX_FILE_BYTES, Placed, Segment, key_of, leb128, ranks, turns};

/// How many of the distances the shift of times is chosen by.
const SAMPLED_DISTANCES: usize = 4_096;

impl Segment {
    /// The bytes of the segment's file, and the hash of its content.
    ///
    /// Equal segments have equal hashes, whatever compressed them; with the same zstd library also
    /// equal bytes. `None` for a segment that no file has: without events, with more than
    /// [`SEGMENT_EVENTS`](super::SEGMENT_EVENTS), or whose sections are too long.
    pub fn encode(&self) -> Option<(Vec<u8>, blake3::Hash)> {
        let (header, plain) = self.to_plain()?;
        let hash = sections::content_hash(&header, &borrowed(&plain));
        let bytes = sections::write(&header, &plain);
        (bytes.len() <= MAX_FILE_BYTES).then_some((bytes, hash))
    }

    /// The hash of the content of the segment's file, without making the file: a third of the work.
    /// `None` as for [`Segment::encode`].
    pub fn content_hash(&self) -> Option<blake3::Hash> {
        let (header, plain) = self.to_plain()?;
        Some(sections::content_hash(&header, &borrowed(&plain)))
    }

    fn to_plain(&self) -> Option<(Header, Plain)> {
        if self.is_empty() || self.len() > super::SEGMENT_EVENTS {
            return None;
        }
        let (least_distance, distances) = distances(&self.times);
        let time_shift = shift_for(&distances);
        let header = Header {
            first: self.first,
            round: self.round,
            events: self.times.len() as u32,
            placements: self.placements.len() as u32,
            players_before: self.players_before,
            begins_at: *self.times.first()?,
            least_distance,
            time_shift,
        };
        let mut plain = Plain::default();
        let mut put = |section: Section, bytes| plain[section as usize] = bytes;
        put(Section::Others, self.others());
        let (low, high) = split(&distances, time_shift);
        put(Section::TimesLow, low);
        put(Section::TimesHigh, high);
        let sorted = sorted(&self.placements);
        put(Section::Cells, cells(&self.placements, &sorted));
        let color = |place: &u32| self.placements[*place as usize].color.0;
        put(Section::Colors, sorted.iter().map(color).collect());
        let (blocks, ranks) = ranks::encode(&inverse(&sorted));
        put(Section::Blocks, blocks);
        put(Section::Ranks, ranks);
        let acts = self.placements.iter().map(|made| (made.cell, made.player));
        let acts: Vec<_> = acts.collect();
        let who = turns::encode(&acts, self.players_before);
        put(Section::Players, who.turns);
        put(Section::NumbersLow, who.numbers_low);
        put(Section::NumbersHigh, who.numbers_high);
        let is_too_long = |section: &Vec<u8>| section.len() > super::MAX_SECTION_BYTES;
        let is_lawful = !plain.iter().any(is_too_long);
        is_lawful.then_some((header, plain))
    }

    fn others(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut next = 0;
        for other in &self.others {
            let encoded = event::encode(UnixMs(0), &other.event);
            leb128::write(&mut bytes, u64::from(other.offset - next));
            leb128::write(&mut bytes, encoded.len() as u64);
            bytes.extend_from_slice(&encoded);
            next = other.offset + 1;
        }
        bytes
    }
}

fn borrowed(plain: &Plain) -> [Cow<'_, [u8]>; Section::ALL.len()] {
    plain.each_ref().map(|section| section.into())
}

/// The least distance of neighbours, and how much more each one is. Distances wrap around as
/// numbers of 64 bits do, so that any times can be told.
fn distances(times: &[UnixMs]) -> (i64, Vec<u64>) {
    let distance = |pair: &[UnixMs]| pair[1].0.wrapping_sub(pair[0].0);
    let least = times.windows(2).map(distance).min().unwrap_or(0);
    let over = times
        .windows(2)
        .map(|pair| distance(pair).wrapping_sub(least) as u64);
    (least, over.collect())
}

/// How many low bits to keep apart. Of distances with a greater median the lowest bits are as good
/// as random, and the rest has some ten values; of small ones a byte holds them whole. Found by
/// trying all shifts on 14.9 million placements.
fn shift_for(distances: &[u64]) -> u8 {
    let step = (distances.len() / SAMPLED_DISTANCES).max(1);
    let mut sampled: Vec<u64> = distances.iter().step_by(step).copied().collect();
    if sampled.is_empty() {
        return 0;
    }
    let middle = sampled.len() / 2;
    let (_, median, _) = sampled.select_nth_unstable(middle);
    match *median {
        0..70 => 8,
        median => (u64::BITS - (median / 11).leading_zeros()).min(8) as u8,
    }
}

fn split(distances: &[u64], shift: u8) -> (Vec<u8>, Vec<u8>) {
    let mut low = Vec::new();
    if shift > 0 {
        let mask = (1u64 << shift) - 1;
        low.extend(distances.iter().map(|distance| (distance & mask) as u8));
    }
    let mut high = Vec::with_capacity(distances.len());
    for distance in distances {
        leb128::write(&mut high, distance >> shift);
    }
    (low, high)
}

/// The placements' places in the order of versions, sorted by key and then by version.
fn sorted(placements: &[Placed]) -> Vec<u32> {
    let mut keyed: Vec<u64> = placements
        .iter()
        .zip(0u64..)
        .map(|(made, place)| u64::from(key_of(made.cell)) << 32 | place)
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|keyed| keyed as u32).collect()
}

fn inverse(permutation: &[u32]) -> Vec<u32> {
    let mut inverse = vec![0; permutation.len()];
    for (place, version) in permutation.iter().zip(0u32..) {
        inverse[*place as usize] = version;
    }
    inverse
}

fn cells(placements: &[Placed], sorted: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(sorted.len());
    let mut before = 0;
    for place in sorted {
        let key = key_of(placements[*place as usize].cell);
        leb128::write(&mut bytes, u64::from(key - before));
        before = key;
    }
    bytes
}
