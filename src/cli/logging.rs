//! What the process writes about itself, to standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{Log, LogFormat};

/// Starts logging. A second call changes nothing.
pub(super) fn start(log: &Log) {
    // The directives were checked when the settings were read.
    let filter = EnvFilter::try_new(&log.level).unwrap_or_default();
    let registry = tracing_subscriber::registry().with(filter);
    let to_stderr = layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match log.format {
        LogFormat::Text => registry.with(to_stderr.with_target(false)).try_init(),
        LogFormat::Json => registry.with(to_stderr.json()).try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging was started already");
    }
}
