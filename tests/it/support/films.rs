//! Films of a [`Story`], and what they should show.

use std::path::PathBuf;
use std::sync::Arc;

use event_store::Region;
use pixelwars::timelapse::{
    Ffmpeg, Film, Format, Rendered, Renderer, Scale, TimelapseRequest, Watch,
};
use tokio_util::sync::CancellationToken;

use super::decoded::Decoded;
use super::story::{Cells, HEIGHT, OUTSIDE, Story, WIDTH};

/// The whole canvas at the end.
pub(crate) const WHOLE: Region = Region {
    x: 0,
    y: 0,
    width: WIDTH as u16,
    height: HEIGHT as u16,
};

/// Two seconds at twenty frames a second: one frame is five hundredths of a second.
pub(crate) fn request(format: Format) -> TimelapseRequest {
    TimelapseRequest {
        fps: Some(20),
        duration_ms: Some(2_000),
        scale: Some(Scale::Up(2)),
        ..TimelapseRequest::new(format)
    }
}

/// Plans a film of a story.
pub(crate) async fn plan(story: &Story, request: &TimelapseRequest) -> Film {
    let planned = story.source.plan(request, &story.rounds, story.head());
    planned.await.unwrap()
}

/// Renders it into a file.
pub(crate) async fn render(story: &Story, request: &TimelapseRequest) -> (PathBuf, Rendered) {
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

/// Renders and decodes it.
pub(crate) async fn film(story: &Story, request: &TimelapseRequest) -> Decoded {
    let (file, rendered) = render(story, request).await;
    let decoded = Decoded::read(&file, request.format, request.fps.unwrap());
    assert_eq!(decoded.frames.len(), rendered.frames as usize);
    assert_eq!(rendered.bytes, std::fs::metadata(&file).unwrap().len());
    decoded
}

/// What a pixel shows where a cell is `side` pixels wide and the canvas begins at `left` and `top`.
pub(crate) fn expected(
    cells: &Cells,
    (x, y): (u32, u32),
    (left, top): (u32, u32),
    side: u32,
) -> [u8; 3] {
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
pub(crate) const BLENDED: u8 = 1;

/// How far a colour of a video may be from what was meant, part by part: encoders of videos round.
pub(crate) const TOLERANCE: u8 = 24;

/// Whether two colours are no further apart, part by part.
pub(crate) fn is_near(meant: [u8; 3], shown: [u8; 3], tolerance: u8) -> bool {
    let mut parts = meant.iter().zip(shown);
    parts.all(|(meant, shown)| meant.abs_diff(shown) <= tolerance)
}

/// Fails unless a frame shows these cells, `side` pixels wide, from its corner on.
#[track_caller]
pub(crate) fn assert_shows(film: &Decoded, frame: usize, cells: &Cells, side: u32, tolerance: u8) {
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
