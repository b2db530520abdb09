//! `pixelwars bench segment`

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use event_store::{EventStore, MAX_READ_EVENTS, Recorded, Version};
use projections::history::segment::SegmentFile;
use projections::history::{Closed, HistoryStore, Index, Packed, Packer};
use serde_json::{Value, json};

use crate::config::Config;
use crate::deployment::Deployment;
use crate::history::Packing;

/// How many events are read before they are cut with the clock running: some 200 MB.
const CHUNK_EVENTS: u64 = 1 << 21;

/// Options of `bench segment`.
#[derive(Args)]
pub(super) struct SegmentArgs {
    /// The most events of the log of the settings to cut into segments
    #[arg(long, default_value_t = 15_000_000)]
    events: u64,
}

/// What took how long.
#[derive(Default)]
struct Times {
    fold: Duration,
    pack: Duration,
    write: Duration,
    together: Duration,
    decode: Duration,
    decode_canvas: Duration,
}

/// What came out.
#[derive(Default)]
struct Sizes {
    segments: u64,
    events: u64,
    segment_bytes: u64,
    keyframe_bytes: u64,
}

pub(super) async fn run(config: Config, args: SegmentArgs) -> anyhow::Result<Value> {
    let deployment = Deployment::open(&config).await?;
    let store = &deployment.store;
    let last = store.last().await.context("could not read the log")?;
    let end = Version(last.0.min(args.events));
    let folder = tempfile::TempDir::new_in(&config.storage.data_dir)?;
    let blobs = object_store::local::LocalFileSystem::new_with_prefix(folder.path())?;
    let files = HistoryStore::new(Arc::new(blobs), &config.canvas.slug);
    let mut bench = Bench::new(files);
    while bench.packer.version() < end {
        let from = bench.packer.version();
        let chunk = Version(end.0.min(from.0 + CHUNK_EVENTS));
        let events = read(store.as_ref(), from, chunk).await?;
        let packer = bench.packer.clone();
        bench.apart(packer, &events).await?;
        bench.together(&events).await?;
    }
    store.close().await;
    let Bench { times, sizes, .. } = bench;
    let rate = |duration: Duration| sizes.events as f64 / duration.as_secs_f64();
    Ok(json!({
        "bench": "segment",
        "events": sizes.events,
        "segments": sizes.segments,
        "bytes_per_event": sizes.segment_bytes as f64 / sizes.events as f64,
        "keyframe_bytes_per_event": sizes.keyframe_bytes as f64 / sizes.events as f64,
        "fold_events_per_second": rate(times.fold),
        "pack_events_per_second": rate(times.pack),
        "write_events_per_second": rate(times.write),
        "segment_events_per_second": rate(times.together),
        "decode_events_per_second": rate(times.decode),
        "decode_canvas_events_per_second": rate(times.decode_canvas),
    }))
}

/// The events after `from` up to `last`.
async fn read(
    store: &dyn EventStore,
    from: Version,
    last: Version,
) -> anyhow::Result<Vec<Recorded>> {
    let mut events: Vec<Recorded> = Vec::new();
    let mut at = from;
    while at < last {
        let most = MAX_READ_EVENTS.min(last.events_since(at) as usize);
        let page = store.read(at.next(), most).await?;
        at = page.last().context("the log ends early")?.version;
        events.extend(page);
    }
    Ok(events)
}

/// The work of the projector, on the same events twice: each stage alone, and all together as the
/// server does it.
struct Bench {
    files: HistoryStore,
    packer: Packer,
    index: Index,
    times: Times,
    sizes: Sizes,
}

impl Bench {
    fn new(files: HistoryStore) -> Self {
        Self {
            files,
            packer: Packer::of_empty_log(),
            index: Index::default(),
            times: Times::default(),
            sizes: Sizes::default(),
        }
    }

    /// One stage after the other.
    async fn apart(&mut self, mut packer: Packer, events: &[Recorded]) -> anyhow::Result<()> {
        let mut before = self.index.entries().last().cloned();
        let mut rest = events;
        while !rest.is_empty() {
            let begun = Instant::now();
            let (taken, closed) = push(&mut packer, rest)?;
            self.times.fold += begun.elapsed();
            rest = &rest[taken..];
            let Some(closed) = closed else { continue };
            let begun = Instant::now();
            let packed = Packed::of(&closed).following(before.as_ref());
            self.times.pack += begun.elapsed();
            let begun = Instant::now();
            self.files.put_files(&packed).await?;
            self.times.write += begun.elapsed();
            decode(&packed.segment, &mut self.times)?;
            before = Some(packed.entry);
        }
        Ok(())
    }

    /// Packing goes on beside the fold.
    async fn together(&mut self, events: &[Recorded]) -> anyhow::Result<()> {
        let begun = Instant::now();
        let mut packing = Packing::default();
        let mut rest = events;
        while !rest.is_empty() {
            let (taken, closed) = push(&mut self.packer, rest)?;
            rest = &rest[taken..];
            let Some(closed) = closed else { continue };
            packing.begin(Arc::new(closed));
            if packing.is_full() {
                self.add(packing.oldest().await?.packed).await?;
            }
        }
        while !packing.is_empty() {
            self.add(packing.oldest().await?.packed).await?;
        }
        self.times.together += begun.elapsed();
        Ok(())
    }

    async fn add(&mut self, packed: Packed) -> anyhow::Result<()> {
        let packed = packed.following(self.index.entries().last());
        self.files.put_files(&packed).await?;
        self.index.add(packed.entry.clone())?;
        self.files.put_index(&self.index).await?;
        self.sizes.segments += 1;
        self.sizes.events += packed.entry.events();
        self.sizes.segment_bytes += packed.entry.bytes;
        let keyframe = packed.entry.keyframe;
        self.sizes.keyframe_bytes += keyframe.map_or(0, |keyframe| keyframe.bytes);
        Ok(())
    }
}

type Pushed = (usize, Option<Closed>);

/// Takes events up to the first that closes a segment.
fn push(packer: &mut Packer, events: &[Recorded]) -> anyhow::Result<Pushed> {
    for (taken, event) in events.iter().enumerate() {
        if let Some(closed) = packer.push(event)? {
            return Ok((taken + 1, Some(closed)));
        }
    }
    Ok((events.len(), None))
}

/// Decodes a segment twice: all of it, and what a picture of the canvas needs.
fn decode(bytes: &[u8], times: &mut Times) -> anyhow::Result<()> {
    let begun = Instant::now();
    let segment = SegmentFile::read(bytes)?.decode()?;
    times.decode += begun.elapsed();
    let begun = Instant::now();
    let file = SegmentFile::read(bytes)?;
    let (placements, others) = (file.placements()?, file.others()?);
    times.decode_canvas += begun.elapsed();
    anyhow::ensure!(
        placements.len() == segment.placements.len() && others == segment.others,
        "a segment decodes in two ways"
    );
    Ok(())
}
