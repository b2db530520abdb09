//! `pixelwars bench append`

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use event_store::bench::{AppendLoad, bench_appends};
use event_store::sqlite::EmbeddedStore;
use event_store::{CanvasSlug, EventStore};
use serde_json::{Value, json};

use crate::config::{Config, EventStoreLocation};
use crate::deployment;

/// The largest stream of a measurement, in bytes: a minute at full rate fits.
const MAX_STREAM_BYTES: u64 = 1 << 30;

/// Options of `bench append`.
#[derive(Args)]
pub(super) struct AppendArgs {
    /// Writers at the same time, each waiting for its own ack
    #[arg(long, default_value_t = 1_024, value_parser = clap::value_parser!(u32).range(1..=16_384))]
    writers: u32,
    /// How long, in seconds
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Leave the guard out
    #[arg(long)]
    unguarded: bool,
}

pub(super) async fn run(mut config: Config, args: AppendArgs) -> anyhow::Result<Value> {
    // The events of a measurement do not belong into anybody's log.
    let slug: CanvasSlug = format!("bench-{}", std::process::id()).parse()?;
    config.canvas.slug = slug.clone();
    // A stream reserves its limit; that of a measurement must not take what the canvases need.
    config.nats.max_bytes = config.nats.max_bytes.min(MAX_STREAM_BYTES);
    std::fs::create_dir_all(&config.storage.data_dir).context("could not make the data folder")?;
    let folder = tempfile::tempdir_in(&config.storage.data_dir)?;
    let store: Arc<dyn EventStore> = match &config.storage.event_store {
        EventStoreLocation::Embedded => {
            Arc::new(EmbeddedStore::open(&folder.path().join("events.db")).await?)
        }
        EventStoreLocation::Nats(_) => deployment::open_log(&config).await?,
    };
    let load = AppendLoad {
        writers: args.writers,
        duration: Duration::from_secs(args.seconds),
        guarded: !args.unguarded,
    };
    let measured = bench_appends(Arc::clone(&store), load).await?;
    store.close().await;
    let stream = match &config.storage.event_store {
        EventStoreLocation::Embedded => None,
        EventStoreLocation::Nats(_) => Some(format!("CANVAS_{slug}")),
    };
    Ok(json!({
        "bench": "append",
        "event_store": match stream { None => "embedded", Some(_) => "nats" },
        "writers": load.writers,
        "guarded": load.guarded,
        "appends": measured.appends,
        "seconds": measured.seconds,
        "appends_per_second": measured.per_second(),
        "p50_ms": measured.p50.as_secs_f64() * 1e3,
        "p99_ms": measured.p99.as_secs_f64() * 1e3,
        "stream_left_behind": stream,
    }))
}
