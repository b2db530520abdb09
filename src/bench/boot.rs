//! `pixelwars bench boot`

use std::time::Instant;

use projections::boot;
use serde_json::{Value, json};

use crate::config::Config;
use crate::deployment::Deployment;
use crate::live::WARM_UP_EVENTS;

pub(super) async fn run(config: Config) -> anyhow::Result<Value> {
    let begun = Instant::now();
    let deployment = Deployment::open(&config).await?;
    let opened = begun.elapsed();
    let store = &*deployment.store;
    let mut canvas = boot::load(store, &deployment.checkpoints, WARM_UP_EVENTS).await?;
    let (loaded, from) = (begun.elapsed(), canvas.version());
    let last = store.last().await?;
    boot::advance(&mut canvas, store, last, |_| {}).await?;
    let folded = begun.elapsed();
    store.close().await;
    Ok(json!({
        "bench": "boot",
        "events": last.0,
        "checkpoint": from.0,
        "open_log_ms": opened.as_secs_f64() * 1e3,
        "load_checkpoint_ms": (loaded - opened).as_secs_f64() * 1e3,
        "fold_rest_ms": (folded - loaded).as_secs_f64() * 1e3,
        "total_ms": folded.as_secs_f64() * 1e3,
    }))
}
