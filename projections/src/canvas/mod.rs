//! The fold of a log into the live canvas.

mod applied;
pub mod cooldown;
mod players;
mod read;
mod restore;
mod round;
mod selection;
mod undo;

use std::collections::BTreeMap;

use event_store::event::{
    CellContent, CellsRestored, CooldownChanged, PlacementMade, PlacementUndone, RegionProtected,
    RoundOpened,
};
use event_store::{Event, PlayerId, Region, RoundId, Subject, UnixMs, Version};
use serde::{Deserialize, Serialize};

pub use applied::Applied;
pub use cooldown::{Allowance, ChargeBucket};
pub use players::Player;
pub(crate) use restore::{CanvasParts, Inconsistent};
pub use round::{Moment, PaletteStep, Round};
pub use selection::{HeldCell, Selection};
pub use undo::{MAX_UNDOABLE, UndoRefusal, UndoWindow};

use crate::grid::{Field, FieldChange, reshaped};
use players::{NOBODY, Players, Slot};

/// A version that does not follow the last one: the caller skipped or repeated an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot apply version {found}, expected {expected}")]
pub struct OutOfOrder {
    /// The only version that can come next.
    pub expected: Version,
    /// The one that came.
    pub found: Version,
}

/// A ban as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ban {
    /// Its end, this moment not included; none for one that lasts until it is lifted.
    pub until: Option<UnixMs>,
    /// Why; shown to the player.
    pub reason: String,
}

/// The lock as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// When the canvas was locked.
    pub since: Moment,
    /// Why; shown to the players.
    pub reason: String,
}

/// A region of the newest round where players may not place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    /// When it began; the version is what a `RegionUnprotected` names it by.
    pub since: Moment,
    /// Where.
    pub region: Region,
    /// Why; shown to the players.
    pub reason: String,
}

/// What everybody is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// When it was said.
    pub since: Moment,
    /// Until when it is shown; none for until the next one.
    pub until: Option<UnixMs>,
    /// What.
    pub text: String,
}

/// The most protected regions of a round: each placement looks at all of them.
pub const MAX_PROTECTIONS: usize = 256;

/// Who set a cell: the author's slot, and how many versions after the round's opening; both 0 for
/// the background. As an array it is allocated from zeroed pages, so a big empty canvas costs
/// nothing.
///
/// A round of more than 2^32 events gives the later ones the last offset: their cells look older
/// than they are, so that an undo of theirs is refused.
type Origin = [u32; 2];

const BACKGROUND: Origin = [NOBODY, 0];

/// The canvas at one version: a pure fold of the events up to it.
///
/// About 9 bytes a cell and 48 bytes a player.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Canvas {
    version: Version,
    at: UnixMs,
    rounds: Vec<Round>,
    field: Option<Field>,
    origins: Vec<Origin>,
    players: Players,
    last_admin: Version,
    bans: BTreeMap<PlayerId, Ban>,
    lock: Option<Lock>,
    protections: Vec<Protection>,
    announcement: Option<Announcement>,
}

impl Canvas {
    /// The canvas of an empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// Folds the next event in and says what it changed.
    ///
    /// Deterministic, without a clock, and total: whatever a log holds, an event that makes no
    /// sense where it stands changes nothing but the version and its subject's last version.
    ///
    /// # Errors
    /// [`OutOfOrder`] when `version` is not the last one plus 1; the canvas is then unchanged.
    pub fn apply(
        &mut self,
        version: Version,
        at: UnixMs,
        event: &Event,
    ) -> Result<Applied, OutOfOrder> {
        let expected = Version(self.version.0.saturating_add(1));
        if version != expected {
            return Err(OutOfOrder {
                expected,
                found: version,
            });
        }
        self.version = version;
        self.at = at;
        let actor = match event.subject() {
            Subject::Player(player) => self.players.slot_of(player),
            Subject::Admin => {
                self.last_admin = version;
                NOBODY
            }
        };
        if let Some(player) = self.players.at_mut(actor) {
            player.last = version;
        }
        Ok(self.fold(actor, event).unwrap_or(Applied::Ignored))
    }

    /// What the event changes; `None` for nothing.
    fn fold(&mut self, actor: Slot, event: &Event) -> Option<Applied> {
        match event {
            Event::PlacementMade(made) => self.place(actor, made, event),
            Event::PlacementUndone(undone) => self.undo(actor, undone, event),
            Event::RoundOpened(opened) => self.open_round(opened),
            Event::CellsRestored(restored) => self.restore(restored, event),
            Event::CooldownChanged(changed) => self.change_cooldown(*changed),
            Event::RoundClosed(_)
            | Event::CanvasExpanded(_)
            | Event::PaletteExtended(_)
            | Event::RegionErased(_) => self.change_field(event),
            Event::PlayerBanned(banned) => {
                let ban = Ban {
                    until: banned.until,
                    reason: banned.reason.clone(),
                };
                self.bans.insert(banned.player, ban);
                Some(Applied::BanChanged)
            }
            Event::PlayerUnbanned(unbanned) => self
                .bans
                .remove(&unbanned.player)
                .map(|_| Applied::BanChanged),
            Event::CanvasLocked(locked) => {
                self.lock = Some(Lock {
                    since: self.moment(),
                    reason: locked.reason.clone(),
                });
                Some(Applied::LockChanged)
            }
            Event::CanvasUnlocked(_) => self.lock.take().map(|_| Applied::LockChanged),
            Event::RegionProtected(protected) => self.protect(protected),
            Event::RegionUnprotected(ended) => {
                let known = self.protections.len();
                let is_other = |known: &Protection| known.since.version != ended.protection;
                self.protections.retain(is_other);
                (self.protections.len() < known).then_some(Applied::ProtectionChanged)
            }
            Event::Announced(announced) => {
                self.announcement = (!announced.text.is_empty()).then(|| Announcement {
                    since: self.moment(),
                    until: announced.until,
                    text: announced.text.clone(),
                });
                Some(Applied::Announced)
            }
        }
    }

    fn place(&mut self, actor: Slot, made: &PlacementMade, event: &Event) -> Option<Applied> {
        let previous = self.cell(made.cell)?;
        let FieldChange::Cell(change) = self.field.as_mut()?.apply(event) else {
            return None;
        };
        let origin = [actor, self.offset_of(self.version)];
        self.set_origin(change.index, origin);
        let (rule, at) = (self.rounds.last()?.cooldown, self.at);
        if let Some(player) = self.players.at_mut(actor) {
            player.bucket = player.bucket.spend(rule, at);
        }
        Some(Applied::Placed { change, previous })
    }

    fn undo(&mut self, actor: Slot, undone: &PlacementUndone, event: &Event) -> Option<Applied> {
        let FieldChange::Cell(change) = self.field.as_mut()?.apply(event) else {
            return None;
        };
        let origin = self.origin_of(undone.restored);
        self.set_origin(change.index, origin);
        let rule = self.rounds.last()?.cooldown;
        if let Some(player) = self.players.at_mut(actor) {
            player.bucket = player.bucket.refund(rule);
        }
        Some(Applied::Undone { change })
    }

    fn restore(&mut self, restored: &CellsRestored, event: &Event) -> Option<Applied> {
        let FieldChange::Cells(changes) = self.field.as_mut()?.apply(event) else {
            return None;
        };
        for restored in &restored.cells {
            let field = self.field.as_ref()?;
            if let Some(index) = field.settable(restored.cell, restored.content.color) {
                let origin = self.origin_of(restored.content);
                self.set_origin(index, origin);
            }
        }
        Some(Applied::Repainted(changes))
    }

    fn change_field(&mut self, event: &Event) -> Option<Applied> {
        let moment = self.moment();
        let field = self.field.as_mut()?;
        let round = self.rounds.last_mut()?;
        match field.apply(event) {
            FieldChange::Cells(changes) => {
                let origin = [NOBODY, self.offset_of(moment.version)];
                for change in &changes {
                    self.set_origin(change.index, origin);
                }
                Some(Applied::Repainted(changes))
            }
            FieldChange::Closed => {
                round.close(moment);
                Some(Applied::RoundClosed)
            }
            FieldChange::Expanded { from } => {
                round.size = field.grid.size();
                self.origins = reshaped(&self.origins, from, round.size, BACKGROUND);
                Some(Applied::Expanded)
            }
            FieldChange::PaletteExtended => {
                round.extend_palette(field.palette.clone(), moment.version);
                Some(Applied::PaletteExtended)
            }
            FieldChange::None | FieldChange::Cell(_) => None,
        }
    }

    /// A round must have the number after the last one's; anything else is not a new round.
    fn open_round(&mut self, opened: &RoundOpened) -> Option<Applied> {
        let moment = self.moment();
        let last = self.rounds.last().map_or(RoundId(0), |round| round.round);
        if last.0.checked_add(1) != Some(opened.round.0) {
            return None;
        }
        let field = Field::opened(opened)?;
        if let Some(round) = self.rounds.last_mut() {
            round.close(moment);
        }
        self.rounds.push(Round::opened(opened, moment));
        self.origins = vec![BACKGROUND; field.grid.size().cells()];
        self.field = Some(field);
        self.players.fill_buckets();
        self.protections.clear();
        Some(Applied::RoundOpened)
    }

    /// A round has at most [`MAX_PROTECTIONS`]; what is beyond changes nothing.
    fn protect(&mut self, protected: &RegionProtected) -> Option<Applied> {
        let round = self.round().filter(|round| round.is_open())?;
        let is_full = self.protections.len() >= MAX_PROTECTIONS;
        if round.round != protected.round || is_full {
            return None;
        }
        self.protections.push(Protection {
            since: self.moment(),
            region: protected.region,
            reason: protected.reason.clone(),
        });
        Some(Applied::ProtectionChanged)
    }

    fn change_cooldown(&mut self, changed: CooldownChanged) -> Option<Applied> {
        let at = self.at;
        let round = self
            .rounds
            .last_mut()
            .filter(|round| round.round == changed.round)?;
        let (from, to) = (round.cooldown, changed.cooldown);
        if !round.is_open() || to.max_charges == 0 || from == to {
            return None;
        }
        round.cooldown = to;
        self.players.rescale_buckets(from, to, at);
        Some(Applied::CooldownChanged)
    }

    fn moment(&self) -> Moment {
        Moment {
            version: self.version,
            at: self.at,
        }
    }

    fn set_origin(&mut self, index: u32, origin: Origin) {
        if let Some(known) = self.origins.get_mut(index as usize) {
            *known = origin;
        }
    }

    fn offset_of(&self, version: Version) -> u32 {
        let opened = self
            .rounds
            .last()
            .map_or(Version::ZERO, |round| round.opened.version);
        u32::try_from(version.events_since(opened)).unwrap_or(u32::MAX)
    }

    /// The origin of content that an event names: the background's when its version is not one of
    /// this round's so far.
    fn origin_of(&mut self, content: CellContent) -> Origin {
        let offset = self.offset_of(content.version);
        if offset == 0 || content.version > self.version {
            return BACKGROUND;
        }
        let author = content
            .author
            .map_or(NOBODY, |author| self.players.slot_of(author));
        [author, offset]
    }
}
