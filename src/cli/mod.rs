//! The command line: one file per subcommand.

mod act;
mod admin;
mod archive;
mod config;
mod export;
mod feedback;
mod import;
mod migrate;
mod progress;
mod render;
mod round;
pub(crate) mod serve;
mod timelapse;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};

use crate::config::{Config, Sources};
use crate::telemetry;

/// A shared pixel canvas that anyone can host.
#[derive(Parser)]
#[command(name = "pixelwars", version, about, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// Options of every subcommand. Each is also a key of the settings file and an environment
/// variable.
#[derive(Args)]
struct Common {
    /// The settings file; ./pixelwars.toml when there is one
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where everything is kept that has no place of its own [default: ./data]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<String>,
    /// The log: `embedded` or nats://host:4222,… [default: embedded]
    #[arg(long, global = true, value_name = "URL")]
    event_store: Option<String>,
    /// The relational store: sqlite:FILE or postgres://… [default: sqlite in the data folder]
    #[arg(long, global = true, value_name = "URL", hide_env_values = true)]
    database: Option<String>,
    /// Where snapshots are kept: file:DIR [default: in the data folder]
    #[arg(long, global = true, value_name = "URL")]
    blobs: Option<String>,
    /// The canvas's slug [default: main]
    #[arg(long, global = true, value_name = "SLUG")]
    canvas: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the canvas
    Serve(serve::ServeArgs),
    /// Import a published log
    Import(import::ImportArgs),
    /// Export the log
    Export(export::ExportArgs),
    /// Draw the canvas at any version or time
    Render(render::RenderArgs),
    /// Write a finished round as a folder that any file server can show
    Archive(archive::ArchiveArgs),
    /// Make a film of the canvas
    Timelapse(timelapse::TimelapseArgs),
    /// Refold the log and prove that everything kept agrees with it
    Verify(verify::VerifyArgs),
    /// Open or close a round
    Round(round::RoundArgs),
    /// Look after the server
    Admin(admin::AdminArgs),
    /// Check or print the settings
    Config(config::ConfigArgs),
    /// Bring the relational store to this version's tables
    Migrate,
    /// Measure; prints one JSON object
    Bench(crate::bench::BenchArgs),
}

impl Common {
    /// The options as settings.
    fn options(&self) -> Vec<(String, String)> {
        let pairs = [
            ("data_dir", &self.data_dir),
            ("event_store", &self.event_store),
            ("database", &self.database),
            ("blobs", &self.blobs),
            ("canvas.slug", &self.canvas),
        ];
        let set = pairs
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.as_ref()?)));
        set.map(|(key, value)| (key.to_owned(), value.clone()))
            .collect()
    }
}

/// Runs the program and says how it ended.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let mut options = cli.common.options();
    if let Command::Serve(serve) = &cli.command {
        options.extend(serve.options());
    }
    let config = match Config::load(&Sources::of_process(cli.common.config, options)) {
        Ok(config) => config,
        Err(faults) => {
            eprintln!("{faults}");
            return ExitCode::from(2);
        }
    };
    telemetry::start_logging(&config.log);
    // The only crypto provider in the program; a second installation would be a fault of ours.
    if rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .is_err()
    {
        tracing::debug!("crypto provider was installed already");
    }
    match dispatch(cli.command, config) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command, config: Config) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("could not start the runtime")?;
    let done = match command {
        Command::Serve(_) => runtime.block_on(serve::run(config)),
        Command::Import(args) => runtime.block_on(import::run(config, args)),
        Command::Export(args) => runtime.block_on(export::run(config, args)),
        Command::Render(args) => runtime.block_on(render::run(config, args)),
        Command::Archive(args) => runtime.block_on(archive::run(config, args)),
        Command::Timelapse(args) => runtime.block_on(timelapse::run(config, args)),
        Command::Verify(args) => return runtime.block_on(verify::run(config, args)),
        Command::Round(args) => runtime.block_on(round::run(config, args)),
        Command::Admin(args) => runtime.block_on(admin::run(&config, &args)),
        Command::Config(args) => config::run(&config, &args),
        Command::Migrate => runtime.block_on(migrate::run(config)),
        Command::Bench(args) => runtime.block_on(crate::bench::run(config, args)),
    };
    done.map(|()| ExitCode::SUCCESS)
}
