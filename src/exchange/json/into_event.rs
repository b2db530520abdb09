//! The JSON form back to the event.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use event_store::event::{
    Announced, CanvasExpanded, CanvasLocked, CanvasUnlocked, CellContent, CellsRestored,
    CooldownChanged, InvalidName, InvalidPalette, MAX_ANNOUNCEMENT_BYTES, MAX_REASON_BYTES,
    MAX_RESTORED_CELLS, MAX_TITLE_BYTES, PaletteExtended, PlacementMade, PlacementUndone,
    PlayerBanned, PlayerUnbanned, RegionErased, RegionProtected, RegionUnprotected, RestoredCell,
    RoundClosed, RoundOpened, Size,
};
use event_store::{
    Cell, CooldownRule, Event, Mask, Palette, PaletteIndex, PlayerId, Region, Rgb, RoundId, UnixMs,
    Version,
};

use super::{CooldownJson, EventBodyJson, EventJson, RegionJson, RestoredCellJson};
use crate::exchange::moment;

/// A JSON event that is none of a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEvent {
    /// A time is not RFC 3339.
    #[error("{given} is not a time")]
    Time {
        /// The time as given, cut to 64 characters.
        given: String,
    },
    /// A player is not one.
    #[error(transparent)]
    Player(#[from] InvalidName),
    /// The colours are not a palette's.
    #[error(transparent)]
    Palette(#[from] InvalidPalette),
    /// A size that no canvas has.
    #[error("{width}x{height} is not a size, lawful are 1x1 to 8192x8192")]
    Size {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// The mask is not base64.
    #[error("mask is not base64")]
    Mask,
    /// The mask does not fit the round's size.
    #[error("mask does not fit the size")]
    MaskSize,
    /// A text is longer than lawful.
    #[error("{what} has {found} bytes, lawful are {most}")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// How long it is.
        found: usize,
        /// How long it may be.
        most: usize,
    },
    /// More cells than one event may restore.
    #[error("{found} cells are restored, lawful are {MAX_RESTORED_CELLS}")]
    TooManyCells {
        /// How many.
        found: usize,
    },
}

impl EventJson {
    /// The event with its version and its time.
    ///
    /// # Errors
    /// [`InvalidEvent`] for what no log holds.
    pub fn into_event(self) -> Result<(Version, UnixMs, Event), InvalidEvent> {
        Ok((
            Version(self.version),
            time(&self.at)?,
            self.event.into_event()?,
        ))
    }
}

impl EventBodyJson {
    fn into_event(self) -> Result<Event, InvalidEvent> {
        match self {
            Self::PlacementMade {
                player,
                x,
                y,
                color,
                round,
            } => Ok(Event::PlacementMade(PlacementMade {
                round: RoundId(round),
                player: player.parse()?,
                cell: Cell::new(x, y),
                color: PaletteIndex(color),
            })),
            undone @ Self::PlacementUndone { .. } => undone.into_undo(),
            opened @ Self::RoundOpened { .. } => opened.into_opening(),
            Self::RoundClosed { round } => Ok(Event::RoundClosed(RoundClosed {
                round: RoundId(round),
            })),
            Self::CanvasExpanded {
                round,
                width,
                height,
            } => Ok(Event::CanvasExpanded(CanvasExpanded {
                round: RoundId(round),
                size: size(width, height)?,
            })),
            Self::PaletteExtended { round, colors } => {
                Ok(Event::PaletteExtended(PaletteExtended {
                    round: RoundId(round),
                    colors: colors_of(&colors)?,
                }))
            }
            Self::CooldownChanged { round, cooldown } => {
                Ok(Event::CooldownChanged(CooldownChanged {
                    round: RoundId(round),
                    cooldown: cooldown.into(),
                }))
            }
            act @ (Self::RegionErased { .. }
            | Self::CellsRestored { .. }
            | Self::PlayerBanned { .. }
            | Self::PlayerUnbanned { .. }
            | Self::CanvasLocked { .. }
            | Self::CanvasUnlocked { .. }) => act.into_moderation(),
            notice @ (Self::RegionProtected { .. }
            | Self::RegionUnprotected { .. }
            | Self::Announced { .. }) => notice.into_notice(),
        }
    }

    fn into_undo(self) -> Result<Event, InvalidEvent> {
        let Self::PlacementUndone {
            player,
            x,
            y,
            color,
            author,
            author_version,
            placement,
            round,
        } = self
        else {
            return self.into_event();
        };
        Ok(Event::PlacementUndone(PlacementUndone {
            round: RoundId(round),
            player: player.parse()?,
            placement: Version(placement),
            cell: Cell::new(x, y),
            restored: CellContent {
                color: PaletteIndex(color),
                author: player_of(author)?,
                version: Version(author_version),
            },
        }))
    }

    fn into_opening(self) -> Result<Event, InvalidEvent> {
        let Self::RoundOpened {
            round,
            width,
            height,
            palette,
            background,
            cooldown,
            mask,
            title,
        } = self
        else {
            return self.into_event();
        };
        let size = size(width, height)?;
        Ok(Event::RoundOpened(RoundOpened {
            round: RoundId(round),
            size,
            palette: Palette::new(colors_of(&palette)?)?,
            background: PaletteIndex(background),
            cooldown: cooldown.into(),
            mask: mask.map(|mask| mask_of(&mask, size)).transpose()?,
            title: text("title", title, MAX_TITLE_BYTES)?,
        }))
    }

    fn into_moderation(self) -> Result<Event, InvalidEvent> {
        let why = |reason| text("reason", reason, MAX_REASON_BYTES);
        Ok(match self {
            Self::RegionErased {
                round,
                region,
                color,
                by,
                reason,
            } => Event::RegionErased(RegionErased {
                round: RoundId(round),
                region: region.into(),
                color: PaletteIndex(color),
                by: player_of(by)?,
                reason: why(reason)?,
            }),
            Self::CellsRestored {
                round,
                cells,
                by,
                reason,
            } => Event::CellsRestored(CellsRestored {
                round: RoundId(round),
                cells: restored_cells(cells)?,
                by: player_of(by)?,
                reason: why(reason)?,
            }),
            Self::PlayerBanned {
                player,
                until,
                by,
                reason,
            } => Event::PlayerBanned(PlayerBanned {
                player: player.parse()?,
                until: until.as_deref().map(time).transpose()?,
                by: player_of(by)?,
                reason: why(reason)?,
            }),
            Self::PlayerUnbanned { player, by, reason } => Event::PlayerUnbanned(PlayerUnbanned {
                player: player.parse()?,
                by: player_of(by)?,
                reason: why(reason)?,
            }),
            Self::CanvasLocked { by, reason } => Event::CanvasLocked(CanvasLocked {
                by: player_of(by)?,
                reason: why(reason)?,
            }),
            Self::CanvasUnlocked { by, reason } => Event::CanvasUnlocked(CanvasUnlocked {
                by: player_of(by)?,
                reason: why(reason)?,
            }),
            other @ (Self::PlacementMade { .. }
            | Self::PlacementUndone { .. }
            | Self::RoundOpened { .. }
            | Self::RoundClosed { .. }
            | Self::CanvasExpanded { .. }
            | Self::PaletteExtended { .. }
            | Self::CooldownChanged { .. }
            | Self::RegionProtected { .. }
            | Self::RegionUnprotected { .. }
            | Self::Announced { .. }) => return other.into_event(),
        })
    }

    fn into_notice(self) -> Result<Event, InvalidEvent> {
        let why = |reason| text("reason", reason, MAX_REASON_BYTES);
        if let Self::Announced {
            text: told,
            until,
            by,
        } = self
        {
            return Ok(Event::Announced(Announced {
                text: text("text", told, MAX_ANNOUNCEMENT_BYTES)?,
                until: until.as_deref().map(time).transpose()?,
                by: player_of(by)?,
            }));
        }
        if let Self::RegionUnprotected {
            round,
            protection,
            by,
            reason,
        } = self
        {
            return Ok(Event::RegionUnprotected(RegionUnprotected {
                round: RoundId(round),
                protection: Version(protection),
                by: player_of(by)?,
                reason: why(reason)?,
            }));
        }
        let Self::RegionProtected {
            round,
            region,
            by,
            reason,
        } = self
        else {
            return self.into_event();
        };
        Ok(Event::RegionProtected(RegionProtected {
            round: RoundId(round),
            region: region.into(),
            by: player_of(by)?,
            reason: why(reason)?,
        }))
    }
}

fn time(given: &str) -> Result<UnixMs, InvalidEvent> {
    moment::parse_rfc3339(given).ok_or_else(|| InvalidEvent::Time {
        given: given.chars().take(64).collect(),
    })
}

fn player_of(player: Option<String>) -> Result<Option<PlayerId>, InvalidEvent> {
    let player = player.map(|player| player.parse());
    Ok(player.transpose()?)
}

fn colors_of(colors: &[String]) -> Result<Vec<Rgb>, InvalidEvent> {
    let colors = colors.iter().map(|color| color.parse());
    Ok(colors.collect::<Result<_, InvalidPalette>>()?)
}

fn size(width: u16, height: u16) -> Result<Size, InvalidEvent> {
    Size::new(width, height).ok_or(InvalidEvent::Size { width, height })
}

fn mask_of(base64: &str, size: Size) -> Result<Mask, InvalidEvent> {
    let compressed = STANDARD.decode(base64).map_err(|_| InvalidEvent::Mask)?;
    let mask = Mask::from_compressed(compressed);
    mask.open_cells(size).map_err(|_| InvalidEvent::MaskSize)?;
    Ok(mask)
}

fn text(what: &'static str, text: String, most: usize) -> Result<String, InvalidEvent> {
    match text.len() {
        found if found > most => Err(InvalidEvent::TooLong { what, found, most }),
        _ => Ok(text),
    }
}

fn restored_cells(cells: Vec<RestoredCellJson>) -> Result<Vec<RestoredCell>, InvalidEvent> {
    if cells.len() > MAX_RESTORED_CELLS {
        return Err(InvalidEvent::TooManyCells { found: cells.len() });
    }
    let restored = |cell: RestoredCellJson| {
        Ok(RestoredCell {
            cell: Cell::new(cell.x, cell.y),
            content: CellContent {
                color: PaletteIndex(cell.color),
                author: player_of(cell.author)?,
                version: Version(cell.author_version),
            },
        })
    };
    cells.into_iter().map(restored).collect()
}

impl From<CooldownJson> for CooldownRule {
    fn from(rule: CooldownJson) -> Self {
        Self {
            max_charges: rule.max_charges,
            regain_ms: rule.regain_ms,
        }
    }
}

impl From<RegionJson> for Region {
    fn from(region: RegionJson) -> Self {
        Self {
            x: region.x,
            y: region.y,
            width: region.width,
            height: region.height,
        }
    }
}
