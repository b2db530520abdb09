//! Planning what needs a look at many cells, or back.

use std::collections::{BTreeSet, HashMap};

use event_store::event::{CellContent, RoundOpened};
use event_store::{
    Cell, Event, MAX_READ_EVENTS, Mask, PaletteIndex, PlayerId, Recorded, Region, RoundId, Version,
};
use projections::canvas::{HeldCell, Round, Selection};
use projections::{Canvas, Field};

use super::act::{MAX_PLAYERS, RollBack};
use super::plan::{Change, Plan, Tally, bands, on_canvas, running, whole};
use super::{ActError, ActRecord, Moderation};

/// Nobody has set it.
const fn background(color: PaletteIndex) -> CellContent {
    CellContent {
        color,
        author: None,
        version: Version::ZERO,
    }
}

/// What selects nothing.
fn nothing() -> Selection {
    Selection {
        players: Some(BTreeSet::new()),
        region: None,
        from: Version::ZERO,
        to: Version::ZERO,
    }
}

impl Moderation {
    /// What the roll-back of an act looks for.
    pub(super) fn selection(&self, roll_back: &RollBack) -> Result<Selection, ActError> {
        let RollBack {
            players,
            region,
            from,
            to,
        } = roll_back;
        let is_any = players.is_empty() && region.is_none() && from.is_none() && to.is_none();
        if is_any {
            let problem = "say whose work, where or since when; clear_canvas takes everything";
            return Err(ActError::invalid(problem));
        }
        if players.len() > MAX_PLAYERS {
            let problem = format!("a roll-back has at most {MAX_PLAYERS} players");
            return Err(ActError::invalid(problem));
        }
        let (round, version) = self.round()?;
        let from = from.unwrap_or(round.opened.version);
        let to = to.unwrap_or(version);
        if from > to {
            let problem = format!("version {from} is not before version {to}");
            return Err(ActError::invalid(problem));
        }
        let region = region.map(|region| on_canvas(region, round.size));
        Ok(Selection {
            players: (!players.is_empty()).then(|| players.clone()),
            region: region.transpose()?,
            from,
            to,
        })
    }

    /// The running round, and the newest version.
    fn round(&self) -> Result<(Round, Version), ActError> {
        self.live.read(|state| {
            let round = running(&state.canvas)?.clone();
            Ok((round, state.canvas.version()))
        })
    }

    /// Takes selected work off the canvas.
    pub(super) async fn plan_roll_back(&self, selection: &Selection) -> Result<Plan, ActError> {
        let (round, version) = self.round()?;
        let mut held = Vec::new();
        for rows in bands(round.size) {
            held.extend(self.live.read(|state| state.canvas.held(selection, rows)));
            tokio::task::yield_now().await;
        }
        self.giving_back(held, selection, &round, version).await
    }

    /// Gives cells back what they held before.
    async fn giving_back(
        &self,
        held: Vec<HeldCell>,
        selection: &Selection,
        round: &Round,
        version: Version,
    ) -> Result<Plan, ActError> {
        let before = self.history.without(&held, selection, round).await?;
        let changes = held.iter().zip(before).map(|(held, before)| Change {
            cell: held.cell,
            before: held.content,
            after: before,
        });
        let changes: Vec<Change> = changes.collect();
        let mut tally = Tally::default();
        changes.iter().for_each(|change| tally.add(change));
        Ok(Plan {
            version,
            changes,
            tally,
            round: Some(round.round),
            ..Plan::default()
        })
    }

    /// Counts the cells of a region that would hold something else if all held `color`.
    pub(super) async fn tally_of_fill(&self, region: Region, color: PaletteIndex) -> Tally {
        let mut tally = Tally::default();
        let after = background(color);
        let Some(size) = self.live.read(|state| state.canvas.size()) else {
            return tally;
        };
        for rows in bands(size) {
            self.live.read(|state| {
                let cells = rows.flat_map(|y| (0..size.width).map(move |x| Cell::new(x, y)));
                for cell in cells.filter(|cell| region.contains(*cell)) {
                    let before = state.canvas.cell(cell);
                    let is_kept = |content: &CellContent| {
                        content.color == color || content.color == PaletteIndex::NOT_OPEN
                    };
                    if let Some(before) = before.filter(|content| !is_kept(content)) {
                        tally.add(&Change {
                            cell,
                            before,
                            after,
                        });
                    }
                }
            });
            tokio::task::yield_now().await;
        }
        tally
    }

    /// What a new round takes away: everything that is not the background.
    pub(super) async fn tally_of_round(&self) -> Tally {
        let round = self.live.read(|state| state.canvas.round().cloned());
        match round {
            None => Tally::default(),
            Some(round) => {
                self.tally_of_fill(whole(round.size), round.background)
                    .await
            }
        }
    }

    /// Gives the cells of an erasure back what they held, where it still shows.
    pub(super) async fn plan_unerase(&self, erased_at: Version) -> Result<Plan, ActError> {
        let (round, version) = self.round()?;
        let mut held = Vec::new();
        for rows in bands(round.size) {
            self.live.read(|state| {
                let width = round.size.width;
                let cells = rows.flat_map(|y| (0..width).map(move |x| Cell::new(x, y)));
                let contents = cells.filter_map(|cell| Some((cell, state.canvas.cell(cell)?)));
                let erased = contents.filter(|(_, content)| content.version == erased_at);
                held.extend(erased.map(|(cell, content)| HeldCell { cell, content }));
            });
            tokio::task::yield_now().await;
        }
        self.giving_back(held, &nothing(), &round, version).await
    }

    /// Gives the cells of a roll-back what they held before it, where it still shows.
    pub(super) async fn plan_unrestore(
        &self,
        (first, last): (Version, Version),
    ) -> Result<Plan, ActError> {
        let (round, version) = self.round()?;
        let restored = self.restored_between(first, last, round.round).await?;
        let (mut held, mut now) = (Vec::new(), Vec::new());
        self.live.read(|state| {
            for (cell, content) in restored {
                let shown = state.canvas.cell(cell);
                let Some(shown) = shown.filter(|shown| is_same(&state.canvas, *shown, content))
                else {
                    continue;
                };
                now.push(shown);
                // What the cell held before the act is what was set before its first event.
                let content = CellContent {
                    version: first,
                    ..shown
                };
                held.push(HeldCell { cell, content });
            }
        });
        let mut plan = self.giving_back(held, &nothing(), &round, version).await?;
        for (change, shown) in plan.changes.iter_mut().zip(now) {
            change.before = shown;
        }
        Ok(plan)
    }

    /// What roll-backs of these versions gave cells.
    async fn restored_between(
        &self,
        first: Version,
        last: Version,
        round: RoundId,
    ) -> Result<HashMap<Cell, CellContent>, ActError> {
        let mut restored = HashMap::new();
        let mut next = first;
        while next <= last {
            let events = self.live.store().read(next, MAX_READ_EVENTS).await?;
            let Some(reached) = events.last().map(|event| event.version) else {
                break;
            };
            for event in events.iter().filter(|event| event.version <= last) {
                if let Event::CellsRestored(event) = &event.event
                    && event.round == round
                {
                    let cells = event.cells.iter();
                    restored.extend(cells.map(|restored| (restored.cell, restored.content)));
                }
            }
            next = reached.next();
        }
        Ok(restored)
    }

    /// Opens a round that begins as the canvas stood after `version`.
    pub(super) async fn plan_reopen(&self, version: Version) -> Result<Plan, ActError> {
        let shown = self.history.at(version).await?;
        let (number, old, newest) = self.live.read(|state| {
            let rounds = state.canvas.rounds();
            let old = rounds.iter().find(|round| round.round == shown.round);
            let newest = state.canvas.round().map_or(0, |round| round.round.0);
            (RoundId(newest + 1), old.cloned(), state.canvas.version())
        });
        let old = old.ok_or(ActError::NoRound)?;
        let cells = shown.grid.cells();
        let is_open = |color: &u8| *color != PaletteIndex::NOT_OPEN.0;
        let mask = Mask::new(cells.iter().map(is_open));
        let opened = RoundOpened {
            round: number,
            size: shown.grid.size(),
            palette: shown.palette.clone(),
            background: old.background,
            cooldown: old.cooldown,
            mask: (!cells.iter().all(is_open)).then_some(mask),
            title: old.title.clone(),
        };
        let empty = background(old.background);
        let size = shown.grid.size();
        let drawn = cells.iter().zip(0u32..).filter_map(|(color, index)| {
            let color = PaletteIndex(*color);
            let is_drawn = color != PaletteIndex::NOT_OPEN && color != old.background;
            let cell = size.cell_at(index).filter(|_| is_drawn)?;
            let after = background(color);
            Some(Change {
                cell,
                before: empty,
                after,
            })
        });
        Ok(Plan {
            version: newest,
            changes: drawn.collect(),
            events: vec![Event::RoundOpened(opened)],
            round: Some(number),
            ..Plan::default()
        })
    }

    /// What others placed on these cells after `looked_at` and before `appended`, which a roll-back
    /// between painted over.
    pub(super) async fn painted_over(
        &self,
        changes: &[Change],
        (looked_at, appended): (Version, Version),
        selection: Option<&Selection>,
    ) -> Result<Vec<Change>, ActError> {
        let cells: HashMap<Cell, &Change> =
            changes.iter().map(|change| (change.cell, change)).collect();
        let mut lost: HashMap<Cell, Change> = HashMap::new();
        let mut next = looked_at.next();
        while next < appended {
            let events = self.live.store().read(next, MAX_READ_EVENTS).await?;
            let Some(reached) = events.last().map(|event| event.version) else {
                break;
            };
            for event in events.iter().filter(|event| event.version < appended) {
                let Some((cell, content)) = placed(event) else {
                    continue;
                };
                let is_theirs = selection.is_some_and(|theirs| theirs.has(cell, content));
                if let Some(change) = cells.get(&cell).filter(|_| !is_theirs) {
                    let change = Change {
                        before: change.after,
                        after: content,
                        cell,
                    };
                    lost.insert(cell, change);
                }
            }
            next = reached.next();
        }
        Ok(lost.into_values().collect())
    }

    /// The canvas after a plan, for its picture.
    pub(super) fn after(&self, plan: &Plan) -> Option<Field> {
        let mut field = self.live.read(|state| state.canvas.field().cloned())?;
        for event in &plan.events {
            if let Event::RoundOpened(opened) = event {
                field = Field::opened(opened)?;
            } else {
                field.apply(event);
            }
        }
        let operator = super::Actor::OPERATOR;
        let round = plan.round.unwrap_or(field.round);
        for event in super::plan::restoring(&plan.changes, round, &operator, "") {
            field.apply(&event);
        }
        Some(field)
    }

    /// The version of an act's erasure, when it has one.
    pub(super) async fn erasure_of(&self, record: &ActRecord) -> Result<Option<Version>, ActError> {
        let Some((first, _)) = record.versions else {
            return Ok(None);
        };
        let events = self.live.store().read(first, 1).await?;
        let erased = events
            .first()
            .filter(|event| matches!(event.event, Event::RegionErased(_)));
        Ok(erased.map(|event| event.version))
    }
}

/// Whether a cell still shows what an event gave it, as the fold takes the event's content.
fn is_same(canvas: &Canvas, shown: CellContent, given: CellContent) -> bool {
    let opened = canvas.round().map(|round| round.opened.version);
    let is_background = opened.is_none_or(|opened| given.version <= opened);
    match is_background {
        true => shown.color == given.color && shown.version == Version::ZERO,
        false => shown == given,
    }
}

/// The cell that a player set, and what it held from then on.
fn placed(recorded: &Recorded) -> Option<(Cell, CellContent)> {
    let set = |author: PlayerId, color| CellContent {
        color,
        author: Some(author),
        version: recorded.version,
    };
    match &recorded.event {
        Event::PlacementMade(made) => Some((made.cell, set(made.player, made.color))),
        Event::PlacementUndone(undone) => Some((undone.cell, undone.restored)),
        Event::RoundOpened(_)
        | Event::RoundClosed(_)
        | Event::CanvasExpanded(_)
        | Event::PaletteExtended(_)
        | Event::CooldownChanged(_)
        | Event::RegionErased(_)
        | Event::CellsRestored(_)
        | Event::PlayerBanned(_)
        | Event::PlayerUnbanned(_)
        | Event::CanvasLocked(_)
        | Event::CanvasUnlocked(_)
        | Event::RegionProtected(_)
        | Event::RegionUnprotected(_)
        | Event::Announced(_) => None,
    }
}
