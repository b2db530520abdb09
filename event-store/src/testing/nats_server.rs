//! A real nats-server for a test.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};

/// How long a server may take until it is ready, or until it has stopped.
const READY_WITHIN: Duration = Duration::from_secs(20);

/// How often the state of a starting or stopping server is looked at.
const POLL_EVERY: Duration = Duration::from_millis(10);

/// Ports to choose from. They lie below the range that operating systems give to outgoing
/// connections (Linux: from 32768 on), so that nobody takes the port while the server is away.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A running nats-server with JetStream, on its own loopback port and its own empty store. It is
/// killed, and the store removed, when this is dropped.
///
/// The program is `$PW_TEST_NATS_SERVER`, else `.tools/bin/nats-server` in the repository (put
/// there by `make setup`), else `nats-server` on the search path.
///
/// Every method panics when the server does not do as told: tests cannot go on then.
#[derive(Debug)]
pub struct NatsServer {
    program: OsString,
    config: PathBuf,
    port: u16,
    directory: TempDir,
    process: Option<Child>,
}

impl NatsServer {
    /// Starts a server with the repository's `nats.conf`.
    pub async fn start() -> Self {
        Self::start_from(repository().join("nats.conf")).await
    }

    /// Starts a server with one of the files of `event-store/tests/configs`.
    pub async fn start_with(config: &str) -> Self {
        let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs");
        Self::start_from(configs.join(config)).await
    }

    async fn start_from(config: PathBuf) -> Self {
        let mut server = Self {
            program: program(),
            config,
            port: free_port().await,
            directory: TempDir::new().expect("could not make a directory for nats-server"),
            process: None,
        };
        server.restart().await;
        server
    }

    /// Where clients connect.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The client port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Starts the server again, on the same port and store, and waits until JetStream is ready.
    /// Stops it first if it runs.
    pub async fn restart(&mut self) {
        self.stop().await;
        let port = self.port.to_string();
        let log = File::create(self.log()).expect("could not make a log for nats-server");
        let process = Command::new(&self.program)
            .arg("-c")
            .arg(&self.config)
            .args(["-a", "127.0.0.1", "-p", &port])
            .env("NATS_STORE_DIR", self.directory.path().join("store"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        let process = process.unwrap_or_else(|error| {
            let program = self.program.display();
            panic!("could not start `{program}` ({error}): run `make setup`")
        });
        self.process = Some(process);
        self.wait_until_ready().await;
    }

    /// Asks the server to end and waits until it has. Nothing happens if it does not run.
    pub async fn stop(&mut self) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        let asked = Command::new(&self.program)
            .arg("--signal")
            .arg(format!("term={}", process.id()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let deadline = Instant::now() + READY_WITHIN;
        while asked.is_ok() && Instant::now() < deadline {
            if matches!(process.try_wait(), Ok(Some(_))) {
                return;
            }
            sleep(POLL_EVERY).await;
        }
        end(&mut process);
        panic!("nats-server did not stop when asked");
    }

    /// Ends the server at once, as a crash would (SIGKILL). Nothing happens if it does not run.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            end(&mut process);
        }
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    async fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + READY_WITHIN;
        while !says_jetstream(self.port).await {
            let ended = self.process.as_mut().map(Child::try_wait);
            let runs = matches!(ended, Some(Ok(None)));
            if !runs || Instant::now() > deadline {
                let log = std::fs::read_to_string(self.log()).unwrap_or_default();
                panic!("nats-server is not ready on port {}: {log}", self.port);
            }
            sleep(POLL_EVERY).await;
        }
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Kills and reaps; a process that has ended already is as good.
fn end(process: &mut Child) {
    process.kill().ok();
    process.wait().ok();
}

/// Whether a server answers on `port` and its greeting (the protocol's `INFO` line) says that
/// JetStream is on.
async fn says_jetstream(port: u16) -> bool {
    let greeting = async {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).await?;
        std::io::Result::Ok(line.contains(r#""jetstream":true"#))
    };
    matches!(
        timeout(Duration::from_secs(1), greeting).await,
        Ok(Ok(true))
    )
}

/// A port that nobody listens on. Where the search begins differs from process to process and from
/// call to call, so that tests side by side do not race for one port.
///
/// # Panics
/// When there is none.
pub async fn free_port() -> u16 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static CALLS: AtomicU32 = AtomicU32::new(0);

    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let seed = std::process::id()
        .wrapping_mul(7_919)
        .wrapping_add(call * 101);
    let count = u32::from(PORTS.end - PORTS.start);
    for step in 0..count {
        let offset = seed.wrapping_add(step) % count;
        let port = PORTS.start + u16::try_from(offset).expect("the range has 16 bits");
        if TcpListener::bind(("127.0.0.1", port)).await.is_ok() {
            return port;
        }
    }
    panic!("no free port from {} to {}", PORTS.start, PORTS.end);
}

fn repository() -> &'static Path {
    let crate_directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_directory.parent().unwrap_or(crate_directory)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a tool of the tests, not a setting of the program"
)]
fn program() -> OsString {
    if let Ok(program) = std::env::var("PW_TEST_NATS_SERVER") {
        return program.into();
    }
    let installed = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|directory| directory.join(".tools/bin/nats-server"))
        .find(|program| program.is_file());
    installed.map_or_else(|| "nats-server".into(), PathBuf::into_os_string)
}
