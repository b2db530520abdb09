//! Players ask the server for films.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use event_store::UnixMs;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::eventually;
use crate::support::test_app::{TestApp, placement};

const FILMS: &str = "/api/v1/canvases/main/timelapses";

fn ask(who: &Actor, film: Value) -> Answer {
    who.post(FILMS, &film)
}

fn gif() -> Value {
    json!({ "format": "gif", "fps": 10, "duration_ms": 1_000, "scale": "1" })
}

fn id_of(state: &Value) -> String {
    state["id"].as_str().unwrap().to_owned()
}

fn state(app: &TestApp, id: &str) -> Value {
    app.guest().get(&format!("{FILMS}/{id}")).expect(200)
}

/// Waits until a film is no longer queued or rendering.
fn ended(app: &TestApp, id: &str) -> Value {
    eventually("the film ends", || {
        let state = state(app, id);
        let status = state["status"].as_str().unwrap();
        (!["queued", "rendering"].contains(&status)).then_some(state)
    })
}

fn file(app: &TestApp, id: &str, headers: &[(&str, &str)]) -> Answer {
    app.guest().get_with(&format!("{FILMS}/{id}/file"), headers)
}

/// A server whose canvas has changed a little.
fn server(settings: &[(&str, &str)]) -> TestApp {
    let app = TestApp::with(settings);
    let ada = app.afk_player("Ada");
    let begin = UnixMs::now();
    for number in 0..20_u8 {
        let event = placement(ada.id(), number.into(), 3, number % 8);
        app.append_at(begin.plus_ms(i64::from(number) * 1_000), event);
    }
    app
}

/// An ffmpeg that is there, takes frames for ever and never ends.
fn hanging_ffmpeg(folder: &Path) -> PathBuf {
    let path = folder.join("hanging-ffmpeg");
    let script = "#!/bin/sh\n[ \"$1\" = -version ] && exit 0\nexec tail -f /dev/null\n";
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn a_film_is_asked_for_rendered_and_downloaded() {
    let app = server(&[]);
    let ada = app.afk_player("Ada");
    let asked = ask(&ada, gif()).expect(202);
    let id = id_of(&asked);
    assert_eq!(asked["canvas"], "main");
    let film = json!({
        "format": "gif", "round": 1, "from_version": 1, "to_version": 21, "region": "0,0,32,24",
        "width": 32, "height": 24, "scale": "1", "fps": 10, "frames": 10, "pace": "time",
    });
    assert_eq!(asked["film"], film);
    let done = ended(&app, &id);
    assert_eq!(
        (&done["status"], &done["progress"]),
        (&"done".into(), &1.0.into())
    );
    assert_eq!((&done["film"], &done["error"]), (&film, &Value::Null));
    assert!(done["expires_at"].as_str() > done["requested_at"].as_str());

    let url = done["file"]["url"].as_str().unwrap();
    let whole = app.guest().get(url);
    assert_eq!(whole.status(), 200);
    assert_eq!(whole.header("content-type"), "image/gif");
    assert_eq!(done["file"]["media_type"], "image/gif");
    assert_eq!(done["file"]["bytes"], whole.body.len());
    assert!(whole.body.starts_with(b"GIF89a"));
    let name = "attachment; filename=\"main-1-v1-v21.gif\"";
    assert_eq!(whole.header("content-disposition"), name);
    assert_eq!(
        whole.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(whole.header("accept-ranges"), "bytes");

    let etag = whole.header("etag");
    assert_eq!(file(&app, &id, &[("if-none-match", etag)]).status(), 304);
    let part = file(&app, &id, &[("range", "bytes=2-9"), ("if-range", etag)]);
    assert_eq!((part.status(), &part.body[..]), (206, &whole.body[2..10]));
    let length = whole.body.len();
    let told = format!("bytes 2-9/{length}");
    assert_eq!(part.header("content-range"), told);
    assert_eq!(part.header("content-length"), "8");
    let behind = file(&app, &id, &[("range", &format!("bytes={length}-"))]);
    behind.expect_error(416, "range_not_satisfiable");
    assert_eq!(behind.header("content-range"), format!("bytes */{length}"));

    // The same film, for somebody else: nothing is rendered again.
    let bob = app.afk_player("Bob");
    let again = ask(&bob, gif()).expect(200);
    assert_eq!((id_of(&again), &again["status"]), (id, &"done".into()));
    let metrics = app.guest().get("/metrics");
    let counted = metrics
        .text()
        .contains("canvas_timelapses_total{outcome=\"done\"}");
    assert!(counted);
}

#[test]
fn every_format_is_offered_and_rendered() {
    let app = server(&[]);
    let offer = app.guest().get(FILMS).expect(200);
    assert_eq!(offer["formats"], json!(["mp4", "webm", "gif", "webp"]));
    assert_eq!(
        (&offer["queued"], &offer["max_queued"]),
        (&0.into(), &20.into())
    );
    assert_eq!(offer["limits"]["file_bytes"], 256 << 20);
    let begins = [
        ("mp4", 4, &b"ftyp"[..]),
        ("webm", 0, &[0x1a, 0x45, 0xdf, 0xa3]),
        ("webp", 0, b"RIFF"),
    ];
    let ada = app.afk_player("Ada");
    for (format, at, magic) in begins {
        let film = json!({ "format": format, "fps": 10, "duration_ms": 500, "caption": "Test" });
        let id = id_of(&ask(&ada, film).expect(202));
        let done = ended(&app, &id);
        assert_eq!(done["status"], "done", "{done}");
        let file = file(&app, &id, &[]);
        assert!(file.body[at..].starts_with(magic), "{format}");
    }
    let left = std::fs::read_dir(app.folder().join("timelapses")).unwrap();
    let folders = left
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir());
    for folder in folders {
        let files = std::fs::read_dir(folder).unwrap().count();
        assert_eq!(files, 0, "nothing is left where films are rendered");
    }
}

#[test]
fn films_wait_for_each_other_and_end_when_nobody_wants_them() {
    let tools = TempDir::new().unwrap();
    let ffmpeg = hanging_ffmpeg(tools.path());
    let ffmpeg = ffmpeg.to_str().unwrap();
    let app = server(&[("timelapse.ffmpeg", ffmpeg), ("timelapse.max_queue", "1")]);
    let [ada, bob, cleo] = ["Ada", "Bob", "Cleo"].map(|name| app.afk_player(name));
    let endless = json!({ "format": "mp4", "frame": "640x480" });
    let first = id_of(&ask(&ada, endless.clone()).expect(202));
    eventually("it is being rendered", || {
        (state(&app, &first)["status"] == "rendering").then_some(())
    });
    ask(&ada, gif()).expect_error(409, "timelapse_pending");
    let second = ask(&bob, gif()).expect(202);
    assert_eq!(
        (&second["status"], &second["position"]),
        (&"queued".into(), &1.into())
    );
    let full = ask(&cleo, json!({ "format": "gif", "fps": 11 }));
    assert!(full.expect_error(503, "timelapse_queue_full")["retry_after_ms"].is_u64());
    let not_done = file(&app, &first, &[]);
    not_done.expect_error(409, "timelapse_not_done");

    let at = |id: &str| format!("{FILMS}/{id}");
    let delete = |who: &Actor, id: &str| who.send("DELETE", &at(id), &[], "");
    delete(&bob, &first).expect_error(403, "timelapse_not_yours");
    delete(&app.guest(), &first).expect_error(401, "unauthorized");
    // Somebody else wants the first one too; so it goes on when the first to ask gives it up.
    assert_eq!(id_of(&ask(&cleo, endless).expect(202)), first);
    assert_eq!(delete(&ada, &first).expect(200)["status"], "rendering");
    assert_eq!(delete(&cleo, &first).expect(200)["status"], "cancelled");
    let second = id_of(&second);
    assert_eq!(ended(&app, &second)["status"], "done");
    assert_eq!(delete(&bob, &second).expect(200)["status"], "done");
    assert_eq!(state(&app, &first)["status"], "cancelled");
    delete(&bob, &"0".repeat(32)).expect_error(404, "timelapse_not_found");
}

#[test]
fn a_restart_keeps_what_is_done_and_forgets_what_is_not() {
    let tools = TempDir::new().unwrap();
    let ffmpeg = hanging_ffmpeg(tools.path());
    let mut app = server(&[("timelapse.ffmpeg", ffmpeg.to_str().unwrap())]);
    let ada = app.afk_player("Ada");
    let done = id_of(&ask(&ada, gif()).expect(202));
    assert_eq!(ended(&app, &done)["status"], "done");
    let lost = id_of(&ask(&ada, json!({ "format": "webm" })).expect(202));
    eventually("it is being rendered", || {
        (state(&app, &lost)["status"] == "rendering").then_some(())
    });
    app.stop();
    let left = std::fs::read_dir(app.folder().join("timelapses")).unwrap();
    assert_eq!(left.count(), 0, "the folder of the rendering is gone");
    eventually("the encoder is gone", || {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let tools = tools.path().to_str().unwrap();
        let runs = processes.into_iter().any(|process| {
            let command = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&command).contains(tools)
        });
        (!runs).then_some(())
    });
    app.start_again();
    assert_eq!(state(&app, &done)["status"], "done");
    assert_eq!(file(&app, &done, &[]).status(), 200);
    let gone = app.guest().get(&format!("{FILMS}/{lost}"));
    gone.expect_error(404, "timelapse_not_found");
}

#[test]
fn films_make_room_for_newer_ones() {
    let app = server(&[("timelapse.max_kept", "2")]);
    let ada = app.afk_player("Ada");
    let ids: Vec<String> = (1..=3)
        .map(|fps| {
            let id = id_of(&ask(&ada, json!({ "format": "gif", "fps": fps })).expect(202));
            assert_eq!(ended(&app, &id)["status"], "done");
            id
        })
        .collect();
    eventually("the oldest is deleted", || {
        let answer = app.guest().get(&format!("{FILMS}/{}", ids[0]));
        (answer.status() == 404).then_some(())
    });
    file(&app, &ids[0], &[]).expect_error(404, "timelapse_not_found");
    for id in &ids[1..] {
        assert_eq!(file(&app, id, &[]).status(), 200);
    }
    let kept = std::fs::read_dir(app.folder().join("blobs/main/timelapses")).unwrap();
    assert_eq!(kept.count(), 4, "two films and what describes them");
}

#[test]
fn a_film_that_breaks_a_rule_is_refused_and_costs_nothing() {
    let app = server(&[
        ("timelapse.per_hour", "1"),
        ("limits.exempt", "192.0.2.0/24"),
    ]);
    let ada = app.afk_player("Ada");
    for (member, value) in [
        ("round", json!(2)),
        ("from_version", json!(0)),
        ("to_version", json!(u64::MAX)),
        ("from_time", json!("1999-01-01T00:00:00Z")),
        ("from_time", json!("yesterday")),
        ("region", json!("0,0,33,24")),
        ("region", json!("0,0,1")),
        ("fps", json!(51)),
        ("duration_ms", json!(10_000_000)),
        ("hold_ms", json!(30_001)),
        ("scale", json!("1.5")),
        ("frame", json!("wide")),
        ("skip_idle_ms", json!(0)),
        ("caption", json!("a\u{0}b")),
    ] {
        let mut film = json!({ "format": "gif" });
        film[member] = value;
        ask(&ada, film).expect_error(400, "invalid_timelapse");
    }
    let ten_thousand = json!({ "format": "gif", "fps": 50, "duration_ms": 200_000 });
    ask(&ada, ten_thousand).expect_error(400, "invalid_timelapse");
    let both = json!({ "format": "gif", "to_version": 2, "to_time": "2999-01-01T00:00:00Z" });
    ask(&ada, both).expect_error(400, "invalid_timelapse");
    for wrong in [
        json!({}),
        json!({ "format": "avi" }),
        json!({ "format": "gif", "fps": -1 }),
        json!({ "format": "gif", "player": "0123456789abcdef" }),
    ] {
        ask(&ada, wrong).expect_error(400, "malformed_json");
    }
    ask(&app.guest(), gif()).expect_error(401, "unauthorized");
    let elsewhere = ada.post("/api/v1/canvases/other/timelapses", &gif());
    elsewhere.expect_error(404, "canvas_not_found");
    for id in ["x", "../secrets", &"0".repeat(32)] {
        let unknown = app.guest().get(&format!("{FILMS}/{id}"));
        assert_eq!(unknown.status(), 404, "{id}");
    }
    let id = id_of(&ask(&ada, gif()).expect(202));
    assert_eq!(ended(&app, &id)["status"], "done");
    let second = ask(&ada, json!({ "format": "gif", "fps": 5 }));
    second.expect_error(429, "rate_limited");
    assert_eq!(ask(&ada, gif()).expect(200)["status"], "done");
}

#[test]
fn without_ffmpeg_there_are_gifs_and_switched_off_there_is_nothing() {
    let app = server(&[("timelapse.ffmpeg", "/nowhere/ffmpeg")]);
    let offer = app.guest().get(FILMS).expect(200);
    assert_eq!(offer["formats"], json!(["gif"]));
    let ada = app.afk_player("Ada");
    let refused = ask(&ada, json!({ "format": "mp4" }));
    refused.expect_error(503, "timelapse_unavailable");
    let id = id_of(&ask(&ada, gif()).expect(202));
    assert_eq!(ended(&app, &id)["status"], "done");
    let app = server(&[("timelapse.requests", "off")]);
    assert_eq!(app.guest().get(FILMS).expect(200)["formats"], json!([]));
    let refused = ask(&app.afk_player("Ada"), gif());
    refused.expect_error(503, "timelapse_unavailable");
}

#[test]
fn a_film_that_cannot_be_rendered_says_so() {
    let tools = TempDir::new().unwrap();
    let path = tools.path().join("failing-ffmpeg");
    let script = "#!/bin/sh\n[ \"$1\" = -version ] && exit 0\nexit 1\n";
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let app = server(&[("timelapse.ffmpeg", path.to_str().unwrap())]);
    let ada = app.afk_player("Ada");
    let id = id_of(&ask(&ada, json!({ "format": "mp4" })).expect(202));
    let failed = ended(&app, &id);
    assert_eq!(
        (&failed["status"], &failed["error"]["code"]),
        (&"failed".into(), &"fault".into())
    );
    // It can be asked for again.
    assert_eq!(
        id_of(&ask(&ada, json!({ "format": "mp4" })).expect(202)),
        id
    );
}
