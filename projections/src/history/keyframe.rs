//! The whole canvas at the end of a segment: what the next one is folded onto.

use event_store::{Palette, PaletteIndex, Rgb, UnixMs, Version};

use crate::grid::Field;
use crate::snapshot::{Snapshot, SnapshotError};

/// Set in the flags when the round runs.
const RUNS: u8 = 1;

/// A canvas at one version, with everything that folding further events needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyframe {
    /// The version.
    pub version: Version,
    /// The time of the version's event.
    pub at: UnixMs,
    /// The canvas.
    pub field: Field,
}

/// Bytes that are no keyframe.
#[derive(Debug, thiserror::Error)]
pub enum KeyframeError {
    /// Not a snapshot.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A snapshot without what a keyframe has beside the cells, or with something unlawful in it.
    #[error("snapshot is no keyframe: its palette, background or flags are missing or unlawful")]
    Field,
}

impl Keyframe {
    /// The bytes before compression: a snapshot with flags, background and palette in its header.
    pub fn encode(&self) -> Vec<u8> {
        let colors = self.field.palette.colors();
        let flags = if self.field.is_open { RUNS } else { 0 };
        let mut extra = vec![flags, self.field.background.0, colors.len() as u8, 0];
        extra.extend(colors.iter().flat_map(|color| color.0));
        let moment = (self.version, self.field.round, self.at);
        Snapshot::encode_parts(moment, &extra, &self.field.grid)
    }

    /// The keyframe of some bytes before compression.
    ///
    /// # Errors
    /// [`KeyframeError`]; no input makes it panic.
    pub fn decode(bytes: &[u8]) -> Result<Self, KeyframeError> {
        let (snapshot, extra) = Snapshot::decode_with(bytes)?;
        let (flags, background, palette) = read_extra(extra).ok_or(KeyframeError::Field)?;
        if !palette.contains(background) {
            return Err(KeyframeError::Field);
        }
        Ok(Self {
            version: snapshot.version,
            at: snapshot.at,
            field: Field {
                round: snapshot.round,
                palette,
                background,
                is_open: flags == RUNS,
                grid: snapshot.grid,
            },
        })
    }
}

fn read_extra(extra: &[u8]) -> Option<(u8, PaletteIndex, Palette)> {
    let ([flags, background, count, 0], rest) = extra.split_first_chunk::<4>()? else {
        return None;
    };
    let (colors, odd) = rest.as_chunks::<3>();
    let is_sound = *flags <= RUNS && colors.len() == usize::from(*count) && odd.is_empty();
    let palette = Palette::new(colors.iter().copied().map(Rgb).collect()).ok()?;
    is_sound.then_some((*flags, PaletteIndex(*background), palette))
}
