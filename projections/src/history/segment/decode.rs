//! From the bytes of a segment file to events. Whatever the bytes are, memory is bounded by the
//! limits of the format, and nothing panics.

use std::borrow::Cow;

use event_store::event::{self, MAX_COLORS};
use event_store::{Cell, Event, PaletteIndex, UnixMs};

use super::leb128::Numbers;
use super::sections::{self, Header, Section, Sections};
use super::{Other, Placed, Pseudonym, Segment, SegmentError, cell_of, ranks, turns};

/// A segment file, of which nothing but the header is decoded yet.
///
/// What a method returns is sound in itself; [`SegmentFile::decode`] checks everything.
#[derive(Clone, Debug)]
pub struct SegmentFile<'a> {
    sections: Sections<'a>,
}

impl<'a> SegmentFile<'a> {
    /// Takes a file apart.
    ///
    /// # Errors
    /// [`SegmentError`] for what cannot be a segment's header or length.
    pub fn read(bytes: &'a [u8]) -> Result<Self, SegmentError> {
        let sections = Sections::read(bytes)?;
        Ok(Self { sections })
    }

    /// What the file says of itself.
    pub fn header(&self) -> Header {
        self.sections.header
    }

    /// The hash of the content, which does not depend on how it was compressed.
    ///
    /// # Errors
    /// [`SegmentError::Compression`]
    pub fn content_hash(&self) -> Result<blake3::Hash, SegmentError> {
        let mut plain = Vec::with_capacity(Section::ALL.len());
        for section in Section::ALL {
            plain.push(self.sections.plain(section)?);
        }
        Ok(sections::content_hash(&self.sections.header, &plain))
    }

    /// When each event happened.
    ///
    /// # Errors
    /// [`SegmentError::Compression`] and [`SegmentError::Section`].
    pub fn times(&self) -> Result<Vec<UnixMs>, SegmentError> {
        let header = &self.sections.header;
        let count = header.events as usize - 1;
        let low = self.sections.plain(Section::TimesLow)?;
        let high = self.sections.plain(Section::TimesHigh)?;
        let (shift, mask) = (header.time_shift, (1u16 << header.time_shift) - 1);
        let expected = if shift == 0 { 0 } else { count };
        let fault = SegmentError::Section {
            section: Section::TimesLow.name(),
        };
        if low.len() != expected || low.iter().any(|low| u16::from(*low) > mask) {
            return Err(fault);
        }
        let mut highs = Numbers::new(Section::TimesHigh.name(), &high);
        let mut times = Vec::with_capacity(count + 1);
        let mut at = header.begins_at.0;
        times.push(UnixMs(at));
        for place in 0..count {
            let high = highs.next()?;
            if high.leading_zeros() < u32::from(shift) {
                return Err(highs.fault());
            }
            let low = low.get(place).copied().unwrap_or(0);
            let over = high << shift | u64::from(low);
            let distance = (over as i64).wrapping_add(header.least_distance);
            at = at.wrapping_add(distance);
            times.push(UnixMs(at));
        }
        highs.end()?;
        Ok(times)
    }

    /// All events that are no placements.
    ///
    /// # Errors
    /// [`SegmentError::Compression`] and [`SegmentError::Section`].
    pub fn others(&self) -> Result<Vec<Other>, SegmentError> {
        let header = &self.sections.header;
        let count = (header.events - header.placements) as usize;
        let plain = self.sections.plain(Section::Others)?;
        let mut numbers = Numbers::new(Section::Others.name(), &plain);
        let mut others = Vec::new();
        let mut next = 0u32;
        while !numbers.is_empty() {
            let distance = numbers.next_u32()?;
            let offset = next.checked_add(distance);
            let offset = offset.filter(|offset| *offset < header.events);
            let offset = offset.ok_or_else(|| numbers.fault())?;
            let length = numbers.next_u32()? as usize;
            let bytes = numbers.bytes(length)?;
            let event = match event::decode(bytes) {
                Ok((UnixMs(0), event)) => event,
                Ok(_) | Err(_) => return Err(numbers.fault()),
            };
            others.push(Other { offset, event });
            next = offset + 1;
        }
        match others.len() == count {
            true => Ok(others),
            false => Err(numbers.fault()),
        }
    }

    /// The cells of all placements, sorted by tiles, each as often as it was set.
    ///
    /// # Errors
    /// [`SegmentError::Compression`] and [`SegmentError::Section`].
    pub fn touched_cells(&self) -> Result<Vec<Cell>, SegmentError> {
        let count = self.sections.header.placements as usize;
        let plain = self.sections.plain(Section::Cells)?;
        let mut distances = Numbers::new(Section::Cells.name(), &plain);
        let mut cells = Vec::with_capacity(count);
        let mut key = 0u64;
        for _ in 0..count {
            key += u64::from(distances.next_u32()?);
            cells.push(cell_of(key).ok_or_else(|| distances.fault())?);
        }
        distances.end()?;
        Ok(cells)
    }

    /// The places of all placements, by version, in the order of [`SegmentFile::touched_cells`].
    fn places(&self) -> Result<Vec<u16>, SegmentError> {
        let blocks = self.sections.plain(Section::Blocks)?;
        let ranks = self.sections.plain(Section::Ranks)?;
        if blocks.len() != self.sections.header.placements as usize {
            let section = Section::Blocks.name();
            return Err(SegmentError::Section { section });
        }
        ranks::decode(&blocks, &ranks)
    }

    fn colors(&self) -> Result<Cow<'a, [u8]>, SegmentError> {
        let colors = self.sections.plain(Section::Colors)?;
        let is_sound = colors.len() == self.sections.header.placements as usize
            && colors.iter().all(|color| usize::from(*color) < MAX_COLORS);
        let section = Section::Colors.name();
        is_sound
            .then_some(colors)
            .ok_or(SegmentError::Section { section })
    }

    /// All placements by version, without who made them: every player is 0.
    ///
    /// # Errors
    /// [`SegmentError::Compression`] and [`SegmentError::Section`].
    pub fn placements(&self) -> Result<Vec<Placed>, SegmentError> {
        let cells = self.touched_cells()?;
        let colors = self.colors()?;
        let places = self.places()?;
        // A permutation of as many places as there are cells and colours.
        let placed = |place: &u16| Placed {
            cell: cells[usize::from(*place)],
            color: PaletteIndex(colors[usize::from(*place)]),
            player: Pseudonym(0),
        };
        Ok(places.iter().map(placed).collect())
    }

    /// Fills in who made each of `placements`, which are this file's own.
    ///
    /// # Errors
    /// [`SegmentError::Compression`] and [`SegmentError::Section`].
    pub fn name_players(&self, placements: &mut [Placed]) -> Result<(), SegmentError> {
        let turns = self.sections.plain(Section::Players)?;
        let low = self.sections.plain(Section::NumbersLow)?;
        let high = self.sections.plain(Section::NumbersHigh)?;
        let cells = placements.iter().map(|placed| placed.cell);
        let given = self.sections.header.players_before;
        let players = turns::decode(cells, &turns, (&low, &high), given)?;
        for (placed, player) in placements.iter_mut().zip(players) {
            placed.player = player;
        }
        Ok(())
    }

    /// Everything.
    ///
    /// # Errors
    /// [`SegmentError`]
    pub fn decode(&self) -> Result<Segment, SegmentError> {
        let header = self.header();
        let mut placements = self.placements()?;
        self.name_players(&mut placements)?;
        Ok(Segment {
            first: header.first,
            round: header.round,
            players_before: header.players_before,
            times: self.times()?,
            placements,
            others: self.others()?,
        })
    }

    /// Whether the segment begins with the opening of its round, so that nothing before it is
    /// needed to fold it.
    ///
    /// # Errors
    /// As for [`SegmentFile::others`].
    pub fn opens_round(&self) -> Result<bool, SegmentError> {
        let others = self.others()?;
        let round = self.header().round;
        Ok(others.first().is_some_and(|other| {
            let is_opening = matches!(
                &other.event,
                Event::RoundOpened(opened) if opened.round == round
            );
            other.offset == 0 && is_opening
        }))
    }
}
