//! Measurements: each answers with one JSON object.

mod append;
mod boot;
pub mod fanout;

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
}

/// Runs a measurement and prints its result.
///
/// # Errors
/// Whatever keeps it from measuring.
pub async fn run(config: Config, args: BenchArgs) -> anyhow::Result<()> {
    let result = match args.what {
        What::Append(args) => append::run(config, args).await?,
        What::Boot => boot::run(config).await?,
    };
    println!("{}", serde_json::to_string_pretty(&result)?);
    Ok(())
}
