//! A real server that speaks S3, for a test.

use std::fs::File;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use event_store::testing::free_port;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::eventually;

/// The id of the server's own key, and its secret. It refuses any other id, and takes signatures of
/// version 4 as they come.
const KEY: &str = "S3RVER";

/// The bucket that it has.
pub(crate) const BUCKET: &str = "canvases";

/// A running S3 server on its own loopback port, with one empty bucket in a folder of its own. It
/// is killed, and the folder removed, when this is dropped.
///
/// The program is a script for Node, which `scripts/setup.sh` installs in `.tools/s3-server`.
pub(crate) struct S3Server {
    port: u16,
    folder: TempDir,
    process: Option<Child>,
}

impl S3Server {
    pub(crate) fn start() -> Self {
        let mut server = Self {
            port: Runtime::new().unwrap().block_on(free_port()),
            folder: TempDir::new().unwrap(),
            process: None,
        };
        server.start_again();
        server
    }

    /// Starts a server that was killed, on the same port and folder.
    pub(crate) fn start_again(&mut self) {
        let log = self.folder.path().join("log");
        let out = File::create(&log).unwrap();
        let mut command = Command::new("node");
        command
            // Its tokens of listings in pages are encrypted with DES.
            .arg("--openssl-legacy-provider")
            .arg(program())
            .arg("--directory")
            .arg(self.folder.path().join("buckets"))
            .args(["--address", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--silent", "--no-vhost-buckets"])
            .args(["--configure-bucket", BUCKET]);
        command
            .stdin(Stdio::null())
            .stderr(out.try_clone().unwrap());
        let mut process = command
            .stdout(out)
            .spawn()
            .expect("node is on the search path");
        eventually("the S3 server listens", || {
            let ended = process.try_wait().unwrap();
            let told = || std::fs::read_to_string(&log).unwrap_or_default();
            assert!(ended.is_none(), "the S3 server ended: {}", told());
            TcpStream::connect(("127.0.0.1", self.port)).ok()
        });
        self.process = Some(process);
    }

    /// Ends the server at once, as a crash would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Stops the process where it is: connections stay open, and nothing is answered.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let process = self.process.as_ref().expect("it runs");
        kill_process(Pid::from_child(process), signal).unwrap();
    }

    /// The settings of a program whose blobs are under `prefix` in the bucket.
    pub(crate) fn settings(&self, prefix: &str) -> Vec<(&'static str, String)> {
        vec![
            ("blobs", format!("s3://{BUCKET}/{prefix}")),
            ("s3.endpoint", format!("http://127.0.0.1:{}", self.port)),
            ("s3.access_key_id", KEY.to_owned()),
            ("s3.secret_access_key", KEY.to_owned()),
        ]
    }

    /// The names of the objects in the bucket, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let bucket = self.folder.path().join("buckets").join(BUCKET);
        let mut names = Vec::new();
        let mut folders = vec![bucket.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(&bucket).unwrap().to_str().unwrap();
                if path.is_dir() {
                    folders.push(path);
                } else if let Some(name) = name.strip_suffix("._S3rver_object") {
                    names.push(name.to_owned());
                }
            }
        }
        names.sort();
        names
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn program() -> PathBuf {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    repository.join(".tools/s3-server/node_modules/s3rver/bin/s3rver.js")
}
