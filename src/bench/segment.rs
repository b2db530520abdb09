//! `pixelwars bench segment`

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use event_store::{MAX_READ_EVENTS, Recorded, Version};
use projections::history::segment::SegmentFile;
use projections::history::{HistoryStore, Packed, Packer};
use serde_json::{Value, json};

use crate::config::Config;
use crate::deployment::Deployment;

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
    let mut packer = Packer::of_empty_log();
    let mut before = None;
    let (mut times, mut sizes) = (Times::default(), Sizes::default());
    while packer.version() < end {
        let page = store.read(packer.version().next(), MAX_READ_EVENTS).await?;
        anyhow::ensure!(!page.is_empty(), "the log ends early");
        let mut rest = &page[..];
        while !rest.is_empty() {
            let begun = Instant::now();
            let (taken, closed) = push(&mut packer, rest)?;
            times.fold += begun.elapsed();
            rest = &rest[taken..];
            let Some(closed) = closed else { continue };
            let begun = Instant::now();
            let packed = Packed::of(&closed, before.as_ref());
            times.pack += begun.elapsed();
            let begun = Instant::now();
            files.put_files(&packed).await?;
            times.write += begun.elapsed();
            decode(&packed.segment, &mut times)?;
            sizes.segments += 1;
            sizes.events += packed.entry.events();
            sizes.segment_bytes += packed.entry.bytes;
            sizes.keyframe_bytes += packed.entry.keyframe.map_or(0, |keyframe| keyframe.bytes);
            before = Some(packed.entry);
        }
    }
    store.close().await;
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
        "segment_events_per_second": rate(times.fold + times.pack + times.write),
        "decode_events_per_second": rate(times.decode),
        "decode_canvas_events_per_second": rate(times.decode_canvas),
    }))
}

type Pushed = (usize, Option<projections::history::Closed>);

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
