//! `pixelwars bench replay`

use std::time::Instant;

use anyhow::Context;
use projections::{Canvas, boot};
use serde_json::{Value, json};

use crate::config::Config;
use crate::deployment;

pub(super) async fn run(config: Config) -> anyhow::Result<Value> {
    let store = deployment::open_log(&config).await?;
    let last = store.last().await.context("could not read the log")?;
    let mut canvas = Canvas::new();
    let begun = Instant::now();
    boot::advance(&mut canvas, &*store, last, |_| {}).await?;
    let seconds = begun.elapsed().as_secs_f64();
    store.close().await;
    Ok(json!({
        "bench": "replay",
        "events": last.0,
        "seconds": seconds,
        "events_per_second": last.0 as f64 / seconds,
    }))
}
