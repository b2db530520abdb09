//! What can be asked of the canvas.

use event_store::event::{CellContent, Size};
use event_store::{Cell, CooldownRule, Palette, PaletteIndex, PlayerId, Subject, UnixMs, Version};

use super::{Allowance, Announcement, Ban, Canvas, ChargeBucket, Lock, Player, Protection, Round};
use crate::grid::{Field, Grid};
use crate::snapshot::Snapshot;

impl Canvas {
    /// The version of the newest event folded in; [`Version::ZERO`] for an empty log.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The newest event's own time.
    pub fn at(&self) -> UnixMs {
        self.at
    }

    /// The newest round, running or over; none before the first.
    pub fn round(&self) -> Option<&Round> {
        self.rounds.last()
    }

    /// All rounds, oldest first.
    pub fn rounds(&self) -> &[Round] {
        &self.rounds
    }

    /// The newest round's grid and what may be set on it; none before the first.
    pub fn field(&self) -> Option<&Field> {
        self.field.as_ref()
    }

    /// The newest round's cells; none before the first.
    pub fn grid(&self) -> Option<&Grid> {
        self.field.as_ref().map(|field| &field.grid)
    }

    /// The newest round's size.
    pub fn size(&self) -> Option<Size> {
        self.grid().map(Grid::size)
    }

    /// The newest round's palette.
    pub fn palette(&self) -> Option<&Palette> {
        self.field.as_ref().map(|field| &field.palette)
    }

    /// The newest round's cooldown rule.
    pub fn cooldown(&self) -> Option<CooldownRule> {
        self.round().map(|round| round.cooldown)
    }

    /// What a cell holds and who set it; `None` outside the canvas. For a cell that is not open the
    /// colour is [`PaletteIndex::NOT_OPEN`].
    pub fn cell(&self, cell: Cell) -> Option<CellContent> {
        self.content_at(self.grid()?.size().index_of(cell)?)
    }

    fn content_at(&self, index: u32) -> Option<CellContent> {
        let color: PaletteIndex = self.grid()?.color_at(index)?;
        let [author, offset] = *self.origins.get(index as usize)?;
        let opened = self.rounds.last()?.opened.version;
        let version = match offset {
            0 => Version::ZERO,
            offset => Version(opened.0.saturating_add(offset.into())),
        };
        Some(CellContent {
            color,
            author: self.players.at(author).map(|player| player.id),
            version,
        })
    }

    /// The last version on a subject, for the guard of the next append on it; [`Version::ZERO`]
    /// when it has no event yet.
    pub fn last_on(&self, subject: Subject) -> Version {
        match subject {
            Subject::Admin => self.last_admin,
            Subject::Player(id) => self
                .players
                .get(id)
                .map_or(Version::ZERO, |player| player.last),
        }
    }

    /// What a player's charges allow at `now`; full for one that never placed, `None` before the
    /// first round. Bans, locks and a round that is over are not looked at.
    pub fn allowance(&self, player: PlayerId, now: UnixMs) -> Option<Allowance> {
        let bucket = self
            .players
            .get(player)
            .map_or(ChargeBucket::FULL, |known| known.bucket);
        Some(bucket.allowance(self.cooldown()?, now))
    }

    /// What the fold knows of a player.
    pub fn player(&self, id: PlayerId) -> Option<&Player> {
        self.players.get(id)
    }

    /// The players that the log names, in order of first appearance.
    pub fn players(&self) -> &[Player] {
        self.players.list()
    }

    /// The ban that keeps a player from placing at `now`.
    pub fn ban(&self, player: PlayerId, now: UnixMs) -> Option<&Ban> {
        let ban = self.bans.get(&player)?;
        ban.until.is_none_or(|until| now < until).then_some(ban)
    }

    /// The lock, while the canvas is locked. It outlives the round.
    pub fn lock(&self) -> Option<&Lock> {
        self.lock.as_ref()
    }

    /// The protected regions of the newest round, oldest first.
    pub fn protections(&self) -> &[Protection] {
        &self.protections
    }

    /// The protection that keeps players from placing on a cell.
    pub fn protection_of(&self, cell: Cell) -> Option<&Protection> {
        let mut protections = self.protections.iter();
        protections.find(|protection| protection.region.contains(cell))
    }

    /// What everybody is told at `now`.
    pub fn announcement(&self, now: UnixMs) -> Option<&Announcement> {
        let told = self.announcement.as_ref()?;
        told.until.is_none_or(|until| now < until).then_some(told)
    }

    /// The bans, those that have ended by themselves included.
    pub fn bans(&self) -> impl Iterator<Item = (PlayerId, &Ban)> {
        self.bans.iter().map(|(player, ban)| (*player, ban))
    }

    /// The snapshot of this version; none before the first round.
    pub fn snapshot(&self) -> Option<Snapshot> {
        let field = self.field.as_ref()?;
        Some(Snapshot {
            version: self.version,
            round: field.round,
            at: self.at,
            grid: field.grid.clone(),
        })
    }
}
