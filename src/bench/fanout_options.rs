//! `pixelwars bench fanout`

use clap::{Args, value_parser};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::fanout::{self, BenchOptions, Generator};

/// Seconds of broadcasting before the measurement.
const WARM_UP_S: u32 = 2;

/// Sockets whose latency is measured; see [`BenchOptions::sampled`].
const SAMPLED: usize = 300;

/// Options of `bench fanout`.
#[derive(Args)]
pub(super) struct FanoutArgs {
    /// Sockets
    #[arg(long, default_value_t = 10_000, value_parser = value_parser!(u32).range(1..=1_000_000))]
    conns: u32,
    /// Frames a second to each of them
    #[arg(long, default_value_t = 30, value_parser = value_parser!(u32).range(1..=1_000))]
    ticks: u32,
    /// Bytes in a frame
    #[arg(long, default_value_t = 512, value_parser = value_parser!(u32).range(16..=1_048_576))]
    payload: u32,
    /// How long, in seconds
    #[arg(long, default_value_t = 10, value_parser = value_parser!(u32).range(1..=60))]
    seconds: u32,
    /// Threads that write to sockets [default: one a core]
    #[arg(long, value_parser = value_parser!(u32).range(1..=256))]
    shards: Option<u32>,
}

pub(super) async fn run(args: FanoutArgs) -> anyhow::Result<Value> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let options = BenchOptions {
        connections: args.conns as usize,
        rate: args.ticks,
        payload_bytes: args.payload as usize,
        warm_up_s: WARM_UP_S,
        seconds: args.seconds,
        shards: args.shards.map_or(cores, |shards| shards as usize),
        sampled: SAMPLED,
        generator: Generator::Process {
            program: std::env::current_exe()?,
            arguments: vec!["bench".to_owned(), "fanout-load".to_owned()],
        },
    };
    let report = spawn_blocking(move || fanout::run(&options)).await??;
    let mut result = json!({ "bench": "fanout" });
    if let (Value::Object(all), Value::Object(report)) =
        (&mut result, serde_json::to_value(&report)?)
    {
        all.extend(report);
    }
    Ok(result)
}
