//! Events to their JSON form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use event_store::event::{
    Announced, CanvasExpanded, CanvasLocked, CanvasUnlocked, CellsRestored, CooldownChanged,
    PaletteExtended, PlacementMade, PlacementUndone, PlayerBanned, PlayerUnbanned, RegionErased,
    RegionProtected, RegionUnprotected, RestoredCell, RoundClosed, RoundOpened,
};
use event_store::{CooldownRule, Event, Mask, PlayerId, Recorded, Region, Rgb};

use super::{CooldownJson, EventBodyJson, EventJson, RegionJson, RestoredCellJson};
use crate::exchange::moment;

impl From<&Recorded> for EventJson {
    fn from(recorded: &Recorded) -> Self {
        Self {
            version: recorded.version.0,
            at: moment::rfc3339(recorded.at),
            event: (&recorded.event).into(),
        }
    }
}

impl From<&Event> for EventBodyJson {
    fn from(event: &Event) -> Self {
        match event {
            Event::PlacementMade(event) => event.into(),
            Event::PlacementUndone(event) => event.into(),
            Event::RoundOpened(event) => event.into(),
            Event::RoundClosed(event) => event.into(),
            Event::CanvasExpanded(event) => event.into(),
            Event::PaletteExtended(event) => event.into(),
            Event::CooldownChanged(event) => event.into(),
            Event::RegionErased(event) => event.into(),
            Event::CellsRestored(event) => event.into(),
            Event::PlayerBanned(event) => event.into(),
            Event::PlayerUnbanned(event) => event.into(),
            Event::CanvasLocked(event) => event.into(),
            Event::CanvasUnlocked(event) => event.into(),
            Event::RegionProtected(event) => event.into(),
            Event::RegionUnprotected(event) => event.into(),
            Event::Announced(event) => event.into(),
        }
    }
}

impl From<&PlacementMade> for EventBodyJson {
    fn from(event: &PlacementMade) -> Self {
        Self::PlacementMade {
            player: event.player.to_string(),
            x: event.cell.x,
            y: event.cell.y,
            color: event.color.0,
            round: event.round.0,
        }
    }
}

impl From<&PlacementUndone> for EventBodyJson {
    fn from(event: &PlacementUndone) -> Self {
        Self::PlacementUndone {
            player: event.player.to_string(),
            x: event.cell.x,
            y: event.cell.y,
            color: event.restored.color.0,
            author: shown(event.restored.author),
            author_version: event.restored.version.0,
            placement: event.placement.0,
            round: event.round.0,
        }
    }
}

impl From<&RoundOpened> for EventBodyJson {
    fn from(event: &RoundOpened) -> Self {
        Self::RoundOpened {
            round: event.round.0,
            width: event.size.width,
            height: event.size.height,
            palette: spelled(event.palette.colors()),
            background: event.background.0,
            cooldown: event.cooldown.into(),
            mask: event
                .mask
                .as_ref()
                .map(Mask::compressed)
                .map(|mask| STANDARD.encode(mask)),
            title: event.title.clone(),
        }
    }
}

impl From<&RoundClosed> for EventBodyJson {
    fn from(event: &RoundClosed) -> Self {
        Self::RoundClosed {
            round: event.round.0,
        }
    }
}

impl From<&CanvasExpanded> for EventBodyJson {
    fn from(event: &CanvasExpanded) -> Self {
        Self::CanvasExpanded {
            round: event.round.0,
            width: event.size.width,
            height: event.size.height,
        }
    }
}

impl From<&PaletteExtended> for EventBodyJson {
    fn from(event: &PaletteExtended) -> Self {
        Self::PaletteExtended {
            round: event.round.0,
            colors: spelled(&event.colors),
        }
    }
}

impl From<&CooldownChanged> for EventBodyJson {
    fn from(event: &CooldownChanged) -> Self {
        Self::CooldownChanged {
            round: event.round.0,
            cooldown: event.cooldown.into(),
        }
    }
}

impl From<&RegionErased> for EventBodyJson {
    fn from(event: &RegionErased) -> Self {
        Self::RegionErased {
            round: event.round.0,
            region: event.region.into(),
            color: event.color.0,
            by: shown(event.by),
            reason: event.reason.clone(),
        }
    }
}

impl From<&CellsRestored> for EventBodyJson {
    fn from(event: &CellsRestored) -> Self {
        Self::CellsRestored {
            round: event.round.0,
            cells: event.cells.iter().map(Into::into).collect(),
            by: shown(event.by),
            reason: event.reason.clone(),
        }
    }
}

impl From<&PlayerBanned> for EventBodyJson {
    fn from(event: &PlayerBanned) -> Self {
        Self::PlayerBanned {
            player: event.player.to_string(),
            until: event.until.map(moment::rfc3339),
            by: shown(event.by),
            reason: event.reason.clone(),
        }
    }
}

impl From<&PlayerUnbanned> for EventBodyJson {
    fn from(event: &PlayerUnbanned) -> Self {
        Self::PlayerUnbanned {
            player: event.player.to_string(),
            by: shown(event.by),
            reason: event.reason.clone(),
        }
    }
}

impl From<&CanvasLocked> for EventBodyJson {
    fn from(event: &CanvasLocked) -> Self {
        Self::CanvasLocked {
            by: shown(event.by),
            reason: event.reason.clone(),
        }
    }
}

impl From<&CanvasUnlocked> for EventBodyJson {
    fn from(event: &CanvasUnlocked) -> Self {
        Self::CanvasUnlocked {
            by: shown(event.by),
            reason: event.reason.clone(),
        }
    }
}

impl From<&RegionProtected> for EventBodyJson {
    fn from(event: &RegionProtected) -> Self {
        Self::RegionProtected {
            round: event.round.0,
            region: event.region.into(),
            by: shown(event.by),
            reason: event.reason.clone(),
        }
    }
}

impl From<&RegionUnprotected> for EventBodyJson {
    fn from(event: &RegionUnprotected) -> Self {
        Self::RegionUnprotected {
            round: event.round.0,
            protection: event.protection.0,
            by: shown(event.by),
            reason: event.reason.clone(),
        }
    }
}

impl From<&Announced> for EventBodyJson {
    fn from(event: &Announced) -> Self {
        Self::Announced {
            text: event.text.clone(),
            until: event.until.map(moment::rfc3339),
            by: shown(event.by),
        }
    }
}

impl From<CooldownRule> for CooldownJson {
    fn from(rule: CooldownRule) -> Self {
        Self {
            max_charges: rule.max_charges,
            regain_ms: rule.regain_ms,
        }
    }
}

impl From<Region> for RegionJson {
    fn from(region: Region) -> Self {
        Self {
            x: region.x,
            y: region.y,
            width: region.width,
            height: region.height,
        }
    }
}

impl From<&RestoredCell> for RestoredCellJson {
    fn from(restored: &RestoredCell) -> Self {
        Self {
            x: restored.cell.x,
            y: restored.cell.y,
            color: restored.content.color.0,
            author: shown(restored.content.author),
            author_version: restored.content.version.0,
        }
    }
}

fn shown(player: Option<PlayerId>) -> Option<String> {
    player.map(|player| player.to_string())
}

fn spelled(colors: &[Rgb]) -> Vec<String> {
    colors.iter().map(Rgb::to_string).collect()
}

#[cfg(test)]
mod tests {
    use event_store::event::EventKind;
    use event_store::{Cell, EventId, PaletteIndex, RoundId, UnixMs, Version};

    use super::*;

    fn json(event: Event) -> String {
        let recorded = Recorded {
            version: Version(7),
            at: UnixMs(1_649_007_502_250),
            id: EventId([0; 16]),
            event,
        };
        serde_json::to_string(&EventJson::from(&recorded)).unwrap()
    }

    #[test]
    fn a_placement_has_the_documented_form() {
        let made = json(Event::PlacementMade(PlacementMade {
            round: RoundId(1),
            player: PlayerId::from_bits(0xab),
            cell: Cell::new(3, 4),
            color: PaletteIndex(5),
        }));
        assert_eq!(
            made,
            r#"{"version":7,"at":"2022-04-03T17:38:22.250Z","type":"PlacementMade","#.to_owned()
                + r#""player":"00000000000000ab","x":3,"y":4,"color":5,"round":1}"#
        );
    }

    #[test]
    fn the_type_is_the_kinds_name() {
        let locked = json(Event::CanvasLocked(CanvasLocked {
            by: None,
            reason: "maintenance".to_owned(),
        }));
        assert!(locked.contains(EventKind::CanvasLocked.name()));
        assert!(locked.ends_with(r#""by":null,"reason":"maintenance"}"#));
    }
}
