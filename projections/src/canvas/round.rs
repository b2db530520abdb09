//! The rounds of a canvas, as far as they were folded.

use event_store::event::{RoundOpened, Size};
use event_store::{CooldownRule, Palette, PaletteIndex, Rgb, RoundId, UnixMs, Version};
use serde::{Deserialize, Serialize};

/// A place in the log with its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The version.
    pub version: Version,
    /// The event's own time.
    pub at: UnixMs,
}

/// From a version on, the palette has this many colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaletteStep {
    /// From when on.
    pub from: Version,
    /// How many colours, 1 to 255.
    pub colors: u8,
}

/// A round: what is known of it at the folded version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Its number.
    pub round: RoundId,
    /// Its name; may be empty.
    pub title: String,
    /// The event that opened it.
    pub opened: Moment,
    /// The event that ended it: its `RoundClosed`, or the opening of the next round. None while it
    /// runs.
    pub closed: Option<Moment>,
    /// Its newest size.
    pub size: Size,
    /// Its newest palette.
    pub palette: Palette,
    /// When the palette got how long, oldest first; the first step is the opening.
    pub palette_steps: Vec<PaletteStep>,
    /// The colour of the open cells at the start.
    pub background: PaletteIndex,
    /// The newest cooldown rule.
    pub cooldown: CooldownRule,
}

impl Round {
    pub(crate) fn opened(opened: &RoundOpened, moment: Moment) -> Self {
        let mut round = Self {
            round: opened.round,
            title: opened.title.clone(),
            opened: moment,
            closed: None,
            size: opened.size,
            palette: opened.palette.clone(),
            palette_steps: Vec::with_capacity(1),
            background: opened.background,
            cooldown: opened.cooldown,
        };
        round.extend_palette(opened.palette.clone(), moment.version);
        round
    }

    pub(crate) fn extend_palette(&mut self, palette: Palette, from: Version) {
        let colors = u8::try_from(palette.colors().len()).unwrap_or(u8::MAX);
        self.palette = palette;
        self.palette_steps.push(PaletteStep { from, colors });
    }

    pub(crate) fn close(&mut self, moment: Moment) {
        self.closed.get_or_insert(moment);
    }

    /// Whether the round runs.
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// Whether the round ran right after `version`.
    pub fn was_open_at(&self, version: Version) -> bool {
        let ended = self.closed.is_some_and(|closed| closed.version <= version);
        self.opened.version <= version && !ended
    }

    /// The palette right after `version`; the first one for a version before the round.
    pub fn palette_at(&self, version: Version) -> Palette {
        let in_force = self
            .palette_steps
            .iter()
            .rev()
            .find(|step| step.from <= version);
        let colors = in_force
            .or(self.palette_steps.first())
            .map_or(usize::MAX, |step| step.colors.into());
        let known: Vec<Rgb> = self.palette.colors().iter().take(colors).copied().collect();
        Palette::new(known).unwrap_or_else(|_| self.palette.clone())
    }
}
