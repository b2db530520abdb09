//! The palettes that have a name. The order of the colours is public: it is what a log stores.

use event_store::{Palette, PaletteIndex, Rgb};

use super::reader::Choice;

/// A palette that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedPalette {
    /// The 32 colours of r/place 2022 as it ended; `place2022`.
    Place2022,
    /// The 16 colours of r/place 2017; `place2017`.
    Place2017,
    /// The 34 colours of the reference palette of Pxls, as of 2024; `pxls`.
    Pxls,
}

impl Choice for NamedPalette {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("place2022", Self::Place2022),
        ("place2017", Self::Place2017),
        ("pxls", Self::Pxls),
    ];
}

impl NamedPalette {
    /// The name, as written in settings.
    pub fn name(self) -> &'static str {
        self.word()
    }

    /// The palette's colours, in index order.
    pub fn palette(self) -> Palette {
        let colors = match self {
            Self::Place2022 => PLACE_2022.as_slice(),
            Self::Place2017 => PLACE_2017.as_slice(),
            Self::Pxls => PXLS.as_slice(),
        };
        let rgb = |color: &u32| {
            let [_, red, green, blue] = color.to_be_bytes();
            Rgb([red, green, blue])
        };
        Palette::new(colors.iter().map(rgb).collect())
            .expect("the named palettes have 1 to 255 different colours")
    }
}

/// The colour that cells have before anybody placed on them: white where the palette has it, else
/// the palette's first.
pub fn background_of(palette: &Palette) -> PaletteIndex {
    const WHITE: Rgb = Rgb([0xff, 0xff, 0xff]);
    palette.index_of(WHITE).unwrap_or(PaletteIndex(0))
}

const PLACE_2022: [u32; 32] = [
    0x6d001a, 0xbe0039, 0xff4500, 0xffa800, 0xffd635, 0xfff8b8, 0x00a368, 0x00cc78, 0x7eed56,
    0x00756f, 0x009eaa, 0x00ccc0, 0x2450a4, 0x3690ea, 0x51e9f4, 0x493ac1, 0x6a5cff, 0x94b3ff,
    0x811e9f, 0xb44ac0, 0xe4abff, 0xde107f, 0xff3881, 0xff99aa, 0x6d482f, 0x9c6926, 0xffb470,
    0x000000, 0x515252, 0x898d90, 0xd4d7d9, 0xffffff,
];

const PLACE_2017: [u32; 16] = [
    0xffffff, 0xe4e4e4, 0x888888, 0x222222, 0xffa7d1, 0xe50000, 0xe59500, 0xa06a42, 0xe5d900,
    0x94e044, 0x02be01, 0x00d3dd, 0x0083c7, 0x0000ea, 0xcf6ee4, 0x820080,
];

const PXLS: [u32; 34] = [
    0xffffff, 0xb9c3cf, 0x777f8c, 0x424651, 0x1f1e26, 0x000000, 0x382215, 0x7c3f20, 0xc06f37,
    0xfead6c, 0xffd2b1, 0xffa4d0, 0xf14fb4, 0xe973ff, 0xa630d2, 0x531d8c, 0x242367, 0x0334bf,
    0x149cff, 0x8df5ff, 0x01bfa5, 0x16777e, 0x054523, 0x18862f, 0x61e021, 0xb1ff37, 0xffffa5,
    0xfde111, 0xff9f17, 0xf66e08, 0x550022, 0x99011a, 0xf30f0c, 0xff7872,
];
