//! Measurements: each answers with one JSON object.

mod append;
mod boot;
mod connection;
pub mod fanout;
mod fanout_options;
mod place;
mod process;
mod replay;
mod seats;
mod seek;
mod segment;

use clap::{Args, Subcommand};

use crate::config::Config;

/// Options of `bench`.
#[derive(Args)]
pub struct BenchArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Durable appends a second, to a log of its own beside the one of the settings
    Append(append::AppendArgs),
    /// How long the gateway's canvas takes to stand at the end of the log of the settings
    Boot,
    /// Frames a second to many sockets of the feed, over loopback
    Fanout(fanout_options::FanoutArgs),
    /// The other end of `fanout`: a process of its own, which `fanout` starts
    #[command(hide = true)]
    FanoutLoad,
    /// Placements a second through HTTP, each durable before it is answered
    Place(place::PlaceArgs),
    /// Refold the log of the settings from its start
    Replay,
    /// How long the canvas at any version of the log of the settings takes
    Seek(seek::SeekArgs),
    /// Cut the log of the settings into segments, and decode them
    Segment(segment::SegmentArgs),
    /// What accounts cost that play or wait, and how late seats end
    Seats(seats::SeatsArgs),
}

/// Runs a measurement and prints its result.
///
/// # Errors
/// Whatever keeps it from measuring.
pub async fn run(config: Config, args: BenchArgs) -> anyhow::Result<()> {
    let result = match args.what {
        What::Append(args) => append::run(config, args).await?,
        What::Boot => boot::run(config).await?,
        What::Fanout(args) => fanout_options::run(args).await?,
        What::FanoutLoad => {
            // Its output is read by the process that started it.
            return Ok(tokio::task::spawn_blocking(fanout::load::run_child).await??);
        }
        What::Place(args) => place::run(args).await?,
        What::Replay => replay::run(config).await?,
        What::Seats(args) => seats::run(args).await?,
        What::Seek(args) => seek::run(config, args).await?,
        What::Segment(args) => segment::run(config, args).await?,
    };
    println!("{}", serde_json::to_string_pretty(&result)?);
    Ok(())
}
