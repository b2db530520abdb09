//! The layout of a segment file: a header, and sections that are compressed on their own.

use std::borrow::Cow;

use event_store::{RoundId, UnixMs, Version};

use super::{MAX_SECTION_BYTES, SEGMENT_EVENTS, SegmentError};

const MAGIC: [u8; 4] = *b"PXSG";
const FORMAT: u8 = 1;

/// The bytes before the table of sections.
const FIXED_BYTES: usize = 48;
const HEADER_BYTES: usize = FIXED_BYTES + Section::ALL.len() * 8;

/// A column of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Others,
    TimesLow,
    TimesHigh,
    Cells,
    Colors,
    Blocks,
    Ranks,
    Players,
    NumbersLow,
    NumbersHigh,
}

impl Section {
    /// Every section, in file order.
    pub(super) const ALL: [Self; 10] = [
        Self::Others,
        Self::TimesLow,
        Self::TimesHigh,
        Self::Cells,
        Self::Colors,
        Self::Blocks,
        Self::Ranks,
        Self::Players,
        Self::NumbersLow,
        Self::NumbersHigh,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Others => "others",
            Self::TimesLow => "times_low",
            Self::TimesHigh => "times_high",
            Self::Cells => "cells",
            Self::Colors => "colors",
            Self::Blocks => "blocks",
            Self::Ranks => "ranks",
            Self::Players => "players",
            Self::NumbersLow => "numbers_low",
            Self::NumbersHigh => "numbers_high",
        }
    }

    /// The zstd level that the section is worth, 0 for none at all. What is close to random gets
    /// the quickest; measured on 14.9 million placements.
    const fn zstd_level(self) -> i32 {
        match self {
            Self::Blocks | Self::Ranks => 0,
            Self::Others | Self::TimesLow | Self::TimesHigh | Self::NumbersLow => 3,
            Self::Cells | Self::NumbersHigh => 9,
            Self::Colors => 15,
            Self::Players => 12,
        }
    }
}

/// What a segment file says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The version of the first event.
    pub first: Version,
    /// The round; 0 before the first.
    pub round: RoundId,
    /// How many events.
    pub events: u32,
    /// How many of them are placements that changed the canvas.
    pub placements: u32,
    /// How many pseudonyms were given out in the round before.
    pub players_before: u32,
    /// When the first event happened.
    pub begins_at: UnixMs,
    /// The least distance between the times of neighbours.
    pub(super) least_distance: i64,
    /// How many low bits of a time distance are kept apart, 0 to 8.
    pub(super) time_shift: u8,
}

impl Header {
    /// The version of the last event.
    pub fn last(&self) -> Version {
        Version(self.first.0 + u64::from(self.events) - 1)
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&[FORMAT, self.time_shift, 0, 0]);
        out.extend_from_slice(&self.first.0.to_le_bytes());
        out.extend_from_slice(&self.round.0.to_le_bytes());
        out.extend_from_slice(&self.events.to_le_bytes());
        out.extend_from_slice(&self.placements.to_le_bytes());
        out.extend_from_slice(&self.players_before.to_le_bytes());
        out.extend_from_slice(&self.begins_at.0.to_le_bytes());
        out.extend_from_slice(&self.least_distance.to_le_bytes());
    }

    fn read(bytes: &[u8]) -> Result<Self, SegmentError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(SegmentError::Magic);
        }
        let fixed = bytes
            .first_chunk::<FIXED_BYTES>()
            .ok_or(SegmentError::Length {
                found: bytes.len(),
                expected: HEADER_BYTES,
            })?;
        if fixed[4] != FORMAT {
            return Err(SegmentError::Format { found: fixed[4] });
        }
        let header = Self {
            time_shift: fixed[5],
            first: Version(u64::from_le_bytes(part(fixed, 8))),
            round: RoundId(u32::from_le_bytes(part(fixed, 16))),
            events: u32::from_le_bytes(part(fixed, 20)),
            placements: u32::from_le_bytes(part(fixed, 24)),
            players_before: u32::from_le_bytes(part(fixed, 28)),
            begins_at: UnixMs(i64::from_le_bytes(part(fixed, 32))),
            least_distance: i64::from_le_bytes(part(fixed, 40)),
        };
        let is_sound = fixed[6..8] == [0, 0]
            && header.time_shift <= 8
            && (1..=SEGMENT_EVENTS).contains(&(header.events as usize))
            && header.placements <= header.events
            && header.first > Version::ZERO
            && header.first.0.checked_add(SEGMENT_EVENTS as u64).is_some()
            && (header.events > 1 || header.least_distance == 0);
        is_sound.then_some(header).ok_or(SegmentError::Header)
    }
}

/// `LENGTH` bytes from `at` on, which lie inside.
fn part<const LENGTH: usize>(bytes: &[u8; FIXED_BYTES], at: usize) -> [u8; LENGTH] {
    std::array::from_fn(|place| bytes[at + place])
}

/// A file's sections, before compression, in file order.
pub(super) type Plain = [Vec<u8>; Section::ALL.len()];

/// The bytes of a segment file.
///
/// # Panics
/// Never in practice: compressing into memory does not fail.
pub(super) fn write(header: &Header, plain: &Plain) -> Vec<u8> {
    let store = |section: Section| stored_form(section, &plain[section as usize]);
    // The colours take as long as all else together.
    let (colors, rest) = std::thread::scope(|scope| {
        let colors = scope.spawn(|| store(Section::Colors));
        let rest = Section::ALL.map(|section| match section {
            Section::Colors => Cow::Borrowed(&[][..]),
            Section::Others
            | Section::TimesLow
            | Section::TimesHigh
            | Section::Cells
            | Section::Blocks
            | Section::Ranks
            | Section::Players
            | Section::NumbersLow
            | Section::NumbersHigh => store(section),
        });
        (colors.join(), rest)
    });
    let mut stored = rest;
    stored[Section::Colors as usize] =
        colors.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let mut bytes = Vec::new();
    header.write(&mut bytes);
    for (stored, plain) in stored.iter().zip(plain) {
        bytes.extend_from_slice(&(stored.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&(plain.len() as u32).to_le_bytes());
    }
    for stored in &stored {
        bytes.extend_from_slice(stored);
    }
    bytes
}

/// A section as it lies in a file: a zstd frame where that is shorter.
fn stored_form(section: Section, plain: &[u8]) -> Cow<'_, [u8]> {
    let level = section.zstd_level();
    if level == 0 {
        return Cow::Borrowed(plain);
    }
    let frame = zstd::bulk::compress(plain, level).expect("compressing into memory does not fail");
    match frame.len() < plain.len() {
        true => Cow::Owned(frame),
        false => Cow::Borrowed(plain),
    }
}

/// What identifies a segment's content, however it was compressed.
pub(super) fn content_hash(header: &Header, plain: &[Cow<'_, [u8]>]) -> blake3::Hash {
    let mut fixed = Vec::with_capacity(FIXED_BYTES);
    header.write(&mut fixed);
    let mut hasher = blake3::Hasher::new();
    hasher.update(&fixed);
    for plain in plain {
        hasher.update(&(plain.len() as u32).to_le_bytes());
        hasher.update(plain);
    }
    hasher.finalize()
}

/// A file taken apart, nothing decompressed yet.
#[derive(Clone, Debug)]
pub(super) struct Sections<'a> {
    pub(super) header: Header,
    stored: [(&'a [u8], usize); Section::ALL.len()],
}

impl<'a> Sections<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, SegmentError> {
        let header = Header::read(bytes)?;
        let too_short = |expected| SegmentError::Length {
            found: bytes.len(),
            expected,
        };
        let (head, mut rest) = bytes
            .split_at_checked(HEADER_BYTES)
            .ok_or(too_short(HEADER_BYTES))?;
        let (table, _) = head[FIXED_BYTES..].as_chunks::<4>();
        let lengths: Vec<usize> = table
            .iter()
            .map(|length| u32::from_le_bytes(*length) as usize)
            .collect();
        let expected = lengths.iter().step_by(2).sum::<usize>() + HEADER_BYTES;
        if expected != bytes.len() {
            return Err(too_short(expected));
        }
        let mut stored = [(&bytes[..0], 0); Section::ALL.len()];
        for (section, lengths) in stored.iter_mut().zip(lengths.chunks_exact(2)) {
            let (stored, plain) = (lengths[0], lengths[1]);
            if stored > plain || plain > MAX_SECTION_BYTES {
                return Err(SegmentError::Header);
            }
            let (bytes, after) = rest.split_at_checked(stored).ok_or(too_short(expected))?;
            (*section, rest) = ((bytes, plain), after);
        }
        Ok(Self { header, stored })
    }

    /// A section's bytes before compression.
    pub(super) fn plain(&self, section: Section) -> Result<Cow<'a, [u8]>, SegmentError> {
        let (stored, length) = self.stored[section as usize];
        if stored.len() == length {
            return Ok(Cow::Borrowed(stored));
        }
        let fault = SegmentError::Compression {
            section: section.name(),
        };
        let plain = zstd::bulk::decompress(stored, length).map_err(|_| fault)?;
        match plain.len() == length {
            true => Ok(Cow::Owned(plain)),
            false => Err(fault),
        }
    }
}
