//! Proofs: what the server says of a version, and `verify` as an operator runs it.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::public_files::{CANVAS, Played};

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
