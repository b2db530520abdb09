use std::io::Write as _;

use tempfile::NamedTempFile;

use crate::config::tests::{Given, NOTHING, file};
use crate::config::{BlobLocation, S3Addressing};

const KEY: &str = "[s3]\naccess_key_id = \"id\"\nsecret_access_key = \"hunter2\"\n";

fn s3(blobs: &str, more: &str) -> String {
    format!("blobs = \"{blobs}\"\n{KEY}{more}\n")
}

#[test]
fn a_bucket_is_read_and_its_secret_is_never_shown() {
    let text = s3("s3://canvas-1/of/all/", "endpoint = \"https://s3.example\"");
    let config = file(&text).load().unwrap();
    let BlobLocation::S3(bucket) = &config.storage.blobs else {
        panic!("no bucket");
    };
    assert_eq!((&*bucket.name, &*bucket.prefix), ("canvas-1", "of/all"));
    assert_eq!(config.storage.blobs.to_string(), "s3://canvas-1/of/all");
    assert_eq!(config.s3.region, "us-east-1");
    assert_eq!(config.s3.addressing, S3Addressing::Path);
    let key = config.s3.access_key.as_ref().unwrap();
    assert_eq!((&*key.id, key.secret.expose()), ("id", "hunter2"));
    for text in [config.print(), format!("{config:?}")] {
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn the_secret_can_stand_in_a_file_or_the_environment() {
    let mut secret = NamedTempFile::new().unwrap();
    writeln!(secret, "hunter2").unwrap();
    let path = secret.path().display().to_string();
    let sources = [
        ("PIXELWARS_S3__SECRET_ACCESS_KEY", "hunter2"),
        ("PIXELWARS_S3__SECRET_ACCESS_KEY_FILE", &*path),
    ];
    for source in sources {
        let given = Given {
            file: "blobs = \"s3://canvas\"\n",
            environment: &[("PIXELWARS_S3__ACCESS_KEY_ID", "id"), source],
            ..NOTHING
        };
        let key = given.load().unwrap().s3.access_key.unwrap();
        assert_eq!(key.secret.expose(), "hunter2");
    }
}

#[test]
fn a_place_that_cannot_be_is_a_fault() {
    for blobs in [
        "s3:canvas",
        "s3://",
        "s3://Ab",
        "s3://UPPER",
        "s3://-canvas",
        "s3://can..vas",
        "s3://canvas//a",
        "s3://canvas/../a",
        "s3://canvas/a b",
        "s3://canvas/a?b",
        "gs://canvas",
        "canvas",
        "file:",
    ] {
        assert_eq!(file(&s3(blobs, "")).faulty_keys(), ["blobs"], "{blobs}");
    }
    let long = format!("s3://canvas/{}", "a".repeat(513));
    assert_eq!(file(&s3(&long, "")).faulty_keys(), ["blobs"]);
}

#[test]
fn a_key_must_be_whole_when_blobs_are_in_a_bucket() {
    let keys = ["s3.access_key_id", "s3.secret_access_key"];
    assert_eq!(file("blobs = \"s3://canvas\"\n").faulty_keys(), keys);
    let half = "[s3]\naccess_key_id = \"id\"\n";
    assert_eq!(file(half).faulty_keys(), ["s3.secret_access_key"]);
    let empty = "blobs = \"s3://canvas\"\n[s3]\naccess_key_id = \"id\"\nsecret_access_key = \"\"\n";
    assert_eq!(file(empty).faulty_keys(), ["s3.secret_access_key"]);
    assert!(NOTHING.load().unwrap().s3.access_key.is_none());
}

#[test]
fn an_endpoint_without_tls_is_for_this_machine_unless_asked_for() {
    let faulty = |more: &str| file(&s3("s3://canvas", more)).faulty_keys();
    for endpoint in [
        "http://s3.example",
        "https://s3.example/canvas",
        "https://id:secret@s3.example",
        "https://s3.example?a",
        "ftp://s3.example",
        "s3.example",
    ] {
        let more = format!("endpoint = \"{endpoint}\"");
        assert_eq!(faulty(&more), ["s3.endpoint"], "{endpoint}");
    }
    for more in [
        "endpoint = \"http://127.0.0.1:9000\"",
        "endpoint = \"http://[::1]:9000\"",
        "endpoint = \"http://localhost:9000\"",
        "endpoint = \"http://s3.example\"\nplain_http = \"anywhere\"",
        "endpoint = \"https://s3.example\"\naddressing = \"virtual-hosted\"",
    ] {
        file(&s3("s3://canvas", more)).load().unwrap();
    }
    assert_eq!(faulty("plain_http = \"always\""), ["s3.plain_http"]);
    assert_eq!(faulty("addressing = \"host\""), ["s3.addressing"]);
}
