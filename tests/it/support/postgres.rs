//! A Postgres server of one's own: its data in a folder that is gone afterwards, reachable only
//! through a socket in that folder.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Where Debian and its kin put each release's programs, in a folder named by the release.
const DEBIAN_PROGRAMS: &str = "/usr/lib/postgresql";

/// The user and group of a server that root starts, since Postgres refuses to be root: `nobody`.
const NOBODY: u32 = 65_534;

/// How long the server may take to start, in seconds; `pg_ctl` gives up then.
const START_TIMEOUT_S: &str = "60";

/// A running server; stopped when dropped.
pub(crate) struct Postgres {
    programs: Programs,
    folder: TempDir,
}

impl Postgres {
    /// Starts a server with one empty database and waits until it answers.
    ///
    /// # Panics
    /// When Postgres is not installed or does not start: a test that needs it has failed then.
    pub(crate) fn start() -> Self {
        let programs = Programs::find();
        let folder = TempDir::new().expect("there is a folder for temporary files");
        chown(folder.path(), programs.owner, programs.owner).expect("root may give folders away");

        let mut initdb = programs.command("initdb");
        initdb.args(["--auth=trust", "--username=test", "--no-sync"]);
        initdb.args(["--encoding=UTF8", "--locale=C", "--pgdata"]);
        run(initdb.arg(folder.path().join("data")));

        let postgres = Self { programs, folder };
        let folder = postgres.folder.path().display();
        let options = format!("-k {folder} -c listen_addresses= -c fsync=off");
        let mut start = postgres.pg_ctl("start");
        start.args([
            "--wait",
            "--timeout",
            START_TIMEOUT_S,
            "--options",
            &options,
        ]);
        run(start.arg("--log").arg(postgres.folder.path().join("log")));
        postgres
    }

    /// The address of its database.
    pub(crate) fn url(&self) -> String {
        let folder = self.folder.path().display();
        format!("postgres://test@localhost/postgres?host={folder}")
    }

    fn pg_ctl(&self, action: &str) -> Command {
        let mut command = self.programs.command("pg_ctl");
        command.arg(action).arg("--pgdata");
        command.arg(self.folder.path().join("data"));
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = self.pg_ctl("stop");
        let stopped = stop.args(["--mode", "immediate"]).output();
        let is_stopped = stopped.is_ok_and(|output| output.status.success());
        assert!(
            is_stopped || std::thread::panicking(),
            "could not stop postgres"
        );
    }
}

/// The programs of a Postgres release.
struct Programs {
    /// Where they are, when not in the search path.
    folder: PathBuf,
    /// Whom they run as, when not as this process does.
    owner: Option<u32>,
}

impl Programs {
    fn find() -> Self {
        let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        let owner = is_root.then_some(NOBODY);
        let releases = fs::read_dir(DEBIAN_PROGRAMS)
            .into_iter()
            .flatten()
            .flatten();
        let folders = releases.map(|release| release.path().join("bin"));
        let folder = folders
            .chain([PathBuf::new()])
            .find(|folder| {
                let mut initdb = Command::new(folder.join("initdb"));
                initdb.arg("--version").output().is_ok()
            })
            .expect("no initdb: these tests need a Postgres server; run `make setup`");
        Self { folder, owner }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.folder.join(program));
        if let Some(owner) = self.owner {
            command.uid(owner).gid(owner);
        }
        // The folder that this process is in may be closed to that user.
        command.current_dir(Path::new("/"));
        command
    }
}

fn run(command: &mut Command) {
    let Output { status, stderr, .. } = command.output().expect("initdb was found");
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?}: {status}\n{stderr}");
}
