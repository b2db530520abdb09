//! The program itself, as a child process that can be killed and started again.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use event_store::testing::NatsServer;
use parking_lot::Mutex;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::timeout;

/// How long the server may take until it listens.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// What the server logs once it listens, before the address.
const LISTENING: &str = "listening on http://";

/// Where the log of a test is.
pub(crate) enum Log {
    Embedded,
    Nats(NatsServer),
}

/// A server with a data folder and a log of its own.
pub(crate) struct Server {
    pub(crate) log: Log,
    settings: Vec<(&'static str, String)>,
    folder: TempDir,
    process: Option<Child>,
    address: watch::Sender<Option<SocketAddr>>,
    output: Arc<Mutex<String>>,
}

impl Server {
    /// Starts a server. `settings` are environment variables without the prefix.
    pub(crate) async fn start(log: Log, mut settings: Vec<(&'static str, String)>) -> Self {
        if let Log::Nats(nats) = &log {
            settings.push(("EVENT_STORE", nats.url()));
        }
        let mut server = Self {
            log,
            settings,
            folder: TempDir::new().unwrap(),
            process: None,
            address: watch::Sender::new(None),
            output: Arc::default(),
        };
        server.restart().await;
        server
    }

    /// Where the server listens; nothing while it does not. A restart changes it.
    pub(crate) fn address(&self) -> watch::Receiver<Option<SocketAddr>> {
        self.address.subscribe()
    }

    /// Starts the server on the folder and the log that it had before.
    pub(crate) async fn restart(&mut self) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pixelwars"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir", "data"])
            .current_dir(&self.folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        for (key, value) in &self.settings {
            command.env(format!("PIXELWARS_{key}"), value);
        }
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let (output, address) = (Arc::clone(&self.output), self.address.clone());
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some((_, listening)) = line.split_once(LISTENING) {
                    address.send_replace(Some(listening.trim().parse().unwrap()));
                }
                let mut output = output.lock();
                output.push_str(&line);
                output.push('\n');
            }
        });
        self.process = Some(process);
        let mut address = self.address();
        let listens = address.wait_for(Option::is_some);
        let is_ready = timeout(READY_WITHIN, listens).await.is_ok();
        assert!(
            is_ready,
            "the server does not listen:\n{}",
            self.output.lock()
        );
    }

    /// Ends the server at once (SIGKILL). It must have run until now.
    pub(crate) async fn kill(&mut self) {
        self.assert_running();
        self.address.send_replace(None);
        self.process.take().unwrap().kill().await.unwrap();
    }

    /// Fails when the server has ended by itself.
    pub(crate) fn assert_running(&mut self) {
        let ended = self.process.as_mut().unwrap().try_wait().unwrap();
        assert!(
            ended.is_none(),
            "the server ended by itself: {ended:?}\n{}",
            self.output.lock()
        );
    }

    /// The nats-server behind the server.
    pub(crate) fn nats(&mut self) -> &mut NatsServer {
        match &mut self.log {
            Log::Nats(nats) => nats,
            Log::Embedded => panic!("there is no nats-server behind the embedded log"),
        }
    }
}
