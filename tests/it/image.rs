//! The canvas as a picture.

use event_store::UnixMs;
use pixelwars::http::rfc3339;

use crate::support::answer::Answer;
use crate::support::test_app::{TestApp, placement};

const IMAGE: &str = "/api/v1/canvases/main/image.png";

/// Width, height and the palette indexes by rows.
fn pixels(answer: &Answer) -> (u32, u32, Vec<u8>) {
    assert_eq!(answer.status(), 200, "{:?}", answer.body);
    assert_eq!(answer.header("content-type"), "image/png");
    let decoder = png::Decoder::new(std::io::Cursor::new(&answer.body[..]));
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    assert_eq!(info.color_type, png::ColorType::Indexed);
    bytes.truncate(info.buffer_size());
    (info.width, info.height, bytes)
}

#[test]
fn a_picture_shows_any_version_and_time() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let old = UnixMs(UnixMs::now().0 + 10_000);
    app.append_at(old, placement(ada.id(), 1, 0, 5));
    app.append_at(old.plus_ms(10_000), placement(ada.id(), 1, 0, 6));
    let guest = app.guest();
    let shown = |query: &str| {
        let answer = guest.get(&format!("{IMAGE}?{query}"));
        let version = answer.header("x-canvas-version").to_owned();
        let caching = answer.header("cache-control").to_owned();
        (pixels(&answer).2[1], version, caching)
    };
    let background = guest.snapshot().cells[0];
    let (forever, brief) = ("public, max-age=31536000, immutable", "public, max-age=1");
    let expect = |query: &str, color: u8, version: &str, caching: &str| {
        let expected = (color, version.to_owned(), caching.to_owned());
        assert_eq!(shown(query), expected, "{query}");
    };
    expect("", 6, "3", brief);
    expect("version=1", background, "1", forever);
    expect("version=2", 5, "2", forever);
    expect("version=3", 6, "3", forever);
    let time = |at: UnixMs| format!("time={}", rfc3339(at));
    expect(&time(old.plus_ms(-1)), background, "1", forever);
    expect(&time(old), 5, "2", forever);
    // Nobody knows yet what else happens before that.
    expect(&time(old.plus_ms(10_000)), 6, "3", brief);
    expect("time=2999-01-01T00:00:00%2B02:00", 6, "3", brief);
}

#[test]
fn a_picture_shows_a_region_at_a_scale() {
    let app = TestApp::start();
    app.player("Ada").place(30, 20, 5);
    let guest = app.guest();
    assert_eq!(pixels(&guest.get(IMAGE)).0, 32);
    let (width, height, cells) = pixels(&guest.get(&format!("{IMAGE}?region=30,20,2,1&scale=2")));
    assert_eq!((width, height), (4, 2));
    let background = guest.snapshot().cells[0];
    let row = [5, 5, background, background];
    assert_eq!(cells, [row, row].concat());
}

#[test]
fn a_picture_that_cannot_be_drawn_is_told() {
    let app = TestApp::start();
    let guest = app.guest();
    let refused = |query: &str, status: u16, code: &str| {
        guest
            .get(&format!("{IMAGE}?{query}"))
            .expect_error(status, code);
    };
    for query in [
        "scale=0",
        "scale=33",
        "scale=x",
        "region=1,2,3",
        "region=a,b,c,d",
    ] {
        refused(query, 400, "invalid_request");
    }
    for query in [
        "region=32,0,1,1",
        "region=0,0,0,1",
        "region=0,0,65535,65536",
    ] {
        refused(query, 400, "invalid_request");
    }
    for query in [
        "time=yesterday",
        "version=1&time=2022-04-04T00:00:00Z",
        "version=-1",
    ] {
        refused(query, 400, "invalid_request");
    }
    refused("version=0", 404, "version_not_found");
    refused("version=99", 404, "version_not_found");
    refused("version=18446744073709551615", 404, "version_not_found");
    refused("time=1999-01-01T00:00:00Z", 404, "version_not_found");
    let elsewhere = guest.get("/api/v1/canvases/other/image.png");
    elsewhere.expect_error(404, "canvas_not_found");
}

#[test]
fn a_picture_larger_than_the_server_draws_is_refused() {
    let app = TestApp::with(&[("canvas.width", "4096"), ("canvas.height", "4096")]);
    let refused = app.guest().get(&format!("{IMAGE}?scale=32"));
    refused.expect_error(400, "image_too_large");
}
