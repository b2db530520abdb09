//! Films show what an independent fold of the same history shows, pixel by pixel.

use event_store::{Palette, Rgb, Version};
use pixelwars::timelapse::{Format, FrameSize, Scale, TimelapseRequest};

use crate::support::decoded::probe;
use crate::support::films::{
    BLENDED, TOLERANCE, assert_shows, expected, film, is_near, render, request,
};
use crate::support::story::{BEGIN, HEIGHT, OUTSIDE, Story, WIDTH, opened, placed};

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
