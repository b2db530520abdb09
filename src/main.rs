//! The `pixelwars` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    pixelwars::cli::run()
}
