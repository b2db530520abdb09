//! Starting the reading side, as a thread or as a process.

use std::{
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use super::{
    BenchError, BenchOptions, Generator,
    load::{self, LoadError, LoadOptions, LoadReport},
};

/// How long connecting all may take.
const CONNECT_MAX: Duration = Duration::from_secs(60);

/// A generator whose connections are all open.
pub(super) enum Running {
    Thread(thread::JoinHandle<Result<LoadReport, LoadError>>),
    Process {
        child: Child,
        output: BufReader<ChildStdout>,
    },
}

impl Running {
    /// Connects all.
    pub(super) fn start(options: &BenchOptions, address: SocketAddr) -> Result<Self, BenchError> {
        let load = LoadOptions {
            address,
            connections: options.connections,
            sampled: options.sampled.min(options.connections),
            sweep_every_ms: 250,
            warm_up_s: options.warm_up_s,
            seconds: options.seconds,
        };
        match &options.generator {
            Generator::Thread => Self::start_thread(load),
            Generator::Process { program, arguments } => {
                Self::start_process(&load, Command::new(program).args(arguments))
            }
        }
    }

    fn start_thread(load: LoadOptions) -> Result<Self, BenchError> {
        let (connected, all_connected) = mpsc::channel();
        let thread = thread::spawn(move || {
            load::run(&load, || {
                // An error says that nobody waits any more, after CONNECT_MAX.
                connected.send(()).ok();
            })
        });
        match all_connected.recv_timeout(CONNECT_MAX) {
            Ok(()) => Ok(Self::Thread(thread)),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(BenchError::Ended),
            Err(mpsc::RecvTimeoutError::Disconnected) => match thread.join() {
                Ok(Err(error)) => Err(error.into()),
                Ok(Ok(_)) | Err(_) => Err(BenchError::Ended),
            },
        }
    }

    fn start_process(load: &LoadOptions, command: &mut Command) -> Result<Self, BenchError> {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(BenchError::Generator)?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(BenchError::Ended);
        };
        serde_json::to_writer(&input, load).map_err(BenchError::Report)?;
        input.write_all(b"\n").map_err(BenchError::Generator)?;
        drop(input);
        let mut output = BufReader::new(output);
        let mut line = String::new();
        output.read_line(&mut line).map_err(BenchError::Generator)?;
        if line.trim() == load::CONNECTED {
            return Ok(Self::Process { child, output });
        }
        child.wait().map_err(BenchError::Generator)?;
        Err(BenchError::Ended)
    }

    /// Waits for its end.
    pub(super) fn report(self) -> Result<LoadReport, BenchError> {
        match self {
            Self::Thread(thread) => match thread.join() {
                Ok(report) => Ok(report?),
                Err(_) => Err(BenchError::Ended),
            },
            Self::Process {
                mut child,
                mut output,
            } => {
                let mut line = String::new();
                output.read_line(&mut line).map_err(BenchError::Generator)?;
                child.wait().map_err(BenchError::Generator)?;
                serde_json::from_str(&line).map_err(BenchError::Report)
            }
        }
    }
}
