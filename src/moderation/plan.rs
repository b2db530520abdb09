//! What an act leads to, at one version of the canvas: events, and the cells that they change.

use std::collections::BTreeMap;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use event_store::event::{
    Announced, CanvasExpanded, CanvasLocked, CanvasUnlocked, CellContent, CellsRestored,
    CooldownChanged, MAX_ANNOUNCEMENT_BYTES, MAX_RESTORED_CELLS, MAX_TITLE_BYTES, PaletteExtended,
    PlayerBanned, PlayerUnbanned, RegionErased, RegionProtected, RegionUnprotected, RestoredCell,
    RoundClosed, RoundOpened, Size,
};
use event_store::{
    Cell, CooldownRule, Event, Mask, Palette, PaletteIndex, PlayerId, Region, Rgb, RoundId, UnixMs,
    Version,
};
use projections::Canvas;
use projections::canvas::{MAX_PROTECTIONS, Round};

use super::act::RoundSettings;
use super::{Act, ActError, Actor};
use crate::rounds::RoundPlan;

/// The longest time for a charge, in milliseconds, and the most charges.
const MAX_REGAIN_MS: u32 = 86_400_000;
const MAX_CHARGES: u16 = 1_000;

/// A cell that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) cell: Cell,
    pub(super) before: CellContent,
    pub(super) after: CellContent,
}

/// Cells that change, counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) cells: u64,
    pub(super) to_background: u64,
    pub(super) removed: BTreeMap<PlayerId, u64>,
    pub(super) restored: BTreeMap<PlayerId, u64>,
    /// The first and last column and row.
    corners: Option<[u16; 4]>,
}

impl Tally {
    pub(super) fn add(&mut self, change: &Change) {
        let (x, y) = (change.cell.x, change.cell.y);
        let [left, right, top, bottom] = self.corners.unwrap_or([x, x, y, y]);
        self.corners = Some([left.min(x), right.max(x), top.min(y), bottom.max(y)]);
        self.cells += 1;
        if let Some(author) = change.before.author {
            *self.removed.entry(author).or_insert(0) += 1;
        }
        match change.after.author {
            Some(author) => *self.restored.entry(author).or_insert(0) += 1,
            None => self.to_background += 1,
        }
    }

    /// The least region that holds all cells.
    pub(super) fn bounds(&self) -> Option<Region> {
        let [left, right, top, bottom] = self.corners?;
        Some(Region {
            x: left,
            y: top,
            width: right - left + 1,
            height: bottom - top + 1,
        })
    }
}

/// What an act leads to.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// The version that it is made of.
    pub(super) version: Version,
    /// What to append, in order; the roll-back of `changes` comes after.
    pub(super) events: Vec<Event>,
    /// The cells that are given something back after these events.
    pub(super) changes: Vec<Change>,
    /// All the cells that change, counted; for a preview.
    pub(super) tally: Tally,
    /// The round after the act.
    pub(super) round: Option<RoundId>,
    /// The act that makes it as it was before.
    pub(super) reverse: Option<Act>,
}

/// The running round.
pub(super) fn running(canvas: &Canvas) -> Result<&Round, ActError> {
    let round = canvas.round().filter(|round| round.is_open());
    round.ok_or(ActError::NoRound)
}

/// The events of an act that looks at nothing but the canvas as it is; none for an act that is
/// planned elsewhere, or that is no matter of the log.
#[expect(clippy::too_many_lines, reason = "one arm an act, in one list")]
pub(super) fn events_of(
    act: &Act,
    actor: &Actor,
    reason: &str,
    canvas: &Canvas,
    settings: &RoundPlan,
    now: UnixMs,
) -> Result<Plan, ActError> {
    let by = actor.player;
    let reason = reason.to_owned();
    let nothing = |problem| Err(ActError::Nothing { problem });
    let (event, reverse) = match act {
        Act::OpenRound(round) => {
            let number = canvas.round().map_or(0, |round| round.round.0) + 1;
            let opened = opening(round, settings, RoundId(number))?;
            (Event::RoundOpened(opened), None)
        }
        Act::CloseRound {} => {
            let round = running(canvas)?.round;
            (Event::RoundClosed(RoundClosed { round }), None)
        }
        Act::ClearCanvas {} => {
            let round = running(canvas)?;
            let region = whole(round.size);
            let color = round.background;
            let round = round.round;
            let erased = RegionErased {
                round,
                region,
                color,
                by,
                reason,
            };
            (Event::RegionErased(erased), None)
        }
        Act::EraseRegion { region, color } => {
            let round = running(canvas)?;
            let color = color.map_or(round.background, PaletteIndex);
            in_palette(canvas, color)?;
            let erased = RegionErased {
                round: round.round,
                region: on_canvas(*region, round.size)?,
                color,
                by,
                reason,
            };
            (Event::RegionErased(erased), None)
        }
        Act::ExpandCanvas { width, height } => {
            let round = running(canvas)?;
            let size = Size::new(*width, *height)
                .ok_or_else(|| ActError::invalid("a side has 1 to 8192 cells"))?;
            let is_larger = size.width >= round.size.width && size.height >= round.size.height;
            if !is_larger {
                let Size { width, height } = round.size;
                let problem = format!("the canvas has {width}×{height} cells and only grows");
                return Err(ActError::invalid(problem));
            }
            if size == round.size {
                return nothing("the canvas has that size");
            }
            let round = round.round;
            (Event::CanvasExpanded(CanvasExpanded { round, size }), None)
        }
        Act::ExtendPalette { colors } => {
            let round = running(canvas)?;
            let colors = colors_of(colors)?;
            let extended = round.palette.extended(&colors);
            extended.map_err(|error| ActError::invalid(error.to_string()))?;
            if colors.is_empty() {
                return nothing("no colour was named");
            }
            let round = round.round;
            (
                Event::PaletteExtended(PaletteExtended { round, colors }),
                None,
            )
        }
        Act::ChangeCooldown {
            max_charges,
            regain_ms,
        } => {
            let round = running(canvas)?;
            let cooldown = rule(*max_charges, *regain_ms)?;
            if cooldown == round.cooldown {
                return nothing("this rule is in force");
            }
            let reverse = Act::ChangeCooldown {
                max_charges: round.cooldown.max_charges,
                regain_ms: round.cooldown.regain_ms,
            };
            let round = round.round;
            let changed = CooldownChanged { round, cooldown };
            (Event::CooldownChanged(changed), Some(reverse))
        }
        Act::LockCanvas {} => {
            if canvas.lock().is_some() {
                return nothing("the canvas is locked");
            }
            let locked = CanvasLocked { by, reason };
            (Event::CanvasLocked(locked), Some(Act::UnlockCanvas {}))
        }
        Act::UnlockCanvas {} => {
            if canvas.lock().is_none() {
                return nothing("the canvas is not locked");
            }
            let unlocked = CanvasUnlocked { by, reason };
            (Event::CanvasUnlocked(unlocked), Some(Act::LockCanvas {}))
        }
        Act::ProtectRegion { region } => {
            let round = running(canvas)?;
            if canvas.protections().len() >= MAX_PROTECTIONS {
                let problem = format!("a round has at most {MAX_PROTECTIONS} protected regions");
                return Err(ActError::invalid(problem));
            }
            let region = on_canvas(*region, round.size)?;
            let mut protections = canvas.protections().iter();
            if protections.any(|protection| protection.region == region) {
                return nothing("the region is protected");
            }
            let round = round.round;
            let protected = RegionProtected {
                round,
                region,
                by,
                reason,
            };
            (Event::RegionProtected(protected), None)
        }
        Act::UnprotectRegion { protection } => {
            let round = running(canvas)?.round;
            let protection = *protection;
            let mut known = canvas.protections().iter();
            let Some(known) = known.find(|known| known.since.version == protection) else {
                return nothing("no region is protected since that version");
            };
            let region = known.region;
            let ended = RegionUnprotected {
                round,
                protection,
                by,
                reason,
            };
            let reverse = Act::ProtectRegion { region };
            (Event::RegionUnprotected(ended), Some(reverse))
        }
        Act::Ban { player, until, .. } => {
            let banned = PlayerBanned {
                player: *player,
                until: *until,
                by,
                reason,
            };
            let mut bans = canvas.bans();
            let before = bans.find(|(banned, _)| banned == player);
            let reverse = match before {
                None => Act::Unban { player: *player },
                Some((_, ban)) => Act::Ban {
                    player: *player,
                    until: ban.until,
                    roll_back: false,
                },
            };
            (Event::PlayerBanned(banned), Some(reverse))
        }
        Act::Unban { player } => {
            let mut bans = canvas.bans();
            let Some((_, ban)) = bans.find(|(banned, _)| banned == player) else {
                return nothing("the player is not banned");
            };
            let reverse = Act::Ban {
                player: *player,
                until: ban.until,
                roll_back: false,
            };
            let player = *player;
            let unbanned = PlayerUnbanned { player, by, reason };
            (Event::PlayerUnbanned(unbanned), Some(reverse))
        }
        Act::Announce { text, until } => {
            if text.len() > MAX_ANNOUNCEMENT_BYTES {
                let (bytes, most) = (text.len(), MAX_ANNOUNCEMENT_BYTES);
                let problem = format!("the text has {bytes} bytes; use at most {most}");
                return Err(ActError::invalid(problem));
            }
            let before = canvas.announcement(now);
            let reverse = Act::Announce {
                text: before.map(|told| told.text.clone()).unwrap_or_default(),
                until: before.and_then(|told| told.until),
            };
            let announced = Announced {
                text: text.clone(),
                until: *until,
                by,
            };
            (Event::Announced(announced), Some(reverse))
        }
        Act::RollBack(_)
        | Act::Mute { .. }
        | Act::Unmute { .. }
        | Act::Verify { .. }
        | Act::Unverify { .. }
        | Act::SetRole { .. } => return Ok(Plan::default()),
    };
    Ok(Plan {
        version: canvas.version(),
        round: event.round(),
        events: vec![event],
        reverse,
        ..Plan::default()
    })
}

/// The opening of a round as it is asked for.
fn opening(
    asked: &RoundSettings,
    settings: &RoundPlan,
    round: RoundId,
) -> Result<RoundOpened, ActError> {
    let size = Size::new(
        asked.width.unwrap_or(settings.size.width),
        asked.height.unwrap_or(settings.size.height),
    );
    let size = size.ok_or_else(|| ActError::invalid("a side has 1 to 8192 cells"))?;
    let palette = match &asked.palette {
        None => settings.palette.clone(),
        Some(colors) => Palette::new(colors_of(colors)?)
            .map_err(|error| ActError::invalid(error.to_string()))?,
    };
    let background = asked.background.map_or(settings.background, PaletteIndex);
    if !palette.contains(background) {
        let problem = format!("background {} is not in the palette", background.0);
        return Err(ActError::invalid(problem));
    }
    let title = asked.title.as_ref().unwrap_or(&settings.title);
    if title.len() > MAX_TITLE_BYTES {
        let problem = format!("the title has more than {MAX_TITLE_BYTES} bytes");
        return Err(ActError::invalid(problem));
    }
    let cooldown = settings.cooldown;
    Ok(RoundOpened {
        round,
        size,
        palette,
        background,
        cooldown: rule(
            asked.max_charges.unwrap_or(cooldown.max_charges),
            asked.regain_ms.unwrap_or(cooldown.regain_ms),
        )?,
        mask: match &asked.mask {
            None => settings
                .mask
                .clone()
                .filter(|mask| mask.open_cells(size).is_ok()),
            Some(mask) => Some(mask_of(mask, size)?),
        },
        title: title.clone(),
    })
}

fn mask_of(base64: &str, size: Size) -> Result<Mask, ActError> {
    let wrong = || ActError::invalid("the mask is not base64 of a zstd frame of one bit a cell");
    let mask = STANDARD.decode(base64).map(Mask::from_compressed);
    let mask = mask.map_err(|_| wrong())?;
    mask.open_cells(size).map_err(|_| wrong())?;
    Ok(mask)
}

fn rule(max_charges: u16, regain_ms: u32) -> Result<CooldownRule, ActError> {
    if !(1..=MAX_CHARGES).contains(&max_charges) || regain_ms > MAX_REGAIN_MS {
        let problem = "a cooldown has 1 to 1000 charges and 0 to 86400000 ms a charge";
        return Err(ActError::invalid(problem));
    }
    Ok(CooldownRule {
        max_charges,
        regain_ms,
    })
}

fn colors_of(colors: &[String]) -> Result<Vec<Rgb>, ActError> {
    let colors = colors.iter().map(|color| color.parse());
    let colors: Result<_, event_store::event::InvalidPalette> = colors.collect();
    colors.map_err(|error| ActError::invalid(error.to_string()))
}

fn in_palette(canvas: &Canvas, color: PaletteIndex) -> Result<(), ActError> {
    let palette = canvas.palette();
    if palette.is_some_and(|palette| palette.contains(color)) {
        return Ok(());
    }
    let problem = format!("color {} is not in the palette", color.0);
    Err(ActError::invalid(problem))
}

/// The whole canvas.
pub(super) fn whole(size: Size) -> Region {
    Region {
        x: 0,
        y: 0,
        width: size.width,
        height: size.height,
    }
}

/// The region, when it lies on the canvas and has a cell.
pub(super) fn on_canvas(region: Region, size: Size) -> Result<Region, ActError> {
    let is_empty = region.width == 0 || region.height == 0;
    if is_empty || region.clipped_to(size) != region {
        let Size { width, height } = size;
        let problem = format!("the region does not lie on the canvas of {width}×{height} cells");
        return Err(ActError::invalid(problem));
    }
    Ok(region)
}

/// Changes as events, each with as many as one may have.
pub(super) fn restoring(
    changes: &[Change],
    round: RoundId,
    actor: &Actor,
    reason: &str,
) -> impl Iterator<Item = Event> {
    let (by, reason) = (actor.player, reason.to_owned());
    changes.chunks(MAX_RESTORED_CELLS).map(move |changes| {
        let cells = changes.iter().map(|change| RestoredCell {
            cell: change.cell,
            content: change.after,
        });
        Event::CellsRestored(CellsRestored {
            round,
            cells: cells.collect(),
            by,
            reason: reason.clone(),
        })
    })
}

/// Rows that are looked at while the canvas is held, about a million cells.
pub(super) fn bands(size: Size) -> impl Iterator<Item = Range<u16>> {
    let rows = ((1 << 20) / u32::from(size.width)).clamp(1, 8_192) as u16;
    (0..size.height)
        .step_by(rows.into())
        .map(move |first| first..size.height.min(first.saturating_add(rows)))
}
