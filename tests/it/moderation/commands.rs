//! The same from a shell, beside a running server.

use std::process::{Command, Output};

use serde_json::json;

use super::{MODERATION, admin, cell};
use crate::support::eventually;
use crate::support::test_app::TestApp;

fn run(app: &TestApp, words: &[&str]) -> Output {
    let folder = app.folder().to_string_lossy().into_owned();
    Command::new(env!("CARGO_BIN_EXE_pixelwars"))
        .env_clear()
        .args(words)
        .args(["--data-dir", &folder])
        .output()
        .unwrap()
}

#[track_caller]
fn succeed(app: &TestApp, words: &[&str]) -> String {
    let output = run(app, words);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[track_caller]
fn fail(app: &TestApp, words: &[&str]) -> String {
    let output = run(app, words);
    assert!(!output.status.success(), "{words:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn an_operator_acts_beside_a_running_server() {
    let app = TestApp::start();
    let (ada, vandal) = (app.player("Ada"), app.player("Vandal"));
    ada.place(1, 1, 5);
    vandal.place(1, 1, 9);
    let id = vandal.id().to_string();
    let roll_back = [
        "admin",
        "roll-back",
        "--player",
        &id,
        "--reason",
        "scribbling",
    ];
    let asked = fail(&app, &roll_back);
    assert!(asked.contains("--yes"), "{asked}");
    let done = succeed(&app, &[&roll_back[..], &["--yes"]].concat());
    assert!(done.contains("roll_back by operator: 1 cells"), "{done}");
    eventually("the server sees it", || {
        (cell(&app, 1, 1).0 == 5).then_some(())
    });
    let number = done.split(' ').next().unwrap();
    succeed(&app, &["admin", "undo", number]);
    eventually("the server sees it", || {
        (cell(&app, 1, 1).0 == 9).then_some(())
    });
    assert!(fail(&app, &["admin", "undo", number]).contains("undone already"));

    let banned = succeed(
        &app,
        &["admin", "ban", &id, "--hours", "2", "--reason", "rude"],
    );
    assert!(banned.contains("because: rude"), "{banned}");
    eventually("the ban is in force", || {
        (vandal.try_play().status() == 403).then_some(())
    });
    vandal.try_play().expect_error(403, "banned");
    let acts = succeed(&app, &["admin", "acts", "--limit", "2"]);
    assert_eq!(acts.lines().count(), 2, "{acts}");
    for wrong in [
        &["admin", "ban", "me"][..],
        &["admin", "erase", "1,2,3"],
        &["admin", "role", &id, "king"],
        &["admin", "unlock"],
        &["admin", "undo", "999"],
    ] {
        assert!(!fail(&app, wrong).is_empty());
    }
}

#[test]
fn rounds_from_a_shell_are_on_the_record_and_roles_given_there_count() {
    let app = TestApp::start();
    let root = admin(&app, "Root");
    let still = fail(&app, &["round", "open"]);
    assert!(still.contains("still open"), "{still}");
    let opened = succeed(&app, &["round", "open", "--replace", "--title", "Second"]);
    assert!(opened.contains("opened round 2"), "{opened}");
    eventually("the server sees it", || {
        (root.canvas()["title"] == "Second").then_some(())
    });
    let acts = root.get(&format!("{MODERATION}/acts?limit=1")).expect(200);
    assert_eq!(
        acts["acts"][0]["by"],
        json!({ "player": null, "name": "operator" })
    );
    let ada = app.player("Ada");
    succeed(&app, &["admin", "role", &ada.id().to_string(), "helper"]);
    let own = ada.get(&format!("{MODERATION}/role")).expect(200);
    assert_eq!(own["role"], "helper");
    let code = succeed(&app, &["admin", "code"]);
    let claimed = ada.post(
        &format!("{MODERATION}/claim"),
        &json!({ "code": code.trim() }),
    );
    assert_eq!(claimed.expect(200)["role"], "admin");
}
