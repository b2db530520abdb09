//! `pixelwars timelapse`, as an operator runs it.

use std::process::{Command, Output};

use pixelwars::timelapse::Format;
use serde_json::Value;

use crate::support::decoded::{Decoded, probe};
use crate::support::story::Story;

/// The program on the data of a story.
fn timelapse(story: &Story, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pixelwars"));
    command.arg("--data-dir").arg(story.folder.path());
    command.arg("timelapse").args(arguments);
    // A settings file of whoever runs the tests must not count.
    command.current_dir(story.folder.path());
    command.env("PIXELWARS_TIMELAPSE__FFMPEG", "ffmpeg");
    command.output().unwrap()
}

/// The files in the folder that a film is written to.
fn files(story: &Story) -> Vec<String> {
    let files = std::fs::read_dir(story.folder.path()).unwrap().flatten();
    let names = files.map(|file| file.file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with("events")).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_is_written_and_summed_up() {
    let story = Story::tell().await;
    let options = "--round 1 --from 2 --to 2022-04-04T00:53:30Z --region 0,0,16,12 --fps 24 \
        --duration 1.5 --hold 0.5 --frame 320x240 --pace time --skip-idle 2 --caption Story";
    let mut arguments: Vec<&str> = options.split_whitespace().collect();
    arguments.extend(["-o", "film.mp4"]);
    let output = timelapse(&story, &arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let film = story.folder.path().join("film.mp4");
    assert_eq!(probe(&film, "width,height,nb_frames"), "320,240,48");
    let expected = [
        ("format", Value::from("mp4")),
        ("round", 1.into()),
        ("from", 2.into()),
        ("to", 65.into()),
        ("frame", "320x240".into()),
        ("scale", "17".into()),
        ("frames", 48.into()),
        ("events", 63.into()),
        ("bytes", std::fs::metadata(&film).unwrap().len().into()),
    ];
    for (member, value) in expected {
        assert_eq!(summary[member], value, "{member}");
    }
    let number = |member: &str| summary[member].as_f64().unwrap();
    assert!(number("own_seconds") > 0.0 && number("seconds") > 0.0);
    assert_eq!(files(&story), ["blobs", "film.mp4"]);

    // Another one in its place.
    let arguments = [
        "--scale",
        "1/2",
        "--duration",
        "1",
        "--fps",
        "5",
        "-o",
        "film.mp4",
    ];
    assert!(timelapse(&story, &arguments).status.success());
    let frames = Decoded::read(&film, Format::Mp4, 5).frames.len();
    assert_eq!((frames, files(&story).len()), (5, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_made_is_told_and_leaves_the_old_file_alone() {
    let story = Story::tell().await;
    let film = story.folder.path().join("film.gif");
    std::fs::write(&film, "the old one").unwrap();
    let refused = |arguments: &[&str], why: &str| {
        let output = timelapse(&story, arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(said.contains(why), "{arguments:?}: {said}");
    };
    refused(&["-o", "film.avi"], ".mp4, .webm, .gif, .webp");
    refused(&["-o", "nowhere/film.gif"], "could not write");
    refused(
        &["--from", "yesterday", "-o", "film.gif"],
        "write a version, or a time",
    );
    refused(
        &["--from", "2022-01-01T00:00:00Z", "-o", "film.gif"],
        "before the first event",
    );
    refused(&["--to", "9999", "-o", "film.gif"], "version 9999");
    refused(&["--round", "7", "-o", "film.gif"], "no round 7");
    refused(&["--region", "20,0,5,5", "-o", "film.gif"], "24×16");
    refused(&["--duration=-1", "-o", "film.gif"], "write seconds");
    refused(&["--scale", "0.5", "-o", "film.gif"], "1/2 to 1/64");
    let ten_thousand = ["--fps", "50", "--duration", "200", "-o", "film.gif"];
    refused(&ten_thousand, "number of frames is 10000");
    assert_eq!(files(&story), ["blobs", "film.gif"]);
    assert_eq!(std::fs::read(&film).unwrap(), b"the old one");
}
