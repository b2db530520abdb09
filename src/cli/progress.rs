//! Progress on a terminal, to standard error.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar with count, rate and remaining time; hidden where standard error is no terminal.
pub(super) fn bar(what: &'static str, total: u64) -> ProgressBar {
    let bar = ProgressBar::new(total);
    let template = "{msg:12} [{bar:30}] {human_pos}/{human_len} {per_sec:>14} {eta:>4} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(what);
    bar
}
