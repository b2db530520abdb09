//! A server with finished rounds, and servers that send what they are told to.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, Uri};
use event_store::event::PlacementMade;
use event_store::{Cell, Event, PaletteIndex, PlayerId, RoundId, Version};
use pixelwars::proof::checker::{CheckOptions, Fetcher, PublicFiles, Report, check};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::eventually;
use super::test_app::TestApp;

/// The path of the canvas.
pub(crate) const CANVAS: &str = "/api/v1/canvases/main";

/// A server whose first three rounds are over, with some placements in each of four.
pub(crate) struct Played {
    pub(crate) app: TestApp,
    pub(crate) last: Version,
}

impl Played {
    pub(crate) fn new() -> Self {
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

    pub(crate) fn wait(&self) {
        eventually("history is read", || {
            let answer = self.app.guest().get(&format!("{CANVAS}/history"));
            let is_ready = answer.status() == 200 && answer.json()["version"] == self.last.0;
            is_ready.then_some(())
        });
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = self.app.guest().get(&format!("{CANVAS}/{path}"));
        answer.expect(200)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}{CANVAS}", self.app.address())
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.app.folder().join("blobs/main/history")
    }

    /// Everything public, by path and query under the canvas.
    pub(crate) fn copied(&self) -> HashMap<String, Vec<u8>> {
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

pub(crate) fn serve(runtime: &Runtime, router: Router) -> SocketAddr {
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
    let listener = listener.unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move { axum::serve(listener, router).await });
    address
}

/// Serves what it was given and nothing else: a server that may lie.
pub(crate) struct Mirror {
    pub(crate) address: SocketAddr,
    _runtime: Runtime,
}

impl Mirror {
    pub(crate) fn serving(files: HashMap<String, Vec<u8>>) -> Self {
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

    pub(crate) fn checked(&self) -> Report {
        checked(&format!("http://{}/main", self.address), 1)
    }
}

pub(crate) fn checked(url: &str, from: u64) -> Report {
    let files = PublicFiles::Server(Fetcher::new(url).unwrap());
    run_check(&files, from)
}

pub(crate) fn run_check(files: &PublicFiles, from: u64) -> Report {
    let options = CheckOptions {
        from: Version(from),
        samples: 200,
    };
    let report = Runtime::new()
        .unwrap()
        .block_on(check(files, options, |_, _| {}));
    report.unwrap()
}
