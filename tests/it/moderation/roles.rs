//! Who may do what: nothing by default.

use pixelwars::moderation::AdminCode;
use serde_json::{Value, json};

use super::{MODERATION, act, admin, try_act, try_preview};
use crate::support::actor::Actor;
use crate::support::test_app::TestApp;

/// Every act, with the least role that may do it.
fn acts(player: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("helper", json!({ "kind": "mute", "player": player })),
        ("helper", json!({ "kind": "unmute", "player": player })),
        ("moderator", json!({ "kind": "lock_canvas" })),
        ("moderator", json!({ "kind": "unlock_canvas" })),
        (
            "moderator",
            json!({ "kind": "erase_region", "region": "0,0,1,1" }),
        ),
        (
            "moderator",
            json!({ "kind": "roll_back", "players": [player] }),
        ),
        (
            "moderator",
            json!({ "kind": "protect_region", "region": "0,0,1,1" }),
        ),
        (
            "moderator",
            json!({ "kind": "unprotect_region", "protection": 1 }),
        ),
        ("moderator", json!({ "kind": "ban", "player": player })),
        ("moderator", json!({ "kind": "unban", "player": player })),
        ("moderator", json!({ "kind": "verify", "player": player })),
        ("moderator", json!({ "kind": "unverify", "player": player })),
        ("moderator", json!({ "kind": "announce", "text": "hello" })),
        ("admin", json!({ "kind": "open_round" })),
        ("admin", json!({ "kind": "close_round" })),
        ("admin", json!({ "kind": "clear_canvas" })),
        (
            "admin",
            json!({ "kind": "expand_canvas", "width": 33, "height": 24 }),
        ),
        (
            "admin",
            json!({ "kind": "extend_palette", "colors": ["#010203"] }),
        ),
        (
            "admin",
            json!({ "kind": "change_cooldown", "max_charges": 2, "regain_ms": 1 }),
        ),
        (
            "admin",
            json!({ "kind": "set_role", "player": player, "role": "helper" }),
        ),
    ]
}

const ROLES: [&str; 4] = ["player", "helper", "moderator", "admin"];

/// Whether somebody of `role` may do what takes `needed`.
fn may(role: &str, needed: &str) -> bool {
    let rank = |role: &str| ROLES.iter().position(|known| *known == role);
    rank(role) >= rank(needed)
}

fn role_of(who: &Actor) -> Value {
    who.get(&format!("{MODERATION}/role")).expect(200)["role"].clone()
}

fn give(root: &Actor, player: &Actor, role: &str) {
    let player = player.id().to_string();
    act(
        root,
        &json!({ "kind": "set_role", "player": player, "role": role }),
    );
}

#[test]
fn each_role_may_do_its_own_and_nothing_else() {
    let app = TestApp::start();
    let root = admin(&app, "Root");
    let somebody = app.player("Somebody").id().to_string();
    for role in ROLES {
        let who = app.player(role);
        if role != "player" {
            give(&root, &who, role);
        }
        assert_eq!(role_of(&who), role);
        for (needed, what) in acts(&somebody) {
            let is_refused = |status: u16| status == 403;
            let looked = try_preview(&who, &what).status();
            assert_eq!(
                !is_refused(looked),
                may(role, needed),
                "{role} looks at {what}"
            );
            if may(role, needed) {
                continue;
            }
            try_act(&who, &what, None).expect_error(403, "not_a_moderator");
        }
        let staff = [("acts", "helper"), ("acts/1", "helper"), ("roles", "admin")];
        for (path, needed) in staff {
            let status = who.get(&format!("{MODERATION}/{path}")).status();
            assert_eq!(status == 200, may(role, needed), "{role} reads {path}");
        }
    }
    let guest = app.guest();
    for (_, what) in acts(&somebody) {
        let answer = guest.post(&format!("{MODERATION}/previews"), &what);
        answer.expect_error(401, "unauthorized");
        try_act(&guest, &what, None).expect_error(401, "unauthorized");
    }
}

#[test]
fn a_role_that_was_taken_away_is_gone_at_once() {
    let app = TestApp::start();
    let (root, former) = (admin(&app, "Root"), app.player("Former"));
    give(&root, &former, "moderator");
    act(&former, &json!({ "kind": "lock_canvas" }));
    give(&root, &former, "player");
    let unlock = json!({ "kind": "unlock_canvas" });
    try_act(&former, &unlock, None).expect_error(403, "not_a_moderator");
    let roles = root.get(&format!("{MODERATION}/roles")).expect(200);
    assert_eq!(roles["staff"].as_array().unwrap().len(), 1);
    let nobody = json!({ "kind": "set_role", "player": "0000000000000009", "role": "helper" });
    try_act(&root, &nobody, None).expect_error(400, "invalid_act");
}

#[test]
fn the_operator_s_code_makes_one_admin() {
    let app = TestApp::start();
    let (ada, bob) = (app.player("Ada"), app.player("Bob"));
    let claim = |who: &Actor, code: &str| {
        who.post(&format!("{MODERATION}/claim"), &json!({ "code": code }))
    };
    claim(&ada, "").expect_error(403, "wrong_code");
    let code = AdminCode::of(app.folder()).issue().unwrap();
    claim(&ada, "AAAAA-AAAAA-AAAAA-AAAAA").expect_error(403, "wrong_code");
    claim(&app.guest(), &code).expect_error(401, "unauthorized");
    claim(&ada, &code.to_lowercase()).expect(200);
    claim(&bob, &code).expect_error(403, "wrong_code");
    assert_eq!(
        (role_of(&ada), role_of(&bob)),
        (json!("admin"), json!("player"))
    );
}
