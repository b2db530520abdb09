//! What cannot be rendered is told before anything is, and what fails or is cancelled leaves
//! nothing running.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use event_store::{Region, RoundId, Version};
use pixelwars::timelapse::{
    Ffmpeg, FfmpegError, Film, Format, LayoutError, Pace, Place, PlanError, RenderError, Rendered,
    Renderer, TimelapseRequest, Watch,
};
use tokio_util::sync::CancellationToken;

use crate::support::eventually;
use crate::support::story::{BEGIN, Story};

/// Plans a GIF, changed by `change`.
async fn refused(story: &Story, change: impl FnOnce(&mut TimelapseRequest)) -> PlanError {
    let mut asked = TimelapseRequest::new(Format::Gif);
    change(&mut asked);
    let planned = story.source.plan(&asked, &story.rounds, story.head());
    planned.await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_that_there_are_not_are_refused() {
    let story = Story::tell().await;
    let version = |version: u64| Some(Place::Version(Version(version)));
    let error = refused(&story, |asked| asked.round = Some(RoundId(2))).await;
    assert!(matches!(
        error,
        PlanError::UnknownRound { round: RoundId(2) }
    ));
    for wrong in [0, story.head().0 + 1, u64::MAX] {
        let error = refused(&story, |asked| asked.to = version(wrong)).await;
        assert!(matches!(error, PlanError::OtherRound { .. }), "{error}");
    }
    let error = refused(&story, |asked| {
        (asked.from, asked.to) = (version(9), version(8));
    });
    assert!(matches!(error.await, PlanError::Reversed { .. }));
    let error = refused(&story, |asked| {
        asked.from = Some(Place::Time(BEGIN.plus_ms(-1)));
    });
    assert!(matches!(error.await, PlanError::BeforeRound { .. }));
    let asked = TimelapseRequest::new(Format::Gif);
    let empty = story.source.plan(&asked, &[], Version(0));
    assert!(matches!(empty.await.unwrap_err(), PlanError::NoRound));
}

#[tokio::test(flavor = "multi_thread")]
async fn films_beyond_the_bounds_are_refused() {
    let story = Story::tell().await;
    for [x, y, width, height] in [
        [24, 0, 1, 1],
        [0, 0, 0, 1],
        [1, 1, 24, 1],
        [0, 0, 65_535, 65_535],
    ] {
        let region = Region {
            x,
            y,
            width,
            height,
        };
        let error = refused(&story, |asked| asked.region = Some(region)).await;
        assert!(matches!(error, PlanError::Region { .. }), "{error}");
    }
    // A region that only the canvas of later has.
    let error = refused(&story, |asked| {
        asked.to = Some(Place::Version(Version(20)));
        asked.region = Some(Region {
            x: 16,
            y: 0,
            width: 1,
            height: 1,
        });
    });
    assert!(matches!(error.await, PlanError::Region { .. }));
    type Change = fn(&mut TimelapseRequest);
    let out_of_bounds: [(&str, Change); 9] = [
        ("10,000 frames", |asked| {
            (asked.fps, asked.duration_ms) = (Some(50), Some(200_000));
        }),
        ("no frames a second", |asked| asked.fps = Some(0)),
        ("too many of them", |asked| asked.fps = Some(51)),
        ("no length", |asked| asked.duration_ms = Some(0)),
        ("an endless film", |asked| {
            asked.duration_ms = Some(u64::MAX)
        }),
        ("an endless hold", |asked| asked.hold_ms = 30_001),
        ("no idle time", |asked| asked.skip_idle_ms = Some(0)),
        ("idle for ever", |asked| asked.skip_idle_ms = Some(u64::MAX)),
        ("pixels of all frames", |asked| {
            asked.format = Format::Mp4;
            asked.frame = "3840x2160".parse().ok();
            (asked.fps, asked.duration_ms) = (Some(30), Some(600_000));
        }),
    ];
    for (what, change) in out_of_bounds {
        let error = refused(&story, change).await;
        assert!(
            matches!(error, PlanError::OutOfBounds { .. }),
            "{what}: {error}"
        );
    }
    for caption in ["", "  ", "a\nb", "a\u{1b}[31m", &"é".repeat(81)] {
        let caption = Some(caption.to_owned());
        let error = refused(&story, |asked| asked.caption = caption).await;
        assert!(matches!(error, PlanError::Caption), "{error}");
    }
    let error = refused(&story, |asked| {
        (asked.pace, asked.skip_idle_ms) = (Pace::Events, Some(5));
    });
    assert!(matches!(error.await, PlanError::IdleWithoutTime));
    let error = refused(&story, |asked| asked.frame = "8000x2".parse().ok()).await;
    let is_too_large = matches!(error, PlanError::Layout(LayoutError::TooLarge { .. }));
    assert!(is_too_large, "{error}");
}

/// A program that stands in for ffmpeg, to fail as ffmpeg can.
fn program(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("ffmpeg-that-fails");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

struct Rendering {
    story: Story,
    film: Film,
    renderer: Renderer,
    watch: Watch,
    frames: Arc<AtomicU32>,
}

impl Rendering {
    async fn of(format: Format, ffmpeg: impl FnOnce(&Path) -> PathBuf) -> Self {
        let story = Story::tell().await;
        let asked = TimelapseRequest {
            frame: "320x240".parse().ok(),
            ..TimelapseRequest::new(format)
        };
        let planned = story.source.plan(&asked, &story.rounds, story.head());
        let film = planned.await.unwrap();
        let frames = Arc::new(AtomicU32::new(0));
        let drawn = Arc::clone(&frames);
        Self {
            film,
            renderer: Renderer {
                ffmpeg: Ffmpeg::at(ffmpeg(story.folder.path())),
                max_bytes: 1 << 30,
                has_low_priority: true,
            },
            watch: Watch {
                progress: Arc::new(move |frame| drawn.store(frame, Ordering::Relaxed)),
                cancelled: CancellationToken::new(),
            },
            frames,
            story,
        }
    }

    fn file(&self) -> PathBuf {
        self.story.folder.path().join("film")
    }

    async fn run(&self) -> Result<Rendered, RenderError> {
        let Self {
            story,
            film,
            renderer,
            watch,
            ..
        } = self;
        let file = self.file();
        let rendering = renderer.render(&story.source, &story.rounds, film, &file, watch);
        rendering.await
    }

    /// Whether a process has this file's folder among its arguments.
    fn runs(&self) -> bool {
        let folder = self.story.folder.path().to_string_lossy().into_owned();
        let processes = std::fs::read_dir("/proc").unwrap();
        processes.flatten().any(|process| {
            let command = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&command).contains(&folder)
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_ffmpeg_is_named_and_a_gif_needs_none() {
    let missing = |folder: &Path| folder.join("no-ffmpeg");
    let rendering = Rendering::of(Format::Mp4, missing).await;
    let error = rendering.run().await.unwrap_err();
    let is_missing = matches!(error, RenderError::Ffmpeg(FfmpegError::Missing { .. }));
    assert!(is_missing, "{error}");
    assert!(error.to_string().contains("no-ffmpeg"), "{error}");
    let rendering = Rendering::of(Format::Gif, missing).await;
    assert_eq!(rendering.run().await.unwrap().frames, 200);
    assert_eq!(rendering.frames.load(Ordering::Relaxed), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ffmpeg_says_when_it_fails_is_in_the_error() {
    let fails = |folder: &Path| program(folder, "echo 'no such encoder' >&2; exit 3");
    let rendering = Rendering::of(Format::Webm, fails).await;
    let error = rendering.run().await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("no such encoder") && text.contains('3'),
        "{text}"
    );
    assert!(!rendering.runs());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_rendering_ends_also_when_the_encoder_hangs() {
    let hangs = |folder: &Path| program(folder, "exec tail -f /dev/null \"$0\"");
    for format in [Format::Mp4, Format::Webp] {
        let rendering = Rendering::of(format, hangs).await;
        let ended = tokio::join!(rendering.run(), async {
            let begun = tokio::task::spawn_blocking({
                let frames = Arc::clone(&rendering.frames);
                move || {
                    eventually("frames are drawn until the pipe is full", || {
                        (frames.load(Ordering::Relaxed) > 0).then_some(())
                    });
                }
            });
            begun.await.unwrap();
            assert!(rendering.runs());
            rendering.watch.cancelled.cancel();
        });
        assert!(matches!(ended.0, Err(RenderError::Cancelled)), "{format:?}");
        assert!(!rendering.runs(), "{format:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_rendering_leaves_no_encoder() {
    let hangs = |folder: &Path| program(folder, "exec tail -f /dev/null \"$0\"");
    let rendering = Arc::new(Rendering::of(Format::Mp4, hangs).await);
    let task = tokio::spawn({
        let rendering = Arc::clone(&rendering);
        async move { rendering.run().await }
    });
    let seen = Arc::clone(&rendering);
    let watching = tokio::task::spawn_blocking(move || {
        eventually("the encoder runs", || seen.runs().then_some(()));
    });
    watching.await.unwrap();
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let seen = Arc::clone(&rendering);
    let watching = tokio::task::spawn_blocking(move || {
        eventually("the encoder is gone", || (!seen.runs()).then_some(()));
    });
    watching.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_would_be_too_large_is_given_up() {
    for format in [Format::Gif, Format::Mp4, Format::Webp] {
        let mut rendering = Rendering::of(format, |_| "ffmpeg".into()).await;
        rendering.renderer.max_bytes = 2_000;
        let error = rendering.run().await.unwrap_err();
        let is_too_large = matches!(error, RenderError::TooLarge { max_bytes: 2_000 });
        assert!(is_too_large, "{format:?}: {error}");
        assert!(!rendering.runs());
    }
}
