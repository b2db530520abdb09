//! `pixelwars archive`, as an operator runs it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::story::Story;

fn pixelwars(story: &Story, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pixelwars"));
    command.arg("--data-dir").arg(story.folder.path());
    // A settings file of whoever runs the tests must not count.
    command.args(arguments).current_dir(story.folder.path());
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn verified(story: &Story, folder: &str) -> (bool, Value) {
    let output = pixelwars(story, &["verify", "--from-dir", folder]);
    let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.success(), report)
}

fn names(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap().flatten();
    let mut names: Vec<String> = files
        .map(|file| file.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_is_archived_and_holds() {
    let story = Story::tell().await;
    let output = pixelwars(
        &story,
        &["archive", "--to", "60", "--round", "1", "-o", "kept"],
    );
    assert!(output.status.success(), "{}", said(&output));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (member, value) in [("round", 1), ("first_version", 1), ("last_version", 60)] {
        assert_eq!(summary[member], value, "{member}");
    }
    let folder = story.folder.path().join("kept");
    assert_eq!(names(&folder.join("segments")), ["0000000001.pxsg"]);
    assert_eq!(
        names(&folder.join("keyframes")),
        [format!("{:020}.pxsn.zst", 60)]
    );
    let (holds, report) = verified(&story, "kept");
    assert!(holds, "{report}");
    assert_eq!(
        (&report["events"], &report["version"]),
        (&60.into(), &60.into())
    );

    let manifest: Value =
        serde_json::from_slice(&fs::read(folder.join("history.json")).unwrap()).unwrap();
    assert_eq!(manifest["open"], Value::Null);
    assert_eq!(manifest["chain"], report["chain"]);
    assert_eq!(manifest["segments"][0]["url"], "segments/0000000001.pxsg");
    assert_eq!(manifest["rounds"].as_array().unwrap().len(), 1);

    let rows = fs::read(folder.join("exports/main-1.ndjson.zst")).unwrap();
    let rows = String::from_utf8(zstd::decode_all(&rows[..]).unwrap()).unwrap();
    assert_eq!(rows.lines().count(), 60);
    assert!(folder.join("exports/main-1.rplace2022.csv.zst").exists());
    let document = fs::read_to_string(folder.join("index.html")).unwrap();
    assert!(document.contains("name=\"pixelwars-archive\" content=\"main\""));
    assert!(!document.contains("=\"/"), "{document}");
    assert!(!folder.join("sw.js").exists());
    assert!(
        fs::read_to_string(folder.join("README.txt"))
            .unwrap()
            .contains("verify --from-dir")
    );

    // One byte in the middle.
    let path = folder.join("segments/0000000001.pxsg");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    let (holds, report) = verified(&story, "kept");
    assert!(!holds && report["disagreement"] != Value::Null, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_archived_is_told_and_leaves_nothing() {
    let story = Story::tell().await;
    fs::create_dir(story.folder.path().join("there")).unwrap();
    for (arguments, why) in [
        (vec!["--round", "9", "-o", "new"], "there is no round 9"),
        (
            vec!["--round", "1", "--to", "100000", "-o", "new"],
            "is not in the round",
        ),
        (
            vec!["--round", "1", "--to", "20", "-o", "there"],
            "exists already",
        ),
    ] {
        let output = pixelwars(&story, &[&["archive"], &arguments[..]].concat());
        assert!(!output.status.success());
        assert!(said(&output).contains(why), "{}", said(&output));
    }
    let left = names(story.folder.path());
    assert!(
        !left
            .iter()
            .any(|name| name == "new" || name.starts_with(".archive")),
        "{left:?}"
    );
    assert!(names(&story.folder.path().join("there")).is_empty());
}
