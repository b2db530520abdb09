//! How many appends a second JetStream takes, on a server of its own.
//!
//! ```text
//! cargo run --release -p event-store --features testing --example append_rate -- \
//!     nats.conf batched 64 3
//! ```
//!
//! Arguments: `nats.conf` or a file of `event-store/tests/configs`; `auto`, `pipelined` or
//! `batched`; writers at the same time; seconds.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use event_store::bench::{AppendLoad, bench_appends};
use event_store::jetstream::{JetStreamOptions, JetStreamStore, PublishMode};
use event_store::testing::NatsServer;
use event_store::{CanvasSlug, EventStore, MAX_READ_EVENTS, Version};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [config, mode, writers, seconds] = &arguments[..] else {
        return Err("usage: append_rate CONFIG MODE WRITERS SECONDS".into());
    };
    let server = match config.as_str() {
        "nats.conf" => NatsServer::start().await,
        other => NatsServer::start_with(other).await,
    };
    let mut options = JetStreamOptions::new(&server.url(), CanvasSlug::default())?;
    options.publish = match mode.as_str() {
        "auto" => PublishMode::Auto,
        "pipelined" => PublishMode::Pipelined,
        "batched" => PublishMode::Batched,
        other => return Err(format!("unknown mode {other}").into()),
    };
    let store: Arc<dyn EventStore> = Arc::new(JetStreamStore::connect(options).await?);
    let load = AppendLoad {
        writers: writers.parse()?,
        duration: Duration::from_secs(seconds.parse()?),
        guarded: true,
    };
    let bench = bench_appends(Arc::clone(&store), load).await?;
    let rate = bench.per_second();
    let (p50, p99) = (bench.p50, bench.p99);
    println!("{config} {mode} {writers} writers: {rate:.0}/s, p50 {p50:?}, p99 {p99:?}");

    let last = store.last().await?;
    let began_at = Instant::now();
    let mut next = Version(1);
    while next <= last {
        let page = store.read(next, MAX_READ_EVENTS).await?;
        next = next.plus(page.len() as u64);
    }
    let read = last.0 as f64 / began_at.elapsed().as_secs_f64();

    let began_at = Instant::now();
    let mut subscription = store.subscribe(Version(1)).await?;
    let (mut seen, mut batches) = (Version::ZERO, 0);
    while seen < last {
        let events = subscription.next().await?;
        seen = seen.plus(events.len() as u64);
        batches += 1;
    }
    let followed = last.0 as f64 / began_at.elapsed().as_secs_f64();
    println!("read {read:.0}/s, followed {followed:.0}/s in {batches} batches");
    Ok(())
}
