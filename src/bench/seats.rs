//! `pixelwars bench seats`

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::connection::Connection;
use super::process::{cpu_time, resident_bytes};
use crate::config::{Config, Sources};
use crate::server::{self, Running};
use crate::telemetry;

/// Connections over which the accounts come in.
const CONNECTIONS: u32 = 32;

/// How long an idle server is watched.
const WATCH_IDLE: Duration = Duration::from_secs(5);

/// How long a seat is kept where its end is measured: longer than it takes everybody to sit down.
const AFK_AFTER: Duration = Duration::from_secs(30);

/// How long after the last deadline everybody must be gone.
const GRACE: Duration = Duration::from_secs(30);

/// Options of `bench seats`.
#[derive(Args)]
pub(super) struct SeatsArgs {
    /// Accounts with a seat, where memory and idle time are measured
    #[arg(long, default_value_t = 1_000, value_parser = accounts(1))]
    playing: u32,
    /// Accounts in the queue, where memory and idle time are measured
    #[arg(long, default_value_t = 10_000, value_parser = accounts(0))]
    queued: u32,
    /// Accounts whose seats end by themselves, one after another
    #[arg(long, default_value_t = 10_000, value_parser = accounts(1))]
    ending: u32,
}

fn accounts(least: i64) -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(least..=100_000)
}

pub(super) async fn run(args: SeatsArgs) -> anyhow::Result<Value> {
    let metrics = telemetry::start_metrics()?;
    let crowd = measure_crowd(&args, &metrics).await?;
    let ends = measure_ends(&args, &metrics).await?;
    Ok(json!({ "bench": "seats", "crowd": crowd, "ends": ends }))
}

/// What accounts cost that only sit and wait.
async fn measure_crowd(args: &SeatsArgs, metrics: &PrometheusHandle) -> anyhow::Result<Value> {
    let hour = Duration::from_secs(3_600);
    let (running, address, _folder) = start(args.playing, hour, metrics).await?;
    let idle_before = cpu_while_idle().await;
    let resident_before = resident_bytes();
    let accounts = args.playing + args.queued;
    let entered = enter_all(address, accounts).await?;
    let resident_after = resident_bytes();
    let idle_after = cpu_while_idle().await;
    running.stop().await;
    let bytes = resident_after.zip(resident_before);
    Ok(json!({
        "playing": entered.playing,
        "queued": entered.queued,
        "resident_growth_bytes": bytes.map(|(after, before)| after.saturating_sub(before)),
        "idle_cpu_part_empty": idle_before,
        "idle_cpu_part_full": idle_after,
    }))
}

/// How late seats end.
async fn measure_ends(args: &SeatsArgs, metrics: &PrometheusHandle) -> anyhow::Result<Value> {
    let (running, address, _folder) = start(args.ending, AFK_AFTER, metrics).await?;
    let entered = enter_all(address, args.ending).await?;
    let mut observer = Connection::open(address).await?;
    let deadline = tokio::time::Instant::now() + AFK_AFTER + GRACE;
    loop {
        let answer = observer.ask("GET", "/api/v1/canvases/main", None, "");
        let canvas: Value = answer.await?.json(200)?;
        if canvas["online"]["players"] == 0 {
            break;
        }
        anyhow::ensure!(tokio::time::Instant::now() < deadline, "seats do not end");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    running.stop().await;
    let buckets = late_buckets(&metrics.render());
    let at_most_ms = |quantile| bound_of(&buckets, quantile).map(|seconds| seconds * 1e3);
    Ok(json!({
        "ended": entered.playing,
        "late_p50_at_most_ms": at_most_ms(0.5),
        "late_p99_at_most_ms": at_most_ms(0.99),
        "late_max_at_most_ms": at_most_ms(1.0),
    }))
}

/// The buckets of the metric of late ends: upper bound in seconds, and how many were not later.
fn late_buckets(metrics: &str) -> Vec<(f64, f64)> {
    let bucket = |line: &str| {
        let rest = line.strip_prefix("canvas_deadline_late_seconds_bucket{le=\"")?;
        let (bound, count) = rest.split_once("\"} ")?;
        Some((bound.parse().ok()?, count.parse().ok()?))
    };
    metrics.lines().filter_map(bucket).collect()
}

/// The least bound that holds for this part of all.
fn bound_of(buckets: &[(f64, f64)], part: f64) -> Option<f64> {
    let (_, all) = buckets.last()?;
    let enough = buckets.iter().find(|(_, count)| *count >= all * part);
    enough.map(|(bound, _)| *bound)
}

async fn start(
    max_players: u32,
    afk_after: Duration,
    metrics: &PrometheusHandle,
) -> anyhow::Result<(Running, SocketAddr, tempfile::TempDir)> {
    let folder = tempfile::tempdir()?;
    let options = [
        ("data_dir", folder.path().to_string_lossy().into_owned()),
        ("listen", "127.0.0.1:0".to_owned()),
        ("max_players", max_players.to_string()),
        ("players.afk_after_ms", afk_after.as_millis().to_string()),
    ];
    let sources = Sources {
        options: options.map(|(key, value)| (key.to_owned(), value)).into(),
        ..Sources::default()
    };
    let running = server::start(Config::load(&sources)?, metrics.clone()).await?;
    let address = running.address().context("the server does not listen")?;
    Ok((running, address, folder))
}

/// The part of one core that the process takes while nobody does anything.
async fn cpu_while_idle() -> f64 {
    let before = cpu_time();
    tokio::time::sleep(WATCH_IDLE).await;
    (cpu_time() - before).as_secs_f64() / WATCH_IDLE.as_secs_f64()
}

/// How many got what they asked for.
#[derive(Default)]
struct Entered {
    playing: u32,
    queued: u32,
}

async fn enter_all(address: SocketAddr, accounts: u32) -> anyhow::Result<Entered> {
    let mut entering = JoinSet::new();
    for number in 0..CONNECTIONS {
        let share = accounts / CONNECTIONS + u32::from(number < accounts % CONNECTIONS);
        entering.spawn(enter(address, share));
    }
    let mut all = Entered::default();
    while let Some(entered) = entering.join_next().await {
        let Entered { playing, queued } = entered??;
        all.playing += playing;
        all.queued += queued;
    }
    Ok(all)
}

async fn enter(address: SocketAddr, accounts: u32) -> anyhow::Result<Entered> {
    let mut connection = Connection::open(address).await?;
    let mut entered = Entered::default();
    for _ in 0..accounts {
        let name = r#"{"name":"Bench"}"#;
        let answer = connection.ask("POST", "/api/v1/auth/anonymous", None, name);
        let signed_in: Value = answer.await?.json(200)?;
        let token = signed_in["access_token"].as_str().context("no token")?;
        let play = "/api/v1/canvases/main/play";
        let played: Value = connection
            .ask("POST", play, Some(token), "")
            .await?
            .json(200)?;
        match played["status"].as_str() {
            Some("playing") => entered.playing += 1,
            _ => entered.queued += 1,
        }
    }
    Ok(entered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_found_in_the_metrics() {
        let text = "a 1\n\
            canvas_deadline_late_seconds_bucket{le=\"0.001\"} 5\n\
            canvas_deadline_late_seconds_bucket{le=\"0.05\"} 9\n\
            canvas_deadline_late_seconds_bucket{le=\"+Inf\"} 10\n";
        let buckets = late_buckets(text);
        assert_eq!(buckets.len(), 3);
        assert_eq!(bound_of(&buckets, 0.5), Some(0.001));
        assert_eq!(bound_of(&buckets, 0.9), Some(0.05));
        assert_eq!(bound_of(&buckets, 1.0), Some(f64::INFINITY));
        assert_eq!(bound_of(&[], 1.0), None);
    }
}
