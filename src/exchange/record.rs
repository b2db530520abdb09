//! A row of fixed size, as it is sorted, kept and recognised.

use std::io::{self, Read, Write};

use event_store::{Cell, PaletteIndex, PlayerId, Region, Rgb, UnixMs};

use super::row::{Act, Offset, RowColor, RowPlace};

/// A row as it is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// When it happened: what is sorted by.
    pub at: UnixMs,
    /// The row's place in the input, which settles ties: the sort is stable.
    pub ordinal: u64,
    /// Who.
    pub player: PlayerId,
    /// What they coloured.
    pub place: RowPlace,
    /// With which colour.
    pub color: RowColor,
    /// In which way.
    pub act: Act,
}

const _: () = assert!(size_of::<Record>() <= 40);

const CANONICAL_BYTES: usize = 29;

const CELL: u8 = 0;
const REGION: u8 = 1;
const CENTRED_CELL: u8 = 2;
const CENTRED_RECTANGLE: u8 = 3;
const CENTRED_DISC: u8 = 4;

/// The low bits of a kind say which place it is, the high ones which act, 0 for the usual one.
const ACT_SHIFT: u32 = 4;
const PLACE_BITS: u8 = (1 << ACT_SHIFT) - 1;

const INDEX: u8 = 0;
const RGB: u8 = 1;
const BACKGROUND: u8 = 2;

const fn act_code(act: Act) -> u8 {
    match act {
        Act::Place => 1,
        Act::Undo => 2,
        Act::Fill => 3,
        Act::RollBack => 4,
        Act::UndoRollBack => 5,
        Act::Nuke => 6,
    }
}

fn act_of(code: u8, place: RowPlace) -> Act {
    match code {
        1 => Act::Place,
        2 => Act::Undo,
        3 => Act::Fill,
        4 => Act::RollBack,
        5 => Act::UndoRollBack,
        6 => Act::Nuke,
        _ => place.usual_act(),
    }
}

/// The kind of a place and its numbers.
fn place_numbers(place: RowPlace) -> (u8, [u16; 4]) {
    match place {
        RowPlace::Cell(cell) => (CELL, [cell.x, cell.y, 0, 0]),
        RowPlace::Region(Region {
            x,
            y,
            width,
            height,
        }) => (REGION, [x, y, width, height]),
        RowPlace::CentredCell(Offset { x, y }) => {
            (CENTRED_CELL, [x.cast_unsigned(), y.cast_unsigned(), 0, 0])
        }
        RowPlace::CentredRectangle(from, to) => {
            let numbers = [from.x, from.y, to.x, to.y].map(i16::cast_unsigned);
            (CENTRED_RECTANGLE, numbers)
        }
        RowPlace::CentredDisc(Offset { x, y }, radius) => {
            let numbers = [x.cast_unsigned(), y.cast_unsigned(), radius, 0];
            (CENTRED_DISC, numbers)
        }
    }
}

/// The reverse of [`place_numbers`].
fn place_of(kind: u8, [a, b, c, d]: [u16; 4]) -> RowPlace {
    let offset = |x: u16, y: u16| Offset {
        x: x.cast_signed(),
        y: y.cast_signed(),
    };
    match kind {
        CELL => RowPlace::Cell(Cell::new(a, b)),
        CENTRED_CELL => RowPlace::CentredCell(offset(a, b)),
        CENTRED_RECTANGLE => RowPlace::CentredRectangle(offset(a, b), offset(c, d)),
        CENTRED_DISC => RowPlace::CentredDisc(offset(a, b), c),
        _ => RowPlace::Region(Region {
            x: a,
            y: b,
            width: c,
            height: d,
        }),
    }
}

impl Record {
    /// What the row says, without its place in the input: time and player (big-endian), what was
    /// coloured and how, the colour. An import's digest is taken over these bytes: they may never
    /// change.
    pub fn canonical_bytes(&self) -> [u8; CANONICAL_BYTES] {
        let mut bytes = [0; CANONICAL_BYTES];
        bytes[..8].copy_from_slice(&self.at.0.to_be_bytes());
        bytes[8..16].copy_from_slice(&self.player.bits().to_be_bytes());
        let (kind, numbers) = place_numbers(self.place);
        let act = match self.act == self.place.usual_act() {
            true => 0,
            false => act_code(self.act),
        };
        bytes[16] = kind | act << ACT_SHIFT;
        for (slot, number) in bytes[17..25].chunks_exact_mut(2).zip(numbers) {
            slot.copy_from_slice(&number.to_be_bytes());
        }
        let (color_kind, color) = match self.color {
            RowColor::Index(index) => (INDEX, [index.0, 0, 0]),
            RowColor::Rgb(rgb) => (RGB, rgb.0),
            RowColor::Background => (BACKGROUND, [0; 3]),
        };
        bytes[25] = color_kind;
        bytes[26..].copy_from_slice(&color);
        bytes
    }

    /// Writes the row with its place in the input.
    pub(super) fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.ordinal.to_be_bytes())?;
        out.write_all(&self.canonical_bytes())
    }

    /// Reads what [`Record::write_to`] wrote; `None` at the end.
    pub(super) fn read_from(run: &mut impl Read) -> io::Result<Option<Self>> {
        let mut ordinal = [0; 8];
        match run.read_exact(&mut ordinal) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let mut bytes = [0; CANONICAL_BYTES];
        run.read_exact(&mut bytes)?;
        let number = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        let long = |at: usize| {
            let mut eight = [0; 8];
            eight.copy_from_slice(&bytes[at..at + 8]);
            u64::from_be_bytes(eight)
        };
        let numbers = [number(17), number(19), number(21), number(23)];
        let place = place_of(bytes[16] & PLACE_BITS, numbers);
        let color = match bytes[25] {
            INDEX => RowColor::Index(PaletteIndex(bytes[26])),
            BACKGROUND => RowColor::Background,
            _ => RowColor::Rgb(Rgb([bytes[26], bytes[27], bytes[28]])),
        };
        Ok(Some(Self {
            at: UnixMs(long(0).cast_signed()),
            ordinal: u64::from_be_bytes(ordinal),
            player: PlayerId::from_bits(long(8)),
            place,
            color,
            act: act_of(bytes[16] >> ACT_SHIFT, place),
        }))
    }
}
