//! Films show what an independent fold of the same history shows, frame by frame.

use std::path::PathBuf;
use std::sync::Arc;

use event_store::{Palette, Region, Rgb, Version};
use pixelwars::timelapse::{
    Ffmpeg, Film, Format, FrameSize, Pace, Place, Rendered, Renderer, Scale, TimelapseRequest,
    Watch,
};
use tokio_util::sync::CancellationToken;

use crate::support::decoded::{Decoded, gif_delays, probe};
use crate::support::story::{BEGIN, Cells, HEIGHT, OUTSIDE, Story, WIDTH, opened, placed};

const WHOLE: Region = Region {
    x: 0,
    y: 0,
    width: WIDTH as u16,
    height: HEIGHT as u16,
};

/// Two seconds at twenty frames a second: one frame is five hundredths of a second.
fn request(format: Format) -> TimelapseRequest {
    TimelapseRequest {
        fps: Some(20),
        duration_ms: Some(2_000),
        scale: Some(Scale::Up(2)),
        ..TimelapseRequest::new(format)
    }
}

async fn plan(story: &Story, request: &TimelapseRequest) -> Film {
    let planned = story.source.plan(request, &story.rounds, story.head());
    planned.await.unwrap()
}

async fn render(story: &Story, request: &TimelapseRequest) -> (PathBuf, Rendered) {
    let film = plan(story, request).await;
    let file = story
        .folder
        .path()
        .join(format!("film.{}", film.format.extension()));
    let renderer = Renderer {
        ffmpeg: Ffmpeg::at("ffmpeg"),
        max_bytes: 1 << 30,
        has_low_priority: false,
    };
    let watch = Watch {
        progress: Arc::new(|_| {}),
        cancelled: CancellationToken::new(),
    };
    let rendered = renderer.render(&story.source, &story.rounds, &film, &file, &watch);
    let rendered = rendered.await.unwrap();
    (file, rendered)
}

async fn film(story: &Story, request: &TimelapseRequest) -> Decoded {
    let (file, rendered) = render(story, request).await;
    let decoded = Decoded::read(&file, request.format, request.fps.unwrap());
    assert_eq!(decoded.frames.len(), rendered.frames as usize);
    assert_eq!(rendered.bytes, std::fs::metadata(&file).unwrap().len());
    decoded
}

/// The versions that frames show that follow the time.
fn versions_by_time(story: &Story, frames: i64) -> Vec<Version> {
    let span = story.at(story.head()).ms_since(BEGIN);
    let newest = |frame: i64| {
        let at = BEGIN.plus_ms(span * frame / (frames - 1));
        let versions = (1..=story.head().0).map(Version);
        versions.filter(|version| story.at(*version) <= at).max()
    };
    (0..frames).map(|frame| newest(frame).unwrap()).collect()
}

/// What a pixel shows where a cell is `side` pixels wide and the canvas begins at `left` and `top`.
fn expected(cells: &Cells, (x, y): (u32, u32), (left, top): (u32, u32), side: u32) -> [u8; 3] {
    let cell = (x.checked_sub(left), y.checked_sub(top));
    let (Some(x), Some(y)) = cell else {
        return OUTSIDE;
    };
    let (column, row) = (x / side, y / side);
    let is_inside = column < WIDTH && row < HEIGHT;
    let color = is_inside.then(|| cells[(row * WIDTH + column) as usize]);
    color.flatten().unwrap_or(OUTSIDE)
}

/// How far a colour of a WebP may be from what was meant, part by part: the decoder blends a frame
/// over the one before in whole numbers, and is one less even where nothing shows through.
const BLENDED: u8 = 1;

/// How far a colour of a video may be from what was meant, part by part: encoders of videos round.
const TOLERANCE: u8 = 24;

fn is_near(meant: [u8; 3], shown: [u8; 3], tolerance: u8) -> bool {
    let mut parts = meant.iter().zip(shown);
    parts.all(|(meant, shown)| meant.abs_diff(shown) <= tolerance)
}

#[track_caller]
fn assert_shows(film: &Decoded, frame: usize, cells: &Cells, side: u32, tolerance: u8) {
    for y in 0..film.height {
        for x in 0..film.width {
            let meant = expected(cells, (x, y), (0, 0), side);
            let shown = film.pixel(frame, x, y);
            let place = format!("frame {frame}, pixel {x}, {y}");
            let is_near = is_near(meant, shown, tolerance);
            assert!(is_near, "{place}: {shown:?}, not {meant:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_pictures_are_exact_from_the_first_frame_to_the_last() {
    let story = Story::tell().await;
    let versions = versions_by_time(&story, 40);
    for (format, tolerance) in [(Format::Gif, 0), (Format::Webp, BLENDED)] {
        let asked = TimelapseRequest {
            scale: Some(Scale::Up(3)),
            hold_ms: 500,
            ..request(format)
        };
        let film = film(&story, &asked).await;
        assert_eq!((film.width, film.height), (WIDTH * 3, HEIGHT * 3));
        assert_eq!(film.frames.len(), 50);
        for frame in 0..50 {
            let version = versions.get(frame).copied().unwrap_or(story.head());
            assert_shows(&film, frame, &story.cells_after(version), 3, tolerance);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn videos_show_every_cell_in_its_color() {
    let story = Story::tell().await;
    let versions = versions_by_time(&story, 40);
    for format in [Format::Mp4, Format::Webm] {
        let asked = TimelapseRequest {
            scale: Some(Scale::Up(8)),
            frame: "210x150".parse().ok(),
            ..request(format)
        };
        let film = film(&story, &asked).await;
        assert_eq!((film.width, film.height), (210, 150));
        // In the middle, and at even pixels.
        let (left, top) = (8, 10);
        for (frame, version) in versions.iter().enumerate() {
            let cells = story.cells_after(*version);
            for place in 0..WIDTH * HEIGHT {
                let x = left + place % WIDTH * 8 + 4;
                let y = top + place / WIDTH * 8 + 4;
                let meant = expected(&cells, (x, y), (left, top), 8);
                let shown = film.pixel(frame, x, y);
                let is_near = is_near(meant, shown, TOLERANCE);
                assert!(
                    is_near,
                    "{format:?} {frame} ({x}, {y}): {shown:?}, not {meant:?}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn videos_are_tagged_and_begin_before_they_are_loaded() {
    let story = Story::tell().await;
    let (file, _) = render(&story, &request(Format::Mp4)).await;
    let tags = "codec_name,pix_fmt,color_range,color_space,color_transfer,color_primaries";
    let told = probe(&file, tags);
    assert_eq!(told, "h264,yuv420p,tv,bt709,bt709,bt709");
    let bytes = std::fs::read(&file).unwrap();
    let place = |name: &[u8]| bytes.windows(4).position(|four| four == name);
    assert!(place(b"moov").unwrap() < place(b"mdat").unwrap());
    let (file, _) = render(&story, &request(Format::Webm)).await;
    assert_eq!(
        probe(&file, "codec_name,pix_fmt,color_space"),
        "vp9,yuv420p,bt709"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_paced_by_events_brings_as_many_in_every_frame() {
    let story = Story::tell().await;
    let region = Region {
        x: 2,
        y: 1,
        width: 9,
        height: 7,
    };
    let asked = TimelapseRequest {
        pace: Pace::Events,
        region: Some(region),
        from: Some(Place::Version(Version(5))),
        ..request(Format::Gif)
    };
    let showing = story.showing(region, Version(5));
    assert!(showing.len() > 20);
    let film = film(&story, &asked).await;
    for frame in 0..40 {
        let count = showing.len() * frame / 39;
        let version = match count.checked_sub(1) {
            Some(last) => showing[last],
            None => Version(5),
        };
        let cells = story.cells_after(version);
        for y in 0..film.height {
            for x in 0..film.width {
                let cell = (1 + y / 2) * WIDTH + 2 + x / 2;
                let color = cells[cell as usize].unwrap_or(OUTSIDE);
                assert_eq!(
                    film.pixel(frame, x, y),
                    color,
                    "frame {frame}, pixel {x}, {y}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_stretches_are_cut() {
    let story = Story::tell().await;
    let asked = TimelapseRequest {
        skip_idle_ms: Some(1_000),
        ..request(Format::Gif)
    };
    let film = film(&story, &asked).await;
    // The palette and the end of the round show nothing: the clock passes over them.
    let showing = story.showing(WHOLE, Version(1));
    let mut positions = Vec::new();
    let (mut position, mut before) = (0, BEGIN);
    for version in &showing {
        position += story.at(*version).ms_since(before).min(1_000);
        before = story.at(*version);
        positions.push((position, *version));
    }
    let end = position + story.at(story.head()).ms_since(before).min(1_000);
    assert!(end < 20_000, "the minute is cut");
    for frame in 0..40 {
        let at = end * frame / 39;
        let reached = positions.iter().filter(|(position, _)| *position <= at);
        let version = reached
            .map(|(_, version)| *version)
            .max()
            .unwrap_or(Version(1));
        let cells = story.cells_after(version);
        assert_shows(&film, frame as usize, &cells, 2, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pixel_of_a_smaller_scale_is_the_mean_of_its_cells_and_in_a_gif_one_of_them() {
    let story = Story::tell().await;
    let cells = story.cells_after(story.head());
    let asked = |format| TimelapseRequest {
        scale: Some(Scale::Down(3)),
        duration_ms: Some(100),
        ..request(format)
    };
    let webp = film(&story, &asked(Format::Webp)).await;
    let gif = film(&story, &asked(Format::Gif)).await;
    let (width, height) = (WIDTH.div_ceil(3), HEIGHT.div_ceil(3));
    assert_eq!((webp.width, webp.height), (width, height));
    assert_eq!((gif.width, gif.height), (width, height));
    let color = |x: u32, y: u32| match x < WIDTH && y < HEIGHT {
        true => cells[(y * WIDTH + x) as usize].unwrap_or(OUTSIDE),
        false => OUTSIDE,
    };
    for (x, y) in (0..width).flat_map(|x| (0..height).map(move |y| (x, y))) {
        let square = (0..9).map(|part| color(x * 3 + part % 3, y * 3 + part / 3));
        let mean = |part: usize| {
            let sum: u32 = square.clone().map(|color| u32::from(color[part])).sum();
            (f64::from(sum) / 9.0).round() as u8
        };
        let mean = [mean(0), mean(1), mean(2)];
        let shown = webp.pixel(1, x, y);
        assert!(
            is_near(mean, shown, BLENDED),
            "{x}, {y}: {shown:?}, not {mean:?}"
        );
        assert_eq!(gif.pixel(1, x, y), color(x * 3, y * 3), "{x}, {y}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caption_tells_title_time_and_version_and_leaves_the_canvas_alone() {
    let story = Story::tell().await;
    let asked = TimelapseRequest {
        caption: Some("Весна".to_owned()),
        frame: Some(FrameSize {
            width: 480,
            height: 80,
        }),
        ..request(Format::Gif)
    };
    let film = film(&story, &asked).await;
    let (left, top) = (216, 10);
    let last = film.frames.len() - 1;
    for (frame, version) in [(0, Version(1)), (last, story.head())] {
        let cells = story.cells_after(version);
        for (x, y) in (0..480).flat_map(|x| (0..52).map(move |y| (x, y))) {
            let color = expected(&cells, (x, y), (left, top), 2);
            assert_eq!(film.pixel(frame, x, y), color);
        }
    }
    let strip = |frame: usize, columns: std::ops::Range<u32>| -> Vec<bool> {
        let places = columns.flat_map(|x| (52..80).map(move |y| (x, y)));
        places
            .map(|(x, y)| film.pixel(frame, x, y) == OUTSIDE)
            .collect()
    };
    // Pixels are background or letters, nothing else.
    let letters = [0xf0, 0xf2, 0xf7];
    for (x, y) in (0..480).flat_map(|x| (52..80).map(move |y| (x, y))) {
        assert!([OUTSIDE, letters].contains(&film.pixel(last, x, y)));
    }
    let title = strip(0, 5..55);
    assert!(title.contains(&false), "the title is there");
    assert_eq!(title, strip(last, 5..55));
    assert_ne!(
        strip(0, 240..475),
        strip(last, 240..475),
        "time and version run on"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gif_of_the_largest_palette_keeps_every_color() {
    let grays = |gray: u8| Rgb([gray, gray, gray / 2]);
    let palette = Palette::new((0..255).map(grays).collect()).unwrap();
    let mut events = vec![(BEGIN, opened(palette))];
    for color in 0..165 {
        let at = BEGIN.plus_ms(i64::from(color) + 1);
        events.push((
            at,
            placed(u16::from(color) % 15, u16::from(color) / 15, color + 90),
        ));
    }
    let story = Story::of(events).await;
    let asked = TimelapseRequest {
        caption: Some("x".to_owned()),
        duration_ms: Some(100),
        ..request(Format::Gif)
    };
    let film = film(&story, &asked).await;
    for color in 0..165_u32 {
        let gray = color as u8 + 90;
        let shown = film.pixel(1, color % 15 * 2, color / 15 * 2);
        assert_eq!(shown, [gray, gray, gray / 2]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_delays_of_a_gif_do_not_drift() {
    let story = Story::tell().await;
    for (fps, duration_ms) in [(30, 10_000), (7, 3_000), (50, 5_000)] {
        let asked = TimelapseRequest {
            fps: Some(fps),
            duration_ms: Some(duration_ms),
            hold_ms: 1_000,
            ..request(Format::Gif)
        };
        let (file, rendered) = render(&story, &asked).await;
        let total: u32 = gif_delays(&file)
            .iter()
            .map(|delay| u32::from(*delay))
            .sum();
        let meant = f64::from(rendered.frames) * 100.0 / f64::from(fps);
        assert!(
            (f64::from(total) - meant).abs() <= 0.5,
            "{fps}: {total}, not {meant}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_shows_the_stretch_that_was_asked_for() {
    let story = Story::tell().await;
    let asked = TimelapseRequest {
        from: Some(Place::Version(Version(10))),
        to: Some(Place::Time(BEGIN.plus_ms(4_050))),
        ..request(Format::Gif)
    };
    let planned = plan(&story, &asked).await;
    assert_eq!(
        (planned.range.from, planned.range.to),
        (Version(10), Version(41))
    );
    assert_eq!(planned.range.ends_at, BEGIN.plus_ms(4_050));
    let size = planned.range.size;
    assert_eq!(
        (size.width, size.height),
        (16, 12),
        "the canvas as it was then"
    );
    let film = film(&story, &asked).await;
    for (frame, version) in [(0, Version(10)), (39, Version(41))] {
        let cells = story.cells_after(version);
        for (x, y) in (0..32).flat_map(|x| (0..24).map(move |y| (x, y))) {
            assert_eq!(film.pixel(frame, x, y), expected(&cells, (x, y), (0, 0), 2));
        }
    }
    let one = TimelapseRequest {
        from: Some(Place::Version(Version(10))),
        to: Some(Place::Version(Version(10))),
        ..request(Format::Gif)
    };
    let planned = plan(&story, &one).await;
    assert_eq!(planned.range.begins_at, planned.range.ends_at);
    let (file, _) = render(&story, &one).await;
    assert_eq!(
        gif_delays(&file),
        [200],
        "nothing moves: one frame for two seconds"
    );
}
