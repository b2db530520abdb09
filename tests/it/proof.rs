//! Proofs: what the server says of a version, and the checker that believes only public files.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, Uri};
use event_store::event::PlacementMade;
use event_store::{Cell, Event, PaletteIndex, PlayerId, RoundId, Version};
use pixelwars::proof::checker::{
    CheckOptions, Disagreement, FetchError, Fetcher, PublicFiles, Report, check,
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::eventually;
use crate::support::test_app::TestApp;

const CANVAS: &str = "/api/v1/canvases/main";

/// A server whose first three rounds are over, with some placements in each of four.
struct Played {
    app: TestApp,
    last: Version,
}

impl Played {
    fn new() -> Self {
        let app = TestApp::start();
        let mut last = Version(1);
        for round in 1..=4 {
            if round > 1 {
                app.open_round(&app.round_plan());
            }
            for number in 0..6u16 {
                last = app.append(Event::PlacementMade(PlacementMade {
                    round: RoundId(round),
                    player: PlayerId::from_bits(u64::from(number % 3)),
                    cell: Cell::new(number, round as u16),
                    color: PaletteIndex(number as u8),
                }));
            }
        }
        let played = Self { app, last };
        played.wait();
        played
    }

    fn wait(&self) {
        eventually("history is read", || {
            let answer = self.app.guest().get(&format!("{CANVAS}/history"));
            let is_ready = answer.status() == 200 && answer.json()["version"] == self.last.0;
            is_ready.then_some(())
        });
    }

    fn get(&self, path: &str) -> Value {
        let answer = self.app.guest().get(&format!("{CANVAS}/{path}"));
        answer.expect(200)
    }

    fn url(&self) -> String {
        format!("http://{}{CANVAS}", self.app.address())
    }

    fn folder(&self) -> PathBuf {
        self.app.folder().join("blobs/main/history")
    }

    /// Everything public, by path and query under the canvas.
    fn copied(&self) -> HashMap<String, Vec<u8>> {
        let manifest = self.get("history");
        let segments = manifest["segments"].as_array().unwrap();
        let mut paths = vec!["history".to_owned(), "history/segments/open".to_owned()];
        for segment in segments {
            paths.push(format!("history/segments/{}", segment["number"]));
            paths.push(format!("history/keyframes/{}", segment["last"]));
        }
        for version in 1..=self.last.0 {
            paths.push(format!("proof?version={version}"));
        }
        let body = |path: &String| {
            let answer = self.app.guest().get(&format!("{CANVAS}/{path}"));
            assert_eq!(answer.status(), 200, "{path}");
            answer.body.to_vec()
        };
        paths
            .iter()
            .map(|path| (path.clone(), body(path)))
            .collect()
    }
}

fn serve(runtime: &Runtime, router: Router) -> SocketAddr {
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
    let listener = listener.unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move { axum::serve(listener, router).await });
    address
}

/// Serves what it was given and nothing else: a server that may lie.
struct Mirror {
    address: SocketAddr,
    _runtime: Runtime,
}

impl Mirror {
    fn serving(files: HashMap<String, Vec<u8>>) -> Self {
        let runtime = Runtime::new().unwrap();
        let files = Arc::new(files);
        let answer = move |uri: Uri| {
            let path = uri.path_and_query().unwrap().as_str();
            let found = path.strip_prefix("/main/").and_then(|path| files.get(path));
            let found = found.cloned().ok_or(StatusCode::NOT_FOUND);
            async move { found }
        };
        Self {
            address: serve(&runtime, Router::new().fallback(answer)),
            _runtime: runtime,
        }
    }

    fn checked(&self) -> Report {
        checked(&format!("http://{}/main", self.address), 1)
    }
}

fn checked(url: &str, from: u64) -> Report {
    let files = PublicFiles::Server(Fetcher::new(url).unwrap());
    run_check(&files, from)
}

fn run_check(files: &PublicFiles, from: u64) -> Report {
    let options = CheckOptions {
        from: Version(from),
        samples: 200,
    };
    let report = Runtime::new()
        .unwrap()
        .block_on(check(files, options, |_, _| {}));
    report.unwrap()
}

fn program(played: &Played, arguments: &[&str]) -> (Output, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pixelwars"));
    command.args(arguments).current_dir(played.app.folder());
    command.arg("--data-dir").arg(played.app.folder());
    let output = command.output().unwrap();
    let report = serde_json::from_slice(&output.stdout);
    let report = report.unwrap_or_else(|_| panic!("no report: {output:?}"));
    (output, report)
}

#[test]
fn a_proof_leads_from_a_version_to_the_head_of_the_chain() {
    let played = Played::new();
    let manifest = played.get("history");
    let segments = &manifest["segments"];
    let proof = played.get("proof?version=10");
    assert_eq!(proof["canvas"], "main");
    assert_eq!(proof["version"], 10);
    assert_eq!(proof["segment"]["number"], 2);
    assert_eq!(proof["segment"]["hash"], segments[1]["hash"]);
    assert_eq!(proof["segment"]["url"], segments[1]["url"]);
    assert_eq!(
        proof["keyframe_before"],
        Value::Null,
        "the segment begins a round"
    );
    assert_eq!(
        proof["keyframe_after"]["hash"],
        segments[1]["keyframe"]["hash"]
    );
    assert_eq!(proof["chain_before"], segments[0]["chain"]);
    assert_eq!(proof["chain_after"], segments[1]["chain"]);
    let head = json!({"number": 3, "last": segments[2]["last"], "chain": manifest["chain"]});
    assert_eq!(proof["head"], head);

    let open = played.get("proof");
    assert_eq!(open["version"], played.last.0);
    assert_eq!(
        (&open["segment"], &open["chain_after"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(open["chain_before"], manifest["chain"]);
    assert_ne!(open["canvas_hash"], proof["canvas_hash"]);

    let guest = played.app.guest();
    let refused = |path: &str| guest.get(&format!("{CANVAS}/{path}"));
    refused("proof?version=0").expect_error(404, "version_not_found");
    refused("proof?version=999").expect_error(404, "version_not_found");
    refused("proof?version=x").expect_error(400, "invalid_request");
    let elsewhere = guest.get("/api/v1/canvases/other/proof");
    elsewhere.expect_error(404, "canvas_not_found");
}

#[test]
fn a_true_server_and_its_stored_files_hold() {
    let played = Played::new();
    let manifest = played.get("history");
    let report = checked(&played.url(), 1);
    assert_eq!(report.disagreement, None);
    assert!(report.holds);
    assert_eq!((report.segments, report.version), (3, played.last.0));
    assert_eq!(report.events, played.last.0);
    assert_eq!(manifest["chain"], report.chain);
    assert!(report.proofs > 10, "{}", report.proofs);

    let later = checked(&played.url(), 10);
    assert!(later.holds);
    assert_eq!((later.from, later.segments), (8, 2));

    let stored = run_check(&PublicFiles::Folder(played.folder()), 1);
    assert!(stored.holds, "{:?}", stored.disagreement);
    assert_eq!((stored.segments, stored.proofs), (3, 0));
    assert_eq!(stored.chain, report.chain);
}

/// Something to change in what a server sends, and the file that must be named then.
type Lie = (
    &'static str,
    fn(&mut HashMap<String, Vec<u8>>),
    &'static str,
    Option<u32>,
);

fn flip(files: &mut HashMap<String, Vec<u8>>, name: &str, at: usize) {
    files.get_mut(name).unwrap()[at] ^= 1;
}

fn edit(files: &mut HashMap<String, Vec<u8>>, name: &str, change: impl FnOnce(&mut Value)) {
    let bytes = files.get_mut(name).unwrap();
    let mut value = serde_json::from_slice(bytes).unwrap();
    change(&mut value);
    *bytes = serde_json::to_vec(&value).unwrap();
}

const LIST: &str = "the list of segments";

fn lies() -> Vec<Lie> {
    vec![
        (
            "a byte of a segment",
            |files| flip(files, "history/segments/2", 140),
            "segment 2",
            Some(2),
        ),
        (
            "a byte of a keyframe",
            |files| flip(files, "history/keyframes/7", 200),
            "keyframe 7",
            Some(1),
        ),
        (
            "a missing segment",
            |files| drop(files.remove("history/segments/3")),
            "segment 3",
            Some(3),
        ),
        (
            "a missing keyframe",
            |files| drop(files.remove("history/keyframes/14")),
            "keyframe 14",
            Some(2),
        ),
        (
            "segments that changed places",
            |files| {
                let [one, two] = [1, 2].map(|n| files[&format!("history/segments/{n}")].clone());
                files.insert("history/segments/1".to_owned(), two);
                files.insert("history/segments/2".to_owned(), one);
            },
            "segment 1",
            Some(1),
        ),
        (
            "a keyframe of another version",
            |files| {
                let other = files["history/keyframes/14"].clone();
                files.insert("history/keyframes/7".to_owned(), other);
            },
            "keyframe 7",
            Some(1),
        ),
        (
            "a list without its middle",
            |files| edit(files, "history", |list| drop(array(list).remove(1))),
            LIST,
            Some(2),
        ),
        (
            "a list with a segment twice",
            |files| {
                edit(files, "history", |list| {
                    let again = array(list)[0].clone();
                    array(list).insert(0, again);
                });
            },
            LIST,
            Some(2),
        ),
        (
            "a list that lost its end",
            |files| edit(files, "history", |list| drop(array(list).pop())),
            LIST,
            None,
        ),
        (
            "another hash in the list",
            |files| edit(files, "history", |list| swap_hashes(list)),
            LIST,
            Some(1),
        ),
        (
            "another canvas in a proof",
            |files| {
                edit(files, "proof?version=21", |proof| {
                    proof["canvas_hash"] = "0".repeat(64).into()
                });
            },
            "the proof of version 21",
            Some(3),
        ),
        (
            "another head in a proof",
            |files| {
                edit(files, "proof?version=21", |proof| {
                    proof["head"]["chain"] = "0".repeat(64).into()
                });
            },
            "the proof of version 21",
            Some(3),
        ),
        (
            "a byte of the open segment",
            |files| flip(files, "history/segments/open", 130),
            "the open segment",
            None,
        ),
    ]
}

fn array(list: &mut Value) -> &mut Vec<Value> {
    list["segments"].as_array_mut().unwrap()
}

fn swap_hashes(list: &mut Value) {
    let other = list["segments"][1]["hash"].take();
    list["segments"][0]["hash"] = other.clone();
    list["segments"][1]["hash"] = other;
}

#[test]
fn a_server_that_lies_is_caught_and_the_lie_is_named() {
    let played = Played::new();
    let truth = played.copied();
    let report = Mirror::serving(truth.clone()).checked();
    assert!(report.holds, "{:?}", report.disagreement);
    for (lie, tell, file, segment) in lies() {
        let mut files = truth.clone();
        tell(&mut files);
        let report = Mirror::serving(files).checked();
        let found: Disagreement = report
            .disagreement
            .unwrap_or_else(|| panic!("{lie}: believed"));
        assert!(!report.holds);
        assert_eq!(
            (&found.file[..], found.segment),
            (file, segment),
            "{lie}: {}",
            found.why
        );
    }
}

/// A history that is whole in itself — all hashes and the chain fit — but whose keyframe is not
/// what its events make.
#[test]
fn a_keyframe_that_no_events_make_is_caught_although_all_hashes_fit() {
    use projections::history::{Index, KeyframeEntry, chain};
    let mut played = Played::new();
    played.app.stop();
    let folder = played.folder();
    let name = folder.join("keyframes/00000000000000000021.pxsn.zst");
    let stored = std::fs::read(&name).unwrap();
    let mut raw = projections::snapshot::decompress(&stored).unwrap();
    *raw.last_mut().unwrap() ^= 1;
    std::fs::write(&name, projections::snapshot::compress(&raw)).unwrap();
    let index = std::fs::read(folder.join("index.json")).unwrap();
    let index = Index::from_json(&index).unwrap();
    let mut forged = Index::default();
    for entry in index.entries() {
        let mut entry = entry.clone();
        if entry.last == Version(21) {
            let bytes = entry.keyframe.unwrap().bytes;
            let hash = blake3::hash(&raw);
            entry.keyframe = Some(KeyframeEntry { bytes, hash });
            entry.chain = chain::link(forged.chain(), entry.hash, Some(hash));
        }
        forged.add(entry).unwrap();
    }
    std::fs::write(folder.join("index.json"), forged.to_json()).unwrap();
    let report = run_check(&PublicFiles::Folder(folder), 1);
    let found = report.disagreement.unwrap();
    assert_eq!((&found.file[..], found.version), ("keyframe 21", 21));
}

#[test]
fn what_is_no_server_or_no_folder_is_an_error_not_a_verdict() {
    let runtime = Runtime::new().unwrap();
    let options = CheckOptions {
        from: Version(1),
        samples: 1,
    };
    for url in [
        "nonsense",
        "ftp://example.org/main",
        "http://example.org/main?x=1",
    ] {
        assert!(Fetcher::new(url).is_err(), "{url}");
    }
    let empty = Mirror::serving(HashMap::new());
    let server = Fetcher::new(&format!("http://{}/main", empty.address)).unwrap();
    let no_json = Mirror::serving(HashMap::from([("history".to_owned(), b"<html>".to_vec())]));
    let page = Fetcher::new(&format!("http://{}/main", no_json.address)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for files in [
        PublicFiles::Server(server),
        PublicFiles::Server(page),
        PublicFiles::Folder(folder.path().to_owned()),
    ] {
        let checked = runtime.block_on(check(&files, options, |_, _| {}));
        assert!(checked.is_err());
    }
}

#[test]
fn a_busy_server_is_asked_again_and_one_that_leads_elsewhere_is_not_followed() {
    use std::sync::atomic::{AtomicU32, Ordering};
    let runtime = Runtime::new().unwrap();
    let asked = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&asked);
    let answer = move |uri: Uri| {
        let turn = counted.fetch_add(1, Ordering::SeqCst);
        let headers = [("retry-after", "0"), ("location", "/main/elsewhere")];
        let status = match uri.path() {
            "/main/moved" => StatusCode::TEMPORARY_REDIRECT,
            "/main/busy" if turn < 3 => StatusCode::SERVICE_UNAVAILABLE,
            "/main/down" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::OK,
        };
        async move { (status, headers, "0123456789") }
    };
    let address = serve(&runtime, Router::new().fallback(answer));
    let fetcher = Fetcher::new(&format!("http://{address}/main/")).unwrap();
    let get = |path: &str, most: usize| {
        asked.store(0, Ordering::SeqCst);
        let found = runtime.block_on(fetcher.get(path, "*/*", most));
        (found, asked.load(Ordering::SeqCst))
    };
    assert_eq!(get("busy", 10).0.unwrap().unwrap(), b"0123456789");
    let (found, turns) = get("busy", 9);
    assert!(matches!(
        found,
        Err(FetchError::TooLarge { max_bytes: 9, .. })
    ));
    assert_eq!(turns, 4);
    let is_status = |found, expected: u16| matches!(found, Err(FetchError::Status { status, .. }) if status.as_u16() == expected);
    let (found, turns) = get("moved", 10);
    assert!(is_status(found, 307) && turns == 1);
    let (found, turns) = get("down", 10);
    assert!(is_status(found, 503) && turns == 5);
}

#[test]
fn verify_names_a_changed_byte_mends_it_and_looks_at_the_running_server() {
    let played = Played::new();
    let (output, report) = program(&played, &["verify", "--live", &played.url()]);
    assert!(output.status.success(), "{report}");
    assert_eq!(report["holds"], true);
    assert_eq!(report["segments"], 3);
    assert_eq!(report["live"]["version"], played.last.0);
    let (output, report) = program(&played, &["verify", "--from-url", &played.url()]);
    assert!(output.status.success(), "{report}");

    let name = played.folder().join("segments/0000000002.pxsg");
    let mut bytes = std::fs::read(&name).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&name, &bytes).unwrap();
    for arguments in [&["verify"][..], &["verify", "--from", "9"]] {
        let (output, report) = program(&played, arguments);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(report["disagreement"]["what"], "segment 2", "{report}");
    }
    let folder = played.folder().display().to_string();
    let (output, report) = program(&played, &["verify", "--from-dir", &folder]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(report["disagreement"]["file"], "segment 2", "{report}");

    let (output, report) = program(&played, &["verify", "--repair"]);
    assert!(output.status.success(), "{report}");
    assert_eq!(report["mended"][0]["what"], "segment 2");
    let (output, report) = program(&played, &["verify", "--from-dir", &folder]);
    assert!(output.status.success(), "{report}");
}
