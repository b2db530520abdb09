//! The program itself, as an operator runs it.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Output, Stdio};

use event_store::UnixMs;
use pixelwars::auth::{KeyRing, TokenRules, TokenSession, TokenSigner};
use pixelwars::players::{LoginSessionId, Player, SessionNumber};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::support::actor::Actor;
use crate::support::eventually;
use crate::support::feed::{Feed, Frame};

/// A process of its own that serves on a free port; killed when dropped.
struct Process {
    child: Child,
    address: SocketAddr,
    folder: TempDir,
    runtime: Runtime,
}

/// The program with these arguments, on the data in `folder`.
fn program(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pixelwars"));
    command.args(arguments).arg("--data-dir").arg(folder.path());
    // A settings file of whoever runs the tests must not count.
    command.current_dir(folder.path());
    command
}

impl Process {
    fn serve() -> Self {
        let folder = TempDir::new().unwrap();
        let mut serve = program(&folder, &["serve", "--listen", "127.0.0.1:0"]);
        serve.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = serve.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut lines = String::new();
        let address = loop {
            let from = lines.len();
            let read = log.read_line(&mut lines).unwrap();
            assert!(read > 0, "the server ended:\n{lines}");
            if let Some((_, address)) = lines[from..].split_once("listening on http://") {
                break address.trim().parse().unwrap();
            }
        };
        // Nobody else reads the log; a full pipe would stop the server.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        let runtime = Runtime::new().unwrap();
        Self {
            child,
            address,
            folder,
            runtime,
        }
    }

    fn player(&self) -> Actor {
        let player = Actor::sign_in(self.address, self.runtime.handle().clone(), "Ada");
        player.play();
        player
    }

    fn run(&self, arguments: &[&str]) -> Output {
        program(&self.folder, arguments).output().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_round_that_another_process_opens_is_told_and_sigterm_says_goodbye() {
    let mut server = Process::serve();
    let ada = server.player();
    ada.place(1, 0, 5);
    let mut feed = Feed::open(TcpStream::connect(server.address).unwrap(), &ada.ticket());
    assert!(matches!(feed.next(), Frame::Hello { version: 2, .. }));

    let refused = server.run(&["round", "open"]);
    assert!(!refused.status.success(), "a round still runs");
    let opened = server.run(&[
        "round",
        "open",
        "--replace",
        "--size",
        "9x8",
        "--title",
        "new",
    ]);
    assert!(opened.status.success(), "{opened:?}");
    let Frame::Round(info) = feed.next() else {
        panic!("not a round");
    };
    assert_eq!(info["round"], 2);
    assert_eq!((&info["width"], &info["height"]), (&9.into(), &8.into()));
    assert_eq!(info["title"], "new");

    let process = Pid::from_child(&server.child);
    kill_process(process, Signal::TERM).unwrap();
    assert_eq!(feed.close_code(), 1012);
    drop(feed);
    assert!(server.child.wait().unwrap().success());
}

#[test]
fn a_key_that_another_process_makes_comes_into_use_without_a_restart() {
    let server = Process::serve();
    let ada = server.player();
    let key_of = |player: &Actor| {
        let header = jsonwebtoken::decode_header(player.token()).unwrap();
        header.kid.unwrap()
    };
    let rotated = server.run(&["admin", "rotate-key"]);
    assert!(rotated.status.success(), "{rotated:?}");
    let told = String::from_utf8(rotated.stdout).unwrap();
    assert!(!told.contains(&key_of(&ada)), "{told}");
    // A token of a gateway that has the new key already makes this one look for it.
    let ring = KeyRing::open(server.folder.path(), UnixMs::now()).unwrap();
    assert!(told.contains(&ring.signing_id()), "{told}");
    let rules = TokenRules {
        issuer: "pixelwars".to_owned(),
        audience: "pixelwars".to_owned(),
        ttl_s: 900,
    };
    let somebody = Player {
        id: ada.id(),
        name: "Ada".parse().unwrap(),
    };
    let of = TokenSession {
        login_session: LoginSessionId::from_bytes([0; 16]),
        session: SessionNumber(1),
    };
    let signed = TokenSigner::new(ring.clone(), rules).sign(&somebody, of, UnixMs::now());
    let elsewhere = ada.with_token(&signed.unwrap().token, ada.id());
    eventually("the server takes the new key's tokens", || {
        (elsewhere.get("/api/v1/me").status() == 200).then_some(())
    });
    assert_eq!(key_of(&server.player()), ring.signing_id());
    ada.get("/api/v1/me").expect(200);
}
