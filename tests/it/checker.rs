//! The checker that believes only public files: true servers hold, lies are caught and named.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, Uri};
use event_store::Version;
use pixelwars::proof::checker::{
    CheckOptions, Disagreement, FetchError, Fetcher, PublicFiles, check,
};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::support::public_files::{Mirror, Played, checked, run_check, serve};

#[test]
fn a_true_server_and_its_stored_files_hold() {
    let played = Played::new();
    let manifest = played.get("history");
    let report = checked(&played.url(), 1);
    assert_eq!(report.disagreement, None);
    assert!(report.holds);
    assert_eq!((report.segments, report.version), (3, played.last.0));
    assert_eq!(report.events, played.last.0);
    assert_eq!(manifest["chain"], report.chain);
    assert!(report.proofs > 10, "{}", report.proofs);

    let later = checked(&played.url(), 10);
    assert!(later.holds);
    assert_eq!((later.from, later.segments), (8, 2));

    let stored = run_check(&PublicFiles::Folder(played.folder()), 1);
    assert!(stored.holds, "{:?}", stored.disagreement);
    assert_eq!((stored.segments, stored.proofs), (3, 0));
    assert_eq!(stored.chain, report.chain);
}

/// Something to change in what a server sends, and the file that must be named then.
type Lie = (
    &'static str,
    fn(&mut HashMap<String, Vec<u8>>),
    &'static str,
    Option<u32>,
);

fn flip(files: &mut HashMap<String, Vec<u8>>, name: &str, at: usize) {
    files.get_mut(name).unwrap()[at] ^= 1;
}

fn edit(files: &mut HashMap<String, Vec<u8>>, name: &str, change: impl FnOnce(&mut Value)) {
    let bytes = files.get_mut(name).unwrap();
    let mut value = serde_json::from_slice(bytes).unwrap();
    change(&mut value);
    *bytes = serde_json::to_vec(&value).unwrap();
}

const LIST: &str = "the list of segments";

fn lies_in_files() -> Vec<Lie> {
    vec![
        (
            "a byte of a segment",
            |files| flip(files, "history/segments/2", 140),
            "segment 2",
            Some(2),
        ),
        (
            "a byte of a keyframe",
            |files| flip(files, "history/keyframes/7", 200),
            "keyframe 7",
            Some(1),
        ),
        (
            "a missing segment",
            |files| drop(files.remove("history/segments/3")),
            "segment 3",
            Some(3),
        ),
        (
            "a missing keyframe",
            |files| drop(files.remove("history/keyframes/14")),
            "keyframe 14",
            Some(2),
        ),
        (
            "segments that changed places",
            |files| {
                let [one, two] = [1, 2].map(|n| files[&format!("history/segments/{n}")].clone());
                files.insert("history/segments/1".to_owned(), two);
                files.insert("history/segments/2".to_owned(), one);
            },
            "segment 1",
            Some(1),
        ),
        (
            "a keyframe of another version",
            |files| {
                let other = files["history/keyframes/14"].clone();
                files.insert("history/keyframes/7".to_owned(), other);
            },
            "keyframe 7",
            Some(1),
        ),
    ]
}

fn lies_in_words() -> Vec<Lie> {
    vec![
        (
            "a list without its middle",
            |files| edit(files, "history", |list| drop(array(list).remove(1))),
            LIST,
            Some(2),
        ),
        (
            "a list with a segment twice",
            |files| {
                edit(files, "history", |list| {
                    let again = array(list)[0].clone();
                    array(list).insert(0, again);
                });
            },
            LIST,
            Some(2),
        ),
        (
            "a list that lost its end",
            |files| edit(files, "history", |list| drop(array(list).pop())),
            LIST,
            None,
        ),
        (
            "another hash in the list",
            |files| edit(files, "history", swap_hashes),
            LIST,
            Some(1),
        ),
        (
            "another canvas in a proof",
            |files| {
                edit(files, "proof?version=21", |proof| {
                    proof["canvas_hash"] = "0".repeat(64).into()
                });
            },
            "the proof of version 21",
            Some(3),
        ),
        (
            "another head in a proof",
            |files| {
                edit(files, "proof?version=21", |proof| {
                    proof["head"]["chain"] = "0".repeat(64).into()
                });
            },
            "the proof of version 21",
            Some(3),
        ),
        (
            "a byte of the open segment",
            |files| flip(files, "history/segments/open", 130),
            "the open segment",
            None,
        ),
    ]
}

fn array(list: &mut Value) -> &mut Vec<Value> {
    list["segments"].as_array_mut().unwrap()
}

fn swap_hashes(list: &mut Value) {
    let other = list["segments"][1]["hash"].take();
    list["segments"][0]["hash"] = other.clone();
    list["segments"][1]["hash"] = other;
}

#[test]
fn a_server_that_lies_is_caught_and_the_lie_is_named() {
    let played = Played::new();
    let truth = played.copied();
    let report = Mirror::serving(truth.clone()).checked();
    assert!(report.holds, "{:?}", report.disagreement);
    for (lie, tell, file, segment) in lies_in_files().into_iter().chain(lies_in_words()) {
        let mut files = truth.clone();
        tell(&mut files);
        let report = Mirror::serving(files).checked();
        let found: Disagreement = report
            .disagreement
            .unwrap_or_else(|| panic!("{lie}: believed"));
        assert!(!report.holds);
        assert_eq!(
            (&found.file[..], found.segment),
            (file, segment),
            "{lie}: {}",
            found.why
        );
    }
}

/// A history that is whole in itself — all hashes and the chain fit — but whose keyframe is not
/// what its events make.
#[test]
fn a_keyframe_that_no_events_make_is_caught_although_all_hashes_fit() {
    use projections::history::{Index, KeyframeEntry, chain};
    let mut played = Played::new();
    played.app.stop();
    let folder = played.folder();
    let name = folder.join("keyframes/00000000000000000021.pxsn.zst");
    let stored = std::fs::read(&name).unwrap();
    let mut raw = projections::snapshot::decompress(&stored).unwrap();
    *raw.last_mut().unwrap() ^= 1;
    std::fs::write(&name, projections::snapshot::compress(&raw)).unwrap();
    let index = std::fs::read(folder.join("index.json")).unwrap();
    let index = Index::from_json(&index).unwrap();
    let mut forged = Index::default();
    for entry in index.entries() {
        let mut entry = entry.clone();
        if entry.last == Version(21) {
            let bytes = entry.keyframe.unwrap().bytes;
            let hash = blake3::hash(&raw);
            entry.keyframe = Some(KeyframeEntry { bytes, hash });
            entry.chain = chain::link(forged.chain(), entry.hash, Some(hash));
        }
        forged.add(entry).unwrap();
    }
    std::fs::write(folder.join("index.json"), forged.to_json()).unwrap();
    let report = run_check(&PublicFiles::Folder(folder), 1);
    let found = report.disagreement.unwrap();
    assert_eq!((&found.file[..], found.version), ("keyframe 21", 21));
}

#[test]
fn what_is_no_server_or_no_folder_is_an_error_not_a_verdict() {
    let runtime = Runtime::new().unwrap();
    let options = CheckOptions {
        from: Version(1),
        samples: 1,
    };
    for url in [
        "nonsense",
        "ftp://example.org/main",
        "http://example.org/main?x=1",
    ] {
        assert!(Fetcher::new(url).is_err(), "{url}");
    }
    let empty = Mirror::serving(HashMap::new());
    let server = Fetcher::new(&format!("http://{}/main", empty.address)).unwrap();
    let no_json = Mirror::serving(HashMap::from([("history".to_owned(), b"<html>".to_vec())]));
    let page = Fetcher::new(&format!("http://{}/main", no_json.address)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for files in [
        PublicFiles::Server(server),
        PublicFiles::Server(page),
        PublicFiles::Folder(folder.path().to_owned()),
    ] {
        let checked = runtime.block_on(check(&files, options, |_, _| {}));
        assert!(checked.is_err());
    }
}

#[test]
fn a_busy_server_is_asked_again_and_one_that_leads_elsewhere_is_not_followed() {
    use std::sync::atomic::{AtomicU32, Ordering};
    let runtime = Runtime::new().unwrap();
    let asked = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&asked);
    let answer = move |uri: Uri| {
        let turn = counted.fetch_add(1, Ordering::SeqCst);
        let headers = [("retry-after", "0"), ("location", "/main/elsewhere")];
        let status = match uri.path() {
            "/main/moved" => StatusCode::TEMPORARY_REDIRECT,
            "/main/busy" if turn < 3 => StatusCode::SERVICE_UNAVAILABLE,
            "/main/down" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::OK,
        };
        async move { (status, headers, "0123456789") }
    };
    let address = serve(&runtime, Router::new().fallback(answer));
    let fetcher = Fetcher::new(&format!("http://{address}/main/")).unwrap();
    let get = |path: &str, most: usize| {
        asked.store(0, Ordering::SeqCst);
        let found = runtime.block_on(fetcher.get(path, "*/*", most));
        (found, asked.load(Ordering::SeqCst))
    };
    assert_eq!(get("busy", 10).0.unwrap().unwrap(), b"0123456789");
    let (found, turns) = get("busy", 9);
    assert!(matches!(
        found,
        Err(FetchError::TooLarge { max_bytes: 9, .. })
    ));
    assert_eq!(turns, 4);
    let is_status = |found, expected: StatusCode| {
        let Err(FetchError::Status { status, .. }) = found else {
            return false;
        };
        status == expected
    };
    let (found, turns) = get("moved", 10);
    assert!(is_status(found, StatusCode::TEMPORARY_REDIRECT) && turns == 1);
    let (found, turns) = get("down", 10);
    assert!(is_status(found, StatusCode::SERVICE_UNAVAILABLE) && turns == 5);
}
