//! Blobs in a store that speaks S3.

use std::process::{Command, Output};
use std::sync::Arc;

use event_store::event::{RoundOpened, Size};
use event_store::{
    CanvasSlug, CooldownRule, Event, Palette, PaletteIndex, Rgb, RoundId, UnixMs, Version,
};
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use pixelwars::blobs::{OpenBlobsError, open_blobs};
use pixelwars::config::{Config, Sources, environment_name};
use projections::history::HistoryStore;
use projections::{Canvas, CheckpointStore, SnapshotStore};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;

use crate::support::eventually;
use crate::support::s3_server::S3Server;
use crate::support::test_app::TestApp;

const CANVAS: &str = "/api/v1/canvases/main";

/// More than one answer to a listing holds: 1 000 (Amazon S3, "ListObjectsV2").
const MORE_THAN_A_PAGE: u64 = 1_003;

type Settings = Vec<(&'static str, String)>;

fn borrowed(settings: &Settings) -> Vec<(&str, &str)> {
    settings
        .iter()
        .map(|(key, value)| (*key, &**value))
        .collect()
}

fn with(mut settings: Settings, key: &str, value: &str) -> Settings {
    let setting = settings.iter_mut().find(|(known, _)| *known == key);
    setting.unwrap().1 = value.to_owned();
    settings
}

async fn open(settings: &Settings) -> Result<Arc<dyn ObjectStore>, OpenBlobsError> {
    let options = settings.iter();
    let sources = Sources {
        options: options
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect(),
        ..Sources::default()
    };
    open_blobs(&Config::load(&sources).unwrap()).await
}

/// The program on the data of `app`, as an operator runs it.
fn program(app: &TestApp, settings: &Settings, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pixelwars"));
    command.args(arguments).arg("--data-dir").arg(app.folder());
    command.current_dir(app.folder());
    for (key, value) in settings {
        command.env(environment_name(key), value);
    }
    command.output().unwrap()
}

fn verified(app: &TestApp, settings: &Settings) -> Value {
    let output = program(app, settings, &["verify"]);
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    assert!(output.status.success(), "{report}");
    report
}

/// What history says of itself, once it has come to the canvas's version.
fn history(app: &TestApp) -> Value {
    eventually("history is read", || {
        let version = app.guest().canvas()["version"].clone();
        let answer = app.guest().get(&format!("{CANVAS}/history"));
        let is_ready = answer.status() == 200 && answer.json()["version"] == version;
        is_ready.then(|| answer.json())
    })
}

/// Waits until a whole snapshot of this version is kept in the store.
fn wait_for_snapshot(settings: &Settings, version: u64) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let blobs = runtime.block_on(open(settings)).unwrap();
    let snapshots = SnapshotStore::new(blobs, &CanvasSlug::default());
    eventually("the snapshot is kept", || {
        let found = runtime.block_on(snapshots.get(Version(version)));
        found.ok().flatten()
    });
}

/// Waits until the index of history in the store names a segment.
fn wait_for_segment(settings: &Settings) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let blobs = runtime.block_on(open(settings)).unwrap();
    let stored = HistoryStore::new(blobs, &CanvasSlug::default());
    eventually("the index names a segment", || {
        let index = runtime.block_on(stored.index()).ok().flatten()?;
        (!index.entries().is_empty()).then_some(())
    });
}

/// A canvas of a round that has just begun.
fn canvas() -> Canvas {
    let mut canvas = Canvas::new();
    let opened = Event::RoundOpened(RoundOpened {
        round: RoundId(1),
        size: Size::new(3, 2).unwrap(),
        palette: Palette::new(vec![Rgb([0; 3]), Rgb([255; 3])]).unwrap(),
        background: PaletteIndex(1),
        cooldown: CooldownRule {
            max_charges: 1,
            regain_ms: 0,
        },
        mask: None,
        title: String::new(),
    });
    canvas.apply(Version(1), UnixMs(1), &opened).unwrap();
    canvas
}

#[tokio::test]
async fn snapshots_and_checkpoints_are_put_found_listed_and_deleted() {
    let server = tokio::task::spawn_blocking(S3Server::start).await.unwrap();
    let (canvas, slug) = (canvas(), CanvasSlug::default());
    let snapshot = canvas.snapshot().unwrap();
    for prefix in ["", "deep/in.it/"] {
        let blobs = open(&server.settings(prefix)).await.unwrap();
        let snapshots = SnapshotStore::new(Arc::clone(&blobs), &slug);
        assert_eq!(snapshots.newest().await.unwrap(), None, "{prefix}");
        assert!(snapshots.get(Version(1)).await.unwrap().is_none());
        snapshots.put(&snapshot).await.unwrap();
        snapshots.put(&snapshot).await.unwrap();
        assert_eq!(snapshots.versions().await.unwrap(), [Version(1)]);
        let found = snapshots.get(Version(1)).await.unwrap();
        assert_eq!(found.as_ref(), Some(&snapshot));
        let checkpoints = CheckpointStore::new(blobs, &slug);
        let bytes = canvas.to_checkpoint();
        checkpoints.put(Version(1), bytes).await.unwrap();
        let newest = checkpoints.newest(Version(9)).await.unwrap().unwrap();
        assert_eq!(newest.version(), Version(1));
        let name = |kind| format!("{prefix}main/{kind}");
        let names = server.names();
        assert!(
            names.contains(&name("snapshots/00000000000000000001.pxsn.zst")),
            "{names:?}"
        );
        assert!(
            names.contains(&name("checkpoints/00000000000000000001.pxcp")),
            "{names:?}"
        );
        snapshots.delete(Version(1)).await.unwrap();
        snapshots.delete(Version(1)).await.unwrap();
        assert_eq!(snapshots.newest().await.unwrap(), None, "{prefix}");
    }
}

#[tokio::test]
async fn more_snapshots_than_one_answer_holds_are_listed_in_order() {
    let server = tokio::task::spawn_blocking(S3Server::start).await.unwrap();
    let blobs = open(&server.settings("many")).await.unwrap();
    let puts = (1..=MORE_THAN_A_PAGE).rev().map(|number| {
        let blobs = Arc::clone(&blobs);
        async move {
            let name = Path::from(format!("main/snapshots/{number:020}.pxsn.zst"));
            blobs.put(&name, vec![1; 9].into()).await
        }
    });
    let puts: Vec<_> = futures_util::stream::iter(puts)
        .buffer_unordered(8)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(puts.len() as u64, MORE_THAN_A_PAGE);
    let snapshots = SnapshotStore::new(blobs, &CanvasSlug::default());
    let expected: Vec<Version> = (1..=MORE_THAN_A_PAGE).map(Version).collect();
    assert_eq!(snapshots.versions().await.unwrap(), expected);
}

#[tokio::test]
async fn a_file_in_parts_is_read_by_ranges() {
    let server = tokio::task::spawn_blocking(S3Server::start).await.unwrap();
    let blobs = open(&server.settings("films")).await.unwrap();
    let content: Vec<u8> = (0..11_u32 << 20).map(|number| (number / 7) as u8).collect();
    let name = Path::from("film.mp4");
    let mut writer = BufWriter::with_capacity(Arc::clone(&blobs), name.clone(), 5 << 20);
    writer.write_all(&content).await.unwrap();
    writer.shutdown().await.unwrap();
    assert_eq!(blobs.head(&name).await.unwrap().size, content.len() as u64);
    let range = (6 << 20) - 5..(6 << 20) + 9;
    let part = blobs.get_range(&name, range.start as u64..range.end as u64);
    assert_eq!(part.await.unwrap(), content[range]);
    let whole = blobs.get(&name).await.unwrap().bytes().await.unwrap();
    assert!(whole == content, "another content");
}

#[test]
fn a_server_starts_again_from_the_bucket_and_its_history_can_be_proved() {
    let server = S3Server::start();
    let settings = server.settings("canvas");
    let mut app = TestApp::with(&borrowed(&settings));
    app.player("Ada").place(1, 2, 5);
    app.open_round(&app.round_plan());
    eventually("the second round is open here", || {
        (app.guest().canvas()["round"] == 2).then_some(())
    });
    let last = app.player("Bob").place(3, 3, 4);
    let before = history(&app);
    assert_eq!(before["segments"].as_array().unwrap().len(), 1);
    wait_for_snapshot(&settings, last);
    app.stop();
    assert!(!app.folder().join("blobs").exists());
    for kind in [
        "checkpoints/",
        "history/segments/",
        "history/keyframes/",
        "private/players/",
    ] {
        let start = format!("canvas/main/{kind}");
        let names = server.names();
        assert!(
            names.iter().any(|name| name.starts_with(&start)),
            "{kind}: {names:?}"
        );
    }
    app.start_again();
    assert_eq!(history(&app), before);
    assert_eq!(app.guest().canvas()["version"], last);
    let report = verified(&app, &settings);
    assert_eq!(report["segments"], 1, "{report}");
    for kind in ["snapshots", "checkpoints"] {
        assert!(report[kind].as_u64().unwrap() >= 1, "{report}");
    }
    stored_history_is_whole(&settings);
}

#[tokio::main]
async fn stored_history_is_whole(settings: &Settings) {
    let blobs = open(settings).await.unwrap();
    let stored = HistoryStore::new(Arc::clone(&blobs), &CanvasSlug::default());
    let index = stored.index().await.unwrap().unwrap();
    let entry = &index.entries()[0];
    stored.segment(entry).await.unwrap();
    assert!(stored.keyframe(entry).await.unwrap().is_some());
    assert_eq!(stored.players(entry, None).await.unwrap().len(), 1);
    assert!(stored.has_segment(1).await.unwrap());
    assert!(!stored.has_segment(2).await.unwrap());
}

#[test]
fn a_damaged_file_in_the_bucket_is_named_and_made_anew() {
    let server = S3Server::start();
    let settings = server.settings("canvas");
    let mut app = TestApp::with(&borrowed(&settings));
    app.player("Ada").place(1, 2, 5);
    app.open_round(&app.round_plan());
    wait_for_segment(&settings);
    app.stop();
    damage(&settings, "main/history/segments/0000000001.pxsg");
    let output = program(&app, &settings, &["verify"]);
    assert!(!output.status.success());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["disagreement"]["what"], "segment 1", "{report}");
    assert!(
        program(&app, &settings, &["verify", "--repair"])
            .status
            .success()
    );
    verified(&app, &settings);
}

#[tokio::main]
async fn damage(settings: &Settings, name: &str) {
    let (blobs, name) = (open(settings).await.unwrap(), Path::from(name));
    let mut bytes = blobs
        .get(&name)
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap()
        .to_vec();
    *bytes.last_mut().unwrap() ^= 0xff;
    blobs.put(&name, bytes.into()).await.unwrap();
}

#[test]
fn a_store_that_goes_away_stops_nobody_and_history_catches_up() {
    let mut server = S3Server::start();
    let settings = server.settings("canvas");
    let mut app = TestApp::with(&borrowed(&settings));
    let ada = app.player("Ada");
    wait_for_snapshot(&settings, ada.place(1, 2, 5));
    history(&app);

    server.kill();
    let plan = app.round_plan();
    app.open_round(&plan);
    eventually("the second round is open here", || {
        (app.guest().canvas()["round"] == 2).then_some(())
    });
    let during = ada.place(4, 5, 6);
    let newest = || app.guest().canvas()["snapshot"]["version"].as_u64();
    eventually("snapshots go on", || {
        (newest() >= Some(during)).then_some(())
    });
    assert_eq!(app.guest().snapshot().version, during);

    server.start_again();
    let last = ada.place(6, 5, 6);
    wait_for_segment(&settings);
    wait_for_snapshot(&settings, last);
    assert_eq!(history(&app)["segments"].as_array().unwrap().len(), 1);
    app.restart();
    assert_eq!(app.guest().canvas()["version"], last);
    assert_eq!(verified(&app, &settings)["segments"], 1);
}

#[test]
fn a_store_that_hangs_holds_up_nobody() {
    let server = S3Server::start();
    let settings = server.settings("canvas");
    let app = TestApp::with(&borrowed(&settings));
    let ada = app.player("Ada");
    wait_for_snapshot(&settings, ada.place(1, 2, 5));
    server.freeze();
    for x in 2..5 {
        let version = ada.place(x, 2, 5);
        let newest = || app.guest().canvas()["snapshot"]["version"].as_u64();
        eventually("snapshots go on", || {
            (newest() >= Some(version)).then_some(())
        });
    }
    server.thaw();
    wait_for_snapshot(&settings, ada.place(5, 2, 5));
}

#[tokio::test]
async fn a_bucket_that_cannot_be_used_is_refused_at_the_start() {
    let mut server = tokio::task::spawn_blocking(S3Server::start).await.unwrap();
    let good = server.settings("canvas");
    let stranger = with(good.clone(), "s3.access_key_id", "somebody");
    let refused = open(&stranger).await.unwrap_err();
    assert!(
        matches!(refused, OpenBlobsError::Refused { .. }),
        "{refused:?}"
    );
    assert!(refused.to_string().contains("s3.secret_access_key"));
    let elsewhere = with(good.clone(), "blobs", "s3://another-bucket/canvas");
    let missing = open(&elsewhere).await.unwrap_err();
    assert!(
        matches!(missing, OpenBlobsError::NoBucket(_)),
        "{missing:?}"
    );
    assert!(missing.to_string().contains("s3://another-bucket/canvas"));
    server.kill();
    let away = open(&good).await.unwrap_err();
    assert!(
        matches!(away, OpenBlobsError::Unreachable { .. }),
        "{away:?}"
    );
    assert!(away.to_string().contains("http://127.0.0.1:"), "{away}");
}

#[test]
fn the_program_says_what_to_do_about_a_wrong_key() {
    let server = S3Server::start();
    let app = TestApp::start();
    let wrong = with(server.settings("canvas"), "s3.secret_access_key", "hunter2");
    let wrong = with(wrong, "s3.access_key_id", "somebody");
    for arguments in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["verify"],
        &["export", "--format", "ndjson"],
    ] {
        let output = program(&app, &wrong, arguments);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(told.contains("look at s3.access_key_id"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    let printed = program(&app, &wrong, &["config", "print"]);
    let told = String::from_utf8(printed.stdout).unwrap();
    assert!(told.contains("blobs = \"s3://canvases/canvas\""), "{told}");
    assert!(told.contains("secret_access_key = \"***\""), "{told}");
}
