//! `pixelwars config check|print`

use clap::{Args, Subcommand};

use crate::config::Config;

/// Options of `config`.
#[derive(Args)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Report every fault of the settings at once; exit 0 only if there is none
    Check,
    /// Print the settings in force, secrets masked, and where each came from
    Print,
}

/// The settings were loaded already, so there is no fault in them.
pub(super) fn run(config: &Config, args: &ConfigArgs) -> anyhow::Result<()> {
    match args.action {
        Action::Check => println!("the settings are sound"),
        Action::Print => print!("{}", config.print()),
    }
    Ok(())
}
