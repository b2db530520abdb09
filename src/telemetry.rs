//! What the process says about itself: log lines to standard error, and metrics.

use std::io::IsTerminal as _;

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{Log, LogFormat};

/// Upper bounds of the buckets of times, in seconds: from a lookup in memory to what a person gives
/// up on.
const SECONDS_BUCKETS: [f64; 12] = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10.0,
];

/// Upper bounds of the buckets of times to render a film, in seconds: up to an hour.
const FILM_SECONDS_BUCKETS: [f64; 9] = [1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 600.0, 3_600.0];

/// Upper bounds of the buckets of sizes, in bytes: from a lone placement's frame to a snapshot.
const BYTES_BUCKETS: [f64; 8] = [
    32.0,
    128.0,
    512.0,
    2_048.0,
    8_192.0,
    32_768.0,
    131_072.0,
    1_048_576.0,
];

/// Starts logging. A second call changes nothing.
pub fn start_logging(log: &Log) {
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

/// Starts measuring, once a process.
///
/// # Errors
/// When measuring was started already.
pub fn start_metrics() -> Result<PrometheusHandle, BuildError> {
    let of_films = Matcher::Full("canvas_timelapse_seconds".to_owned());
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(of_films, &FILM_SECONDS_BUCKETS)?
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS_BUCKETS)?
        .set_buckets_for_metric(Matcher::Suffix("_bytes".to_owned()), &BYTES_BUCKETS)?;
    let handle = builder.install_recorder()?;
    describe();
    Ok(handle)
}

/// Every metric, in the order in which an operator reads them.
fn describe() {
    describe_log();
    describe_feed();
    describe_seats();
    describe_snapshots();
    describe_history();
    describe_http();
    describe_timelapses();
    describe_sign_in();
    describe_telegram();
}

fn describe_log() {
    describe_counter!(
        "canvas_placements_total",
        "Placements by outcome: placed, rejected, unavailable (log away), refused (log full)"
    );
    describe_counter!(
        "canvas_undos_total",
        "Placements taken back by their players"
    );
    describe_histogram!(
        "canvas_append_seconds",
        Unit::Seconds,
        "From handing an event to the log to its durable ack"
    );
    describe_counter!(
        "canvas_acts_total",
        "What admins and moderators did, by outcome: done, failed"
    );
    describe_gauge!(
        "canvas_version",
        "The newest version that this gateway has folded"
    );
    describe_gauge!(
        "canvas_lag_events",
        "Events in the log that this gateway has not folded yet"
    );
    describe_counter!(
        "canvas_events_applied_total",
        "Events folded since the start"
    );
}

fn describe_feed() {
    describe_gauge!("canvas_connections", "Feed sockets now");
    describe_gauge!(
        "canvas_connections_blocked",
        "Feed sockets that read slower than they are told"
    );
    describe_counter!(
        "canvas_connections_ended_total",
        "Feed sockets that ended, by reason"
    );
    describe_counter!(
        "canvas_connections_refused_total",
        "Feed sockets that could not be taken over"
    );
    describe_counter!(
        "canvas_resyncs_total",
        "Times that a slow client's frames were dropped and it was sent to the catch-up"
    );
    describe_counter!("canvas_frames_written_total", "Frames handed to the kernel");
    describe_counter!(
        "canvas_frame_bytes_total",
        Unit::Bytes,
        "Bytes handed to the kernel"
    );
    describe_histogram!(
        "canvas_tick_bytes",
        Unit::Bytes,
        "Size of the delta of a tick"
    );
    describe_gauge!(
        "canvas_tick_pass_seconds",
        Unit::Seconds,
        "Time of the last pass over all feed sockets"
    );
}

fn describe_seats() {
    describe_gauge!("canvas_players", "Accounts at this gateway, by status");
    describe_gauge!(
        "canvas_seats",
        "Seats that there are under the present load"
    );
    describe_counter!(
        "canvas_seats_ended_total",
        "Seats, and places in the queue, that ended because nobody used them"
    );
    describe_counter!(
        "canvas_seat_task_turns_total",
        "Times that the task that keeps the seats woke up"
    );
    describe_counter!(
        "canvas_neighbour_messages_lost_total",
        "Messages to other gateways of the same log that could not be sent"
    );
    describe_histogram!(
        "canvas_deadline_late_seconds",
        Unit::Seconds,
        "How late the end of a seat came"
    );
    describe_gauge!(
        "canvas_loop_lag_seconds",
        Unit::Seconds,
        "How late timers, or the last pass over all feed sockets, are"
    );
    describe_gauge!(
        "canvas_feed_bytes_per_second",
        Unit::Bytes,
        "Bytes a second to all feed sockets together"
    );
}

fn describe_snapshots() {
    describe_gauge!("canvas_snapshot_version", "The newest snapshot's version");
    describe_gauge!("canvas_snapshot_bytes", Unit::Bytes, "Its compressed size");
    describe_histogram!(
        "canvas_snapshot_seconds",
        Unit::Seconds,
        "Time to encode, compress and keep a snapshot"
    );
    describe_counter!(
        "canvas_projector_failures_total",
        "Snapshots and checkpoints that could not be kept"
    );
}

fn describe_history() {
    describe_gauge!("canvas_history_version", "The newest version in history");
    describe_counter!(
        "canvas_history_segments_total",
        "Segments closed since the start"
    );
    describe_histogram!(
        "canvas_history_segment_seconds",
        Unit::Seconds,
        "Time to pack a closed segment and its keyframe, and to write them"
    );
    describe_counter!(
        "canvas_history_failures_total",
        "Files of history that could not be written, or were missing or damaged"
    );
}

fn describe_timelapses() {
    describe_counter!(
        "canvas_timelapses_total",
        "Films of the canvas that were begun, by outcome: done, failed, cancelled"
    );
    describe_histogram!(
        "canvas_timelapse_seconds",
        Unit::Seconds,
        "Time to render and keep a film, by format"
    );
    describe_gauge!("canvas_timelapses_queued", "Films that wait");
}

fn describe_http() {
    describe_histogram!(
        "canvas_http_seconds",
        Unit::Seconds,
        "Time to answer a request, by route, method and status"
    );
    describe_counter!("canvas_http_errors_total", "Error bodies, by code");
    describe_counter!(
        "canvas_rate_limited_total",
        "Requests refused because their client asks too often, by class and by address or account"
    );
    describe_counter!(
        "canvas_human_checks_total",
        "Proofs of work by outcome: required, passed (of players at play), failed"
    );
    describe_counter!(
        "canvas_limits_forgotten_total",
        "Times that a limit had more clients than it can count, and forgot those it had"
    );
    describe_counter!(
        "canvas_feedback_total",
        "Messages to the operator that were kept, by category"
    );
    describe_counter!(
        "canvas_feedback_answers_total",
        "Messages to the operator that were answered"
    );
    describe_counter!(
        "canvas_reports_total",
        "Reports of cells and players that were kept, by category"
    );
    describe_counter!(
        "canvas_appeals_total",
        "Appeals that were kept, by kind: ban_appeal, mute_appeal"
    );
    describe_counter!(
        "canvas_report_answers_total",
        "Entries of the queue that were answered, by outcome: acted, dismissed, accepted, denied"
    );
    describe_gauge!("canvas_exports", "Exports that run now");
    describe_counter!(
        "canvas_export_bytes_total",
        Unit::Bytes,
        "Bytes of exports handed to the network, as they are sent"
    );
    describe_gauge!(
        "canvas_http_connections",
        "Connections that speak HTTP; sockets of the feed no longer do"
    );
    describe_counter!(
        "canvas_http_connections_refused_total",
        "Connections closed at once because their client has as many as it may"
    );
    describe_counter!(
        "canvas_accept_errors_total",
        "Times that a connection could not be accepted, as with no file left"
    );
}

fn describe_sign_in() {
    describe_counter!("canvas_sign_ins_total", "Sign-ins, by way");
    describe_counter!(
        "canvas_refreshes_total",
        "Refresh tokens handed in, by outcome: rotated, repeated (the immediate predecessor), \
            reused, expired, revoked, invalid, failed"
    );
    describe_counter!(
        "canvas_login_sessions_ended_total",
        "Login sessions ended before their time, by reason: logout, logout_everywhere, reuse, \
            too_many"
    );
    describe_gauge!(
        "canvas_revocations",
        "Login sessions whose access tokens are refused although they would still hold"
    );
    describe_counter!(
        "canvas_revocations_forgotten_total",
        "Revocations that came too fast to remember: all tokens of their time have to be refreshed"
    );
    describe_counter!(
        "canvas_revocation_reads_failed_total",
        "Looks at the revocations of other gateways that failed after the first"
    );
    describe_counter!(
        "canvas_sign_in_failures_total",
        "Sign-ins at providers and from the Mini App that failed, by way and error code"
    );
    describe_counter!(
        "canvas_id_token_refusals_total",
        "ID tokens that proved nothing, by provider and reason"
    );
}

fn describe_telegram() {
    describe_gauge!(
        "telegram_leader",
        "Whether this process runs the Telegram bot: 1 or 0"
    );
    describe_counter!(
        "telegram_updates_total",
        "What people sent to the bot, by kind (message, tap, other) and outcome: taken, repeated, \
            ignored"
    );
    describe_counter!(
        "telegram_requests_total",
        "Requests to Telegram, by method and outcome: ok, too_fast, failing, network, refused, \
            conflict, token_refused, malformed"
    );
    describe_histogram!(
        "telegram_request_seconds",
        Unit::Seconds,
        "Time of a request to Telegram, by method, without waiting for updates"
    );
    describe_counter!(
        "telegram_restarts_total",
        "Times that the bot was without Telegram and began again, by the outcome that ended it"
    );
}
