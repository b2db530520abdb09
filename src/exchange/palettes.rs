//! The palettes of the canvases whose logs are read, in index order.

use event_store::{Palette, Rgb};

/// r/place 2017: sixteen colours; a colour of the 2017 dump is an index into it.
/// Source: `pietroalbini/reddit-place-2017`, `generate.py`.
const PLACE_2017: [u32; 16] = [
    0xFFFFFF, 0xE4E4E4, 0x888888, 0x222222, 0xFFA7D1, 0xE50000, 0xE59500, 0xA06A42, 0xE5D900,
    0x94E044, 0x02BE01, 0x00D3DD, 0x0083C7, 0x0000EA, 0xCF6EE4, 0x820080,
];

/// r/place 2022 as its last day had it: thirty-two colours; the dump names colours, not indexes,
/// and this is the order of Reddit's own client. Source: `rslashplace2`, `index.html`, `PALETTE`.
const PLACE_2022: [u32; 32] = [
    0x6D001A, 0xBE0039, 0xFF4500, 0xFFA800, 0xFFD635, 0xFFF8B8, 0x00A368, 0x00CC78, 0x7EED56,
    0x00756F, 0x009EAA, 0x00CCC0, 0x2450A4, 0x3690EA, 0x51E9F4, 0x493AC1, 0x6A5CFF, 0x94B3FF,
    0x811E9F, 0xB44AC0, 0xE4ABFF, 0xDE107F, 0xFF3881, 0xFF99AA, 0x6D482F, 0x9C6926, 0xFFB470,
    0x000000, 0x515252, 0x898D90, 0xD4D7D9, 0xFFFFFF,
];

/// The sixteen colours of r/place 2017; index 0 is white.
pub fn place_2017() -> Palette {
    palette(&PLACE_2017)
}

/// The thirty-two colours of r/place 2022; index 31 is white.
pub fn place_2022() -> Palette {
    palette(&PLACE_2022)
}

fn palette(colors: &[u32]) -> Palette {
    let rgb = |color: &u32| {
        let [_, red, green, blue] = color.to_be_bytes();
        Rgb([red, green, blue])
    };
    Palette::new(colors.iter().map(rgb).collect()).expect("published palettes are lawful")
}

#[cfg(test)]
mod tests {
    use event_store::PaletteIndex;

    use super::*;

    #[test]
    fn white_is_where_the_documentation_says() {
        let white = Rgb([255; 3]);
        assert_eq!(place_2017().index_of(white), Some(PaletteIndex(0)));
        assert_eq!(place_2022().index_of(white), Some(PaletteIndex(31)));
    }
}
