//! `pixelwars bench seek`

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use event_store::Version;
use hdrhistogram::Histogram;
use serde_json::{Value, json};

use crate::config::Config;
use crate::deployment::Deployment;

/// Steps through a range so that it is covered evenly without a pattern: 2^64 divided by the golden
/// ratio (Knuth, The Art of Computer Programming, volume 3, section 6.4).
const GOLDEN_STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// Options of `bench seek`.
#[derive(Args)]
pub(super) struct SeekArgs {
    /// How many versions to look at
    #[arg(long, default_value_t = 2_000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    count: u64,
}

pub(super) async fn run(config: Config, args: SeekArgs) -> anyhow::Result<Value> {
    let deployment = Deployment::open(&config).await?;
    let store = Arc::clone(&deployment.store);
    let last = store.last().await.context("could not read the log")?;
    anyhow::ensure!(
        last > Version::ZERO,
        "the log is empty; import something first"
    );
    let history = Arc::new(deployment.history(&config));
    history.write_until(last, |_| {}).await?;
    let mut micros = Histogram::<u64>::new(3)?;
    let begun = Instant::now();
    let mut at = 0u64;
    for _ in 0..args.count {
        at = at.wrapping_add(GOLDEN_STEP);
        let version = (u128::from(at) * u128::from(last.0)) >> 64;
        let version = Version(u64::try_from(version)? + 1);
        let asked = Instant::now();
        let shown = history.at(version).await?;
        micros.record(u64::try_from(asked.elapsed().as_micros())?)?;
        anyhow::ensure!(shown.version == version, "another version came");
    }
    let seconds = begun.elapsed().as_secs_f64();
    store.close().await;
    let ms = |quantile: f64| micros.value_at_quantile(quantile) as f64 / 1e3;
    Ok(json!({
        "bench": "seek",
        "events": last.0,
        "seeks": args.count,
        "seconds": seconds,
        "p50_ms": ms(0.5),
        "p90_ms": ms(0.9),
        "p99_ms": ms(0.99),
        "max_ms": micros.max() as f64 / 1e3,
    }))
}
