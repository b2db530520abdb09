//! `bench fanout`: frames to many sockets at a fixed rate, over loopback.
//!
//! The server side is what `serve` runs: axum, the upgrade, [`Shards`]. The other side is
//! [`load`]. Each frame carries the time at which its tick began, so a latency is the time from
//! the tick to the client's read, the writes to all earlier sockets included.

mod generator;
pub mod load;

use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use thiserror::Error;

use tokio::{net::TcpListener, runtime::Runtime};

use self::{
    generator::Running,
    load::{LoadError, LoadReport},
};
use super::process;
use crate::live::fanout::{Fanout, Frame, Options, Shards, Stats, upgrade};

/// Time and sequence number at the start of each payload, both `u64` little endian.
pub const STAMP_BYTES: usize = 16;

/// Open files that the process needs besides its connections.
const OTHER_FILES: u64 = 200;

/// Who reads the frames.
#[derive(Clone, Debug)]
pub enum Generator {
    /// A thread of this process: two open files a connection, and both ends' memory in one sum.
    Thread,
    /// A process of its own, which must run [`load::run_child`]: one open file a connection
    /// here.
    Process {
        /// The program, as a rule the running one.
        program: PathBuf,
        /// Its arguments.
        arguments: Vec<String>,
    },
}

/// What to measure.
#[derive(Clone, Debug)]
pub struct BenchOptions {
    /// Sockets, at least 1.
    pub connections: usize,
    /// Ticks a second, at least 1.
    pub rate: u32,
    /// Bytes in a payload, at least [`STAMP_BYTES`].
    pub payload_bytes: usize,
    /// Seconds of broadcasting before the measurement.
    pub warm_up_s: u32,
    /// Seconds measured, at least 1.
    pub seconds: u32,
    /// Shard threads.
    pub shards: usize,
    /// Sockets whose latency is measured. 200 to 500: one in epoll costs the generator 4 to
    /// 5 µs a frame, one that is only swept 0.3 to 1.6.
    pub sampled: usize,
    /// Who reads.
    pub generator: Generator,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct BenchReport {
    /// Sockets.
    pub connections: usize,
    /// Ticks a second that were asked for.
    pub rate: u32,
    /// Bytes in a payload.
    pub payload_bytes: usize,
    /// Shard threads.
    pub shards: usize,
    /// Frames read a second, over all sockets.
    pub deliveries_per_s: f64,
    /// Frames that never came: gaps in the sequence numbers, over all sockets.
    pub lost_frames: u64,
    /// Times that the server dropped a socket's frames for a resync.
    pub resyncs: u64,
    /// Median time from tick to read, on the sampled sockets.
    pub latency_p50_ms: f64,
    /// 99th percentile of the same.
    pub latency_p99_ms: f64,
    /// Largest of the same.
    pub latency_max_ms: f64,
    /// Cores that the server used, without the generator.
    pub server_cores: f64,
    /// CPU time of the server for a frame to one socket.
    pub server_us_per_delivery: f64,
    /// Resident memory for a socket before the first tick; absent where there is no `/proc`.
    pub idle_bytes_per_socket: Option<f64>,
    /// The same at the end, with the generator's where it is a thread.
    pub active_bytes_per_socket: Option<f64>,
    /// How long the last tick took to write to all sockets.
    pub last_pass_ms: f64,
}

/// Why nothing was measured.
#[derive(Debug, Error)]
pub enum BenchError {
    /// An option is out of its range.
    #[error("{0} is too small")]
    Option(&'static str),
    /// Too few open files are allowed. With [`Generator::Process`] half as many are needed.
    #[error("{needed} open files are needed, {allowed} are allowed (ulimit -Hn)")]
    OpenFiles {
        /// Open files for this many connections.
        needed: u64,
        /// The hard limit.
        allowed: u64,
    },
    /// The server side could not start.
    #[error("could not start the server")]
    Server(#[source] io::Error),
    /// The generator process could not be run.
    #[error("could not run the load generator")]
    Generator(#[source] io::Error),
    /// The generator failed.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The generator process gave no report.
    #[error("the load generator gave no report")]
    Report(#[source] serde_json::Error),
    /// The generator ended early.
    #[error("the load generator ended before all were connected")]
    Ended,
}

/// Measures once. Blocks for the whole run, so it must not be called on an async runtime.
///
/// # Errors
/// See [`BenchError`].
pub fn run(options: &BenchOptions) -> Result<BenchReport, BenchError> {
    check(options)?;
    let runtime = Runtime::new().map_err(BenchError::Server)?;
    let fanout_options = Options {
        shards: options.shards,
        ..Options::default()
    };
    let fanout = Shards::start(fanout_options, runtime.handle().clone());
    let fanout = Arc::new(fanout.map_err(BenchError::Server)?);
    let address = serve(&runtime, fanout.clone()).map_err(BenchError::Server)?;

    let rss_before = process::resident_bytes();
    let generator = Running::start(options, address)?;
    let idle = per_socket(options, rss_before);
    let ticking = thread::scope(|scope| {
        let (stop, stopped) = mpsc::channel();
        let fanout = &*fanout;
        let ticker = scope.spawn(move || tick(fanout, options, &stopped));
        thread::sleep(Duration::from_secs(options.warm_up_s.into()));
        let measured = measure(fanout, options, generator);
        // The ticker ends with the sender too, so an error here says that it already did.
        stop.send(()).ok();
        ticker.join().ok();
        measured
    })?;
    let Measured {
        load,
        stats,
        server_cores,
    } = ticking;
    let active = per_socket(options, rss_before);
    fanout.shutdown();
    let deliveries_per_s = load.frames as f64 / load.seconds;
    Ok(BenchReport {
        connections: options.connections,
        rate: options.rate,
        payload_bytes: options.payload_bytes,
        shards: options.shards,
        deliveries_per_s,
        lost_frames: load.lost_frames,
        resyncs: stats.resyncs,
        latency_p50_ms: load.latency_p50_us as f64 / 1e3,
        latency_p99_ms: load.latency_p99_us as f64 / 1e3,
        latency_max_ms: load.latency_max_us as f64 / 1e3,
        server_cores,
        server_us_per_delivery: server_cores * 1e6 / deliveries_per_s,
        idle_bytes_per_socket: idle,
        active_bytes_per_socket: active,
        last_pass_ms: stats.last_pass.as_secs_f64() * 1e3,
    })
}

fn check(options: &BenchOptions) -> Result<(), BenchError> {
    for (value, least, name) in [
        (options.connections, 1, "the number of connections"),
        (options.rate as usize, 1, "the rate"),
        (options.seconds as usize, 1, "the number of seconds"),
        (options.sampled, 1, "the number of sampled connections"),
        (options.payload_bytes, STAMP_BYTES, "the payload"),
    ] {
        if value < least {
            return Err(BenchError::Option(name));
        }
    }
    let files_each = match options.generator {
        Generator::Thread => 2,
        Generator::Process { .. } => 1,
    };
    let needed = options.connections as u64 * files_each + OTHER_FILES;
    process::allow_open_files(needed).map_err(|allowed| BenchError::OpenFiles { needed, allowed })
}

/// Serves the feed on a free port.
fn serve(runtime: &Runtime, fanout: Arc<Shards>) -> io::Result<SocketAddr> {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    let router = Router::new()
        .route(load::PATH, get(open_feed))
        .with_state(fanout);
    runtime.spawn(async { axum::serve(listener, router).await });
    Ok(address)
}

async fn open_feed(State(fanout): State<Arc<Shards>>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let adopted = upgrade(&mut parts, None, move |socket| {
        if let Err(error) = fanout.adopt(socket, Frame::binary(&[])) {
            tracing::warn!(%error, "could not adopt a socket");
        }
    });
    adopted.unwrap_or_else(|error| (StatusCode::BAD_REQUEST, error.to_string()).into_response())
}

/// Broadcasts at the rate until told to stop. A late tick is made up for at once.
fn tick(fanout: &Shards, options: &BenchOptions, stopped: &mpsc::Receiver<()>) {
    let started_at = Instant::now();
    let mut payload = vec![0; options.payload_bytes];
    for sequence in 0u32.. {
        let due = started_at + Duration::from_secs(1) * sequence / options.rate;
        match stopped.recv_timeout(due.saturating_duration_since(Instant::now())) {
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => return,
        }
        payload[..8].copy_from_slice(&process::monotonic_ns().to_le_bytes());
        payload[8..STAMP_BYTES].copy_from_slice(&u64::from(sequence).to_le_bytes());
        let frame = Frame::binary(&payload);
        fanout.broadcast(frame.clone(), frame);
    }
}

struct Measured {
    load: LoadReport,
    stats: Stats,
    server_cores: f64,
}

fn measure(
    fanout: &Shards,
    options: &BenchOptions,
    generator: Running,
) -> Result<Measured, BenchError> {
    let (started_at, cpu) = (Instant::now(), process::cpu_time());
    thread::sleep(Duration::from_secs(options.seconds.into()));
    let (wall, cpu) = (
        started_at.elapsed(),
        process::cpu_time().saturating_sub(cpu),
    );
    let stats = fanout.stats();
    let in_thread = matches!(generator, Running::Thread { .. });
    let load = generator.report()?;
    let generator_cpu = if in_thread { load.cpu_seconds } else { 0.0 };
    let server_cores = (cpu.as_secs_f64() - generator_cpu) / wall.as_secs_f64();
    Ok(Measured {
        load,
        stats,
        server_cores,
    })
}

fn per_socket(options: &BenchOptions, before: Option<u64>) -> Option<f64> {
    let grown = process::resident_bytes()?.saturating_sub(before?);
    Some(grown as f64 / options.connections as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run that a test can wait for.
    fn small() -> BenchOptions {
        BenchOptions {
            connections: 20,
            rate: 50,
            payload_bytes: 512,
            warm_up_s: 0,
            seconds: 1,
            shards: 2,
            sampled: 10,
            generator: Generator::Thread,
        }
    }

    #[test]
    fn a_run_counts_what_every_socket_read() {
        let report = run(&small()).unwrap();
        assert_eq!(report.lost_frames, 0);
        assert!(report.deliveries_per_s > 100.0, "{report:?}");
        assert!(report.latency_p99_ms >= report.latency_p50_ms);
    }

    #[test]
    fn too_many_connections_name_the_limit() {
        let options = BenchOptions {
            connections: usize::MAX / 4,
            ..small()
        };
        assert!(matches!(run(&options), Err(BenchError::OpenFiles { .. })));
    }

    #[test]
    fn a_payload_without_room_for_the_stamp_is_refused() {
        let options = BenchOptions {
            payload_bytes: 15,
            ..small()
        };
        assert!(matches!(
            run(&options),
            Err(BenchError::Option("the payload"))
        ));
    }
}
