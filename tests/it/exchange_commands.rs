//! `pixelwars import` and `pixelwars export`, as an operator runs them.

use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A data directory, and the program on it.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pixelwars"));
        command.args(arguments).arg("--data-dir").arg(self.0.path());
        // A settings file of whoever runs the tests must not count.
        command.current_dir(self.0.path());
        command.output().unwrap()
    }

    fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn import(&self, arguments: &[&str]) -> Value {
        let arguments = [&["import"], arguments].concat();
        serde_json::from_str(&self.succeed(&arguments)).unwrap()
    }

    fn refuse(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}

const ROWS_2023: &str = "timestamp,user,coordinate,pixel_color\n\
    2023-07-20 13:00:26.088 UTC,no==,\"-199,-235\",#000000\n\
    2023-07-20 13:25:13.883 UTC,UJ==,\"{X: 425, Y: 441, R: 2}\",#000000\n\
    2023-07-20 13:38:20.579 UTC,P/==,\"165,461,166,461\",#FFD635\n\
    2023-07-20 18:09:49.658 UTC,1G==,\"477,268\",#3690EA\n";

#[test]
fn a_dump_of_2023_goes_through_our_own_form_to_the_same_canvas() {
    let place = Place::new();
    let rows = place.file("rows.csv", ROWS_2023);
    let imported = place.import(&["--format", "rplace2023", &rows]);
    assert_eq!(imported["rows_appended"], 4);
    let own = place.0.path().join("own.ndjson");
    let own = own.to_str().unwrap();
    place.succeed(&["export", "--format", "pixelwars", "-o", own]);
    let text = std::fs::read_to_string(own).unwrap();
    assert_eq!(text.lines().count(), 5);
    let opened: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&opened["width"], &opened["height"]),
        (&3_000.into(), &2_000.into())
    );

    let again = Place::new();
    let imported = again.import(&["--format", "pixelwars", own]);
    assert_eq!(
        (&imported["events_appended"], &imported["last_version"]),
        (&5.into(), &5.into())
    );
    let imported = again.import(&["--format", "ndjson", own]);
    assert_eq!(imported["events_appended"], 0);
    again.succeed(&["verify"]);
    let pictures = [&place, &again].map(|place| {
        let picture = place.0.path().join("canvas.png");
        place.succeed(&["render", "-o", picture.to_str().unwrap()]);
        std::fs::read(picture).unwrap()
    });
    assert!(pictures[0] == pictures[1], "the canvases differ");
}

#[test]
fn players_are_named_only_where_that_is_asked_for() {
    let place = Place::new();
    let rows = place.file("rows.csv", ROWS_2023);
    place.import(&["--format", "rplace2023", &rows]);
    let export =
        |more: &[&str]| place.succeed(&[&["export", "--format", "rplace2023"], more].concat());
    let (hidden, again) = (export(&[]), export(&[]));
    assert_eq!(hidden, again);
    assert!(!hidden.contains("no=="), "{hidden}");
    let named = export(&["--players", "names"]);
    assert!(named.contains(",no==,\"-199,-235\",#000000\n"), "{named}");
    let part = export(&[
        "--from",
        "4",
        "--region",
        "1665,1461,1,1",
        "--players",
        "names",
    ]);
    assert_eq!(part.lines().skip(1).count(), 1, "{part}");
    assert!(
        part.ends_with(",P/==,\"165,461,165,461\",#FFD635\n"),
        "{part}"
    );
}

#[test]
fn a_board_of_pxls_and_the_log_that_follows_it_are_imported() {
    let place = Place::new();
    let board = place.file("board.dat", [255, 0, 1, 1, 0, 255]);
    let placemap = place.file("placemap.dat", [0, 0, 0, 0, 0, 1]);
    let palette = place.file(
        "palette.conf",
        "palette: [{name: \"White\", value: \"FFFFFF\"}, {name: \"Black\", value: \"000000\"}]",
    );
    let told = place.refuse(&["import", "--format", "pxls-board", &board]);
    assert!(told.contains("--size"), "{told}");
    let files = ["--palette", &palette, "--placemap", &placemap, &board];
    let arguments = [
        &["--format", "pxls-board", "--size", "3x2"],
        files.as_slice(),
    ]
    .concat();
    assert_eq!(place.import(&arguments)["events_appended"], 2);
    assert_eq!(place.import(&arguments)["events_appended"], 0);
    let log = place.file(
        "pixels.log",
        "2022-04-03 17:38:22,252\tann\t0\t0\t1\tuser place\n\
         2022-04-03 17:38:23,252\tann\t0\t0\t255\tuser undo\n\
         2022-04-03 17:38:24,252\t<server>\t2\t0\t0\tconsole nuke\n",
    );
    assert_eq!(
        place.import(&["--format", "pxls", &log])["rows_appended"],
        3
    );
    let text = place.succeed(&["export", "--format", "pxls", "--players", "names"]);
    let acts: Vec<&str> = text
        .lines()
        .map(|line| line.split_once('\t').unwrap().1)
        .collect();
    assert_eq!(
        acts,
        [
            "moderator\t2\t0\t1\trollback",
            "moderator\t0\t1\t1\trollback",
            "ann\t0\t0\t1\tuser place",
            "ann\t0\t0\t0\tuser undo",
            "<server>\t2\t0\t0\tmod overwrite",
        ]
    );
}

#[test]
fn what_cannot_be_imported_or_exported_says_what_to_do() {
    let place = Place::new();
    let told = place.refuse(&["export", "--format", "rplace2022"]);
    assert!(told.contains("no round had begun"), "{told}");
    let rows = place.file("rows.csv", ROWS_2023);
    place.import(&["--format", "rplace2023", &rows]);
    for (arguments, expected) in [
        (["--format", "rplace2017"].as_slice(), "use rplace2022"),
        (&["--format", "pxls", "--to", "99"], "the newest is 5"),
        (&["--format", "pxls", "--round", "7"], "there is no round 7"),
        (&["--format", "png"], "rplace2017"),
    ] {
        let told = place.refuse(&[&["export"], arguments].concat());
        assert!(told.contains(expected), "{told}");
    }
    let own = place.file(
        "own.ndjson",
        place.succeed(&["export", "--format", "ndjson"]),
    );
    let again = Place::new();
    again.succeed(&["round", "open"]);
    let told = again.refuse(&["import", "--format", "pixelwars", &own]);
    assert!(told.contains("--new-round"), "{told}");
    let imported = again.import(&["--format", "pixelwars", "--new-round", &own]);
    assert_eq!(imported["first_round"], 2);
    let bad = place.file("bad.ndjson", "{}\n");
    let told = again.refuse(&["import", "--format", "pixelwars", &bad]);
    assert!(told.contains("line 1: not an event"), "{told}");
}
