//! A short history with everything that can happen to cells, and a fold of it that shares no code
//! with the program's.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use event_store::event::{
    CanvasExpanded, CellContent, CellsRestored, PaletteExtended, PlacementMade, PlacementUndone,
    RegionErased, RestoredCell, RoundClosed, RoundOpened, Size,
};
use event_store::sqlite::EmbeddedStore;
use event_store::{
    Append, CanvasSlug, Cell, CooldownRule, Event, EventId, EventStore, Guard, Mask, Palette,
    PaletteIndex, PlayerId, Region, Rgb, RoundId, UnixMs, Version,
};
use object_store::local::LocalFileSystem;
use pixelwars::history::History;
use pixelwars::timelapse::Source;
use projections::canvas::Round;
use projections::{Canvas, SnapshotStore, boot};
use tempfile::TempDir;

/// What the page shows around the canvas when it is dark.
pub(crate) const OUTSIDE: [u8; 3] = [0x14, 0x16, 0x1d];

/// The colours of the story; the last one comes later.
pub(crate) const COLORS: [[u8; 3]; 6] = [
    [0xff, 0xff, 0xff],
    [0xff, 0x45, 0x00],
    [0x00, 0xa3, 0x68],
    [0x24, 0x50, 0xa4],
    [0xff, 0xd6, 0x35],
    [0x81, 0x1e, 0x9f],
];

/// When it begins.
pub(crate) const BEGIN: UnixMs = UnixMs(1_649_033_600_000);

/// The canvas at the end.
pub(crate) const WIDTH: u32 = 24;
pub(crate) const HEIGHT: u32 = 16;

const FIRST: Size = Size {
    width: 16,
    height: 12,
};

const ROUND: RoundId = RoundId(1);

const ADA: PlayerId = PlayerId::from_bits(1);

/// A history in a log of its own.
pub(crate) struct Story {
    pub(crate) folder: TempDir,
    pub(crate) source: Source,
    pub(crate) rounds: Vec<Round>,
    log: Arc<dyn EventStore>,
    blobs: Arc<LocalFileSystem>,
    snapshots: SnapshotStore,
    events: Vec<(UnixMs, Event)>,
}

/// The colours of the whole final canvas by rows; none where there is no cell, or none to place on.
pub(crate) type Cells = Vec<Option<[u8; 3]>>;

impl Story {
    /// Tells it: a log is written and read back.
    pub(crate) async fn tell() -> Self {
        Self::of(events()).await
    }

    /// A log of these events.
    pub(crate) async fn of(events: Vec<(UnixMs, Event)>) -> Self {
        let folder = TempDir::new().unwrap();
        let log = EmbeddedStore::open(&folder.path().join("events.db")).await;
        let log: Arc<dyn EventStore> = Arc::new(log.unwrap());
        for (number, (at, event)) in (1_u64..).zip(&events) {
            let append = Append {
                id: EventId::derive(&[b"story", &number.to_le_bytes()]),
                guard: Guard::None,
                at: *at,
                event: event.clone(),
            };
            assert_eq!(log.append(append).await.unwrap().version, Version(number));
        }
        let mut canvas = Canvas::new();
        let head = Version(events.len() as u64);
        boot::advance(&mut canvas, &*log, head, |_| {})
            .await
            .unwrap();
        let blobs = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
        let (blobs, slug) = (Arc::new(blobs), CanvasSlug::default());
        let snapshots = SnapshotStore::new(blobs.clone(), &slug);
        let read = History::new(Arc::clone(&log), blobs.clone(), &slug);
        Self {
            folder,
            source: Source::new(Arc::clone(&log), snapshots.clone(), Arc::new(read)),
            rounds: canvas.rounds().to_vec(),
            log,
            blobs,
            snapshots,
            events,
        }
    }

    /// Tells it, and has another round begin, so that the first one is a segment once
    /// [`Story::cut`] was called.
    pub(crate) async fn tell_and_go_on() -> Self {
        let mut events = events();
        let Event::RoundOpened(mut opened) = events[0].1.clone() else {
            unreachable!("a story begins with its round");
        };
        opened.round = RoundId(2);
        let after = events[events.len() - 1].0.plus_ms(100);
        events.push((after, Event::RoundOpened(opened)));
        Self::of(events).await
    }

    /// Cuts the log into segments, and says where the first one is.
    pub(crate) async fn cut(&mut self) -> PathBuf {
        let history = Arc::new(self.history());
        let written = history.write_until(self.head(), |_| {});
        written.await.unwrap();
        self.start_again().await;
        let folder = self.folder.path().join("main/history/segments");
        let mut files = std::fs::read_dir(folder).unwrap();
        files.next().unwrap().unwrap().path()
    }

    /// Films are made by a program that has just read what is stored of history.
    pub(crate) async fn start_again(&mut self) {
        let history = self.history();
        history.load().await.unwrap();
        let (log, snapshots) = (Arc::clone(&self.log), self.snapshots.clone());
        self.source = Source::new(log, snapshots, Arc::new(history));
    }

    fn history(&self) -> History {
        let (log, blobs) = (Arc::clone(&self.log), Arc::clone(&self.blobs));
        History::new(log, blobs, &CanvasSlug::default())
    }

    /// The newest version.
    pub(crate) fn head(&self) -> Version {
        Version(self.events.len() as u64)
    }

    /// When the event of a version happened.
    pub(crate) fn at(&self, version: Version) -> UnixMs {
        self.events[version.0 as usize - 1].0
    }

    /// The versions of the events that may change a cell of `region`, after `from`.
    pub(crate) fn showing(&self, region: Region, from: Version) -> Vec<Version> {
        let touches = |event: &Event| match event {
            Event::PlacementMade(made) => region.contains(made.cell),
            Event::PlacementUndone(undone) => region.contains(undone.cell),
            Event::CellsRestored(restored) => {
                restored.cells.iter().any(|one| region.contains(one.cell))
            }
            Event::RegionErased(erased) => erased.region.cells().any(|cell| region.contains(cell)),
            Event::CanvasExpanded(_) => true,
            Event::RoundOpened(_)
            | Event::RoundClosed(_)
            | Event::PaletteExtended(_)
            | Event::CooldownChanged(_)
            | Event::PlayerBanned(_)
            | Event::PlayerUnbanned(_)
            | Event::CanvasLocked(_)
            | Event::CanvasUnlocked(_)
            | Event::RegionProtected(_)
            | Event::RegionUnprotected(_)
            | Event::Announced(_) => false,
        };
        let numbered = (1..).map(Version).zip(&self.events);
        numbered
            .filter(|(version, (_, event))| *version > from && touches(event))
            .map(|(version, _)| version)
            .collect()
    }

    /// The cells right after a version.
    pub(crate) fn cells_after(&self, version: Version) -> Cells {
        let mut size = FIRST;
        let mut set: HashMap<(u16, u16), usize> = HashMap::new();
        for (_, event) in &self.events[..version.0 as usize] {
            match event {
                Event::PlacementMade(made) => {
                    set.insert((made.cell.x, made.cell.y), made.color.0.into());
                }
                Event::PlacementUndone(undone) => {
                    let color = undone.restored.color.0.into();
                    set.insert((undone.cell.x, undone.cell.y), color);
                }
                Event::CellsRestored(restored) => {
                    for one in &restored.cells {
                        set.insert((one.cell.x, one.cell.y), one.content.color.0.into());
                    }
                }
                Event::RegionErased(erased) => {
                    for cell in erased.region.cells() {
                        set.insert((cell.x, cell.y), erased.color.0.into());
                    }
                }
                Event::CanvasExpanded(expanded) => size = expanded.size,
                Event::RoundOpened(_)
                | Event::RoundClosed(_)
                | Event::PaletteExtended(_)
                | Event::CooldownChanged(_)
                | Event::PlayerBanned(_)
                | Event::PlayerUnbanned(_)
                | Event::CanvasLocked(_)
                | Event::CanvasUnlocked(_)
                | Event::RegionProtected(_)
                | Event::RegionUnprotected(_)
                | Event::Announced(_) => {}
            }
        }
        let places = (0..HEIGHT as u16).flat_map(|y| (0..WIDTH as u16).map(move |x| (x, y)));
        let color = |(x, y): (u16, u16)| {
            let is_there = x < size.width && y < size.height && (x, y) != CLOSED;
            is_there.then(|| COLORS[set.get(&(x, y)).copied().unwrap_or(0)])
        };
        places.map(color).collect()
    }
}

/// The one cell that nobody can place on.
const CLOSED: (u16, u16) = (15, 11);

/// A placement.
pub(crate) fn placed(x: u16, y: u16, color: u8) -> Event {
    Event::PlacementMade(PlacementMade {
        round: ROUND,
        player: ADA,
        cell: Cell::new(x, y),
        color: PaletteIndex(color),
    })
}

/// The opening of the round.
pub(crate) fn opened(palette: Palette) -> Event {
    let cells = (0..FIRST.height).flat_map(|y| (0..FIRST.width).map(move |x| (x, y)));
    Event::RoundOpened(RoundOpened {
        round: ROUND,
        size: FIRST,
        palette,
        background: PaletteIndex(0),
        cooldown: CooldownRule {
            max_charges: 1,
            regain_ms: 0,
        },
        mask: Some(Mask::new(cells.map(|cell| cell != CLOSED))),
        title: "Story".to_owned(),
    })
}

/// Everything that happens: events 100 ms apart, and one minute in which nothing does.
fn events() -> Vec<(UnixMs, Event)> {
    let colors = |range: std::ops::Range<usize>| COLORS[range].iter().map(|color| Rgb(*color));
    let mut events = vec![opened(Palette::new(colors(0..5).collect()).unwrap())];
    let mut seed = 7_u32;
    let mut any = |below: u16| {
        seed = seed.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        ((seed >> 16) % u32::from(below)) as u16
    };
    for _ in 0..60 {
        events.push(placed(any(15), any(11), 1 + any(4) as u8));
    }
    events.extend(repairs());
    let before_pause = events.len();
    events.push(Event::CanvasExpanded(CanvasExpanded {
        round: ROUND,
        size: Size {
            width: WIDTH as u16,
            height: HEIGHT as u16,
        },
    }));
    events.push(Event::PaletteExtended(PaletteExtended {
        round: ROUND,
        colors: colors(5..6).collect(),
    }));
    for _ in 0..60 {
        events.push(placed(any(15), 12 + any(4), 1 + any(5) as u8));
        events.push(placed(16 + any(8), any(16), 1 + any(5) as u8));
    }
    events.push(Event::RoundClosed(RoundClosed { round: ROUND }));
    let at = |number: usize| {
        let pause = if number >= before_pause { 60_000 } else { 0 };
        BEGIN.plus_ms(number as i64 * 100 + pause)
    };
    let numbered = events.into_iter().enumerate();
    numbered
        .map(|(number, event)| (at(number), event))
        .collect()
}

/// A placement that is taken back, a region that is erased, and cells that are restored in it.
fn repairs() -> Vec<Event> {
    let content = |color: u8| CellContent {
        color: PaletteIndex(color),
        author: None,
        version: Version(2),
    };
    let undone = Event::PlacementUndone(PlacementUndone {
        round: ROUND,
        player: ADA,
        placement: Version(62),
        cell: Cell::new(3, 3),
        restored: content(2),
    });
    let erased = Event::RegionErased(RegionErased {
        round: ROUND,
        region: Region {
            x: 1,
            y: 1,
            width: 5,
            height: 4,
        },
        color: PaletteIndex(3),
        by: None,
        reason: String::new(),
    });
    let cell = |x, y, color| RestoredCell {
        cell: Cell::new(x, y),
        content: content(color),
    };
    let restored = Event::CellsRestored(CellsRestored {
        round: ROUND,
        cells: vec![cell(2, 2, 4), cell(4, 3, 1)],
        by: None,
        reason: String::new(),
    });
    vec![placed(3, 3, 1), undone, erased, restored]
}
