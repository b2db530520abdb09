//! Looking after a canvas: what admins and moderators do, and what it leaves.

mod acts;
mod commands;
mod roles;
mod roll_back;
mod rounds;
mod story;

use pixelwars::moderation::AdminCode;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::eventually;
use crate::support::test_app::TestApp;

pub(crate) const MODERATION: &str = "/api/v1/canvases/main/moderation";

/// Somebody who became an admin by the operator's code.
pub(crate) fn admin(app: &TestApp, name: &str) -> Actor {
    let admin = app.player(name);
    let code = AdminCode::of(app.folder()).issue().unwrap();
    let claimed = admin.post(&format!("{MODERATION}/claim"), &json!({ "code": code }));
    assert_eq!(claimed.expect(200)["role"], "admin");
    admin
}

/// Asks for a preview.
fn try_preview(who: &Actor, act: &Value) -> Answer {
    eventually("history is read", || {
        let answer = who.post(&format!("{MODERATION}/previews"), act);
        (answer.status() != 503).then_some(answer)
    })
}

fn preview(who: &Actor, act: &Value) -> Value {
    try_preview(who, act).expect(201)
}

/// Asks for an act.
fn try_act(who: &Actor, act: &Value, preview: Option<&Value>) -> Answer {
    let body = match preview {
        None => json!({ "act": act, "reason": "because" }),
        Some(preview) => json!({ "act": act, "reason": "because", "preview": preview["id"] }),
    };
    who.post(&format!("{MODERATION}/acts"), &body)
}

/// Does an act that needs no preview.
pub(crate) fn act(who: &Actor, what: &Value) -> Value {
    try_act(who, what, None).expect(201)
}

/// Looks, confirms, and tells the preview and the act.
fn looked_at(who: &Actor, what: &Value) -> (Value, Value) {
    let preview = preview(who, what);
    let done = try_act(who, what, Some(&preview)).expect(201);
    (preview, done)
}

fn try_undo(who: &Actor, done: &Value) -> Answer {
    let path = format!("{MODERATION}/acts/{}/undo", done["id"]);
    who.post(&path, &json!({ "reason": "a mistake" }))
}

pub(crate) fn undo(who: &Actor, done: &Value) -> Value {
    try_undo(who, done).expect(201)
}

/// A cell's colour, author and version, once history is read.
fn cell(app: &TestApp, x: u16, y: u16) -> (u64, Value, Value) {
    let told = eventually("history is read", || {
        let answer = app
            .guest()
            .get(&format!("/api/v1/canvases/main/cells/{x}/{y}"));
        (answer.status() != 503).then(|| answer.expect(200))
    });
    let color = told["color"].as_u64().unwrap();
    (
        color,
        told["player"]["name"].clone(),
        told["version"].clone(),
    )
}
