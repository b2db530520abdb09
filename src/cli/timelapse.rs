//! `pixelwars timelapse`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use event_store::{Region, RoundId, Version};
use projections::boot;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;

use super::progress::bar;
use crate::config::Config;
use crate::deployment::Deployment;
use crate::http::parse_rfc3339;
use crate::timelapse::limits::MAX_FILE_BYTES;
use crate::timelapse::{
    Ffmpeg, Film, Format, FrameSize, Pace, Place, RenderError, Rendered, Renderer, Scale, Source,
    TimelapseRequest, Watch,
};

/// Options of `timelapse`.
#[derive(Args)]
pub(super) struct TimelapseArgs {
    /// Whose round [default: the newest]
    #[arg(long, value_name = "R")]
    round: Option<u32>,
    /// The first frame's version, or time as 2022-04-04T00:53:51Z [default: the round's opening]
    #[arg(long, value_name = "V|TIME", value_parser = parse_place)]
    from: Option<Place>,
    /// The last frame's version, or time [default: the round's end, or the newest version]
    #[arg(long, value_name = "V|TIME", value_parser = parse_place)]
    to: Option<Place>,
    /// The part to show, in cells [default: all]
    #[arg(long, value_name = "X,Y,W,H")]
    region: Option<Region>,
    /// Frames a second, 1 to 60; of a GIF 1 to 50 [default: 30, of a GIF 20]
    #[arg(long, value_name = "N")]
    fps: Option<u32>,
    /// Length in seconds, without the hold [default: 30, of a GIF 10]
    #[arg(long, value_name = "S", value_parser = parse_seconds)]
    duration: Option<u64>,
    /// Pixels a cell, 1 to 32, or 1/2 to 1/64: cells by cells a pixel [default: the largest that
    /// fits the frame, or 1920x1080]
    #[arg(long, value_name = "N|1/N")]
    scale: Option<Scale>,
    /// The film's size [default: as large as its content]
    #[arg(long, value_name = "WxH")]
    frame: Option<FrameSize>,
    /// What a frame follows: time or events
    #[arg(long, value_name = "PACE", default_value = "time")]
    pace: Pace,
    /// Cut stretches without an event to this many seconds
    #[arg(long, value_name = "S", value_parser = parse_seconds)]
    skip_idle: Option<u64>,
    /// A strip below with this title, the time and the version
    #[arg(long, value_name = "TEXT")]
    caption: Option<String>,
    /// How many seconds the last frame stays
    #[arg(long, value_name = "S", default_value = "0", value_parser = parse_seconds)]
    hold: u64,
    /// The film to write: .mp4, .webm, .gif or .webp
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

fn parse_place(text: &str) -> Result<Place, String> {
    match (text.parse(), parse_rfc3339(text)) {
        (Ok(version), _) => Ok(Place::Version(Version(version))),
        (Err(_), Some(time)) => Ok(Place::Time(time)),
        (Err(_), None) => Err("write a version, or a time as 2022-04-04T00:53:51Z".to_owned()),
    }
}

/// Seconds as milliseconds.
fn parse_seconds(text: &str) -> Result<u64, String> {
    let wrong = || "write seconds, as in 30 or 7.5".to_owned();
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    let length = Duration::try_from_secs_f64(seconds).map_err(|_| wrong())?;
    u64::try_from(length.as_millis()).map_err(|_| wrong())
}

impl TimelapseArgs {
    fn request(&self) -> anyhow::Result<TimelapseRequest> {
        let extension = self.output.extension().and_then(|text| text.to_str());
        let format = extension.and_then(Format::of_extension);
        let format = format.with_context(|| {
            let name = self.output.display();
            format!("`{name}` ends in none of .mp4, .webm, .gif, .webp")
        })?;
        Ok(TimelapseRequest {
            round: self.round.map(RoundId),
            from: self.from,
            to: self.to,
            region: self.region,
            fps: self.fps,
            duration_ms: self.duration,
            hold_ms: self.hold,
            scale: self.scale,
            frame: self.frame,
            pace: self.pace,
            skip_idle_ms: self.skip_idle,
            caption: self.caption.clone(),
            ..TimelapseRequest::new(format)
        })
    }
}

pub(super) async fn run(config: Config, args: TimelapseArgs) -> anyhow::Result<()> {
    let request = args.request()?;
    let deployment = Deployment::open(&config).await?;
    let store = &*deployment.store;
    let head = store.last().await.context("could not read the log")?;
    let mut canvas = boot::load(store, &deployment.checkpoints, 0).await?;
    boot::advance(&mut canvas, store, head, |_| {}).await?;
    let rounds = canvas.rounds().to_vec();
    drop(canvas);
    let history = Arc::new(deployment.history(&config));
    history.load().await.context("could not read history")?;
    let (log, snapshots) = (Arc::clone(&deployment.store), deployment.snapshots.clone());
    let source = Source::new(log, snapshots, history);
    let (begun, own_before) = (Instant::now(), own_time());
    let film = source.plan(&request, &rounds, head).await?;
    let renderer = Renderer {
        ffmpeg: Ffmpeg::at(&config.timelapse.ffmpeg),
        max_bytes: MAX_FILE_BYTES,
        has_low_priority: false,
    };
    let bar = bar("timelapse", film.frames().into());
    let watched = bar.clone();
    let watch = Watch {
        progress: Arc::new(move |frames| watched.set_position(frames.into())),
        cancelled: CancellationToken::new(),
    };
    let ends = watch.cancelled.clone();
    let interrupted = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            ends.cancel();
        }
    });
    let file = Unfinished::beside(&args.output)?;
    let rendering = renderer.render(&source, &rounds, &film, file.path(), &watch);
    let rendered: Result<Rendered, RenderError> = rendering.await;
    interrupted.abort();
    bar.finish_and_clear();
    let rendered = rendered?;
    file.keep_as(&args.output)?;
    let (seconds, own) = (begun.elapsed(), own_time().saturating_sub(own_before));
    deployment.store.close().await;
    let summary = summary(&film, &rendered, seconds, own);
    println!("{}", serde_json::to_string_pretty(&summary)?);
    Ok(())
}

/// The processor time of this process so far, all threads together; that of ffmpeg does not count.
fn own_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

fn summary(film: &Film, done: &Rendered, seconds: Duration, own: Duration) -> serde_json::Value {
    let (range, region) = (&film.range, film.region());
    json!({
        "format": film.format.extension(),
        "round": range.round.0,
        "from": range.from.0,
        "to": range.to.0,
        "region": [region.x, region.y, region.width, region.height],
        "scale": film.scale().to_string(),
        "frame": film.frame().to_string(),
        "fps": film.fps,
        "frames": done.frames,
        "events": done.events,
        "bytes": done.bytes,
        "seconds": seconds.as_secs_f64(),
        "own_seconds": own.as_secs_f64(),
        "own_share": own.as_secs_f64() / seconds.as_secs_f64().max(1e-9),
    })
}

/// A file under another name, deleted unless it is kept.
struct Unfinished(NamedTempFile);

impl Unfinished {
    fn beside(output: &Path) -> anyhow::Result<Self> {
        let folder = match output.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            Some(_) | None => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        let builder = builder.prefix(".timelapse-").suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;

            // As of any file that is made; the process's mask takes from it.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let made = builder.tempfile_in(folder);
        let file = made.with_context(|| format!("could not write to `{}`", folder.display()))?;
        Ok(Self(file))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn keep_as(self, output: &Path) -> anyhow::Result<()> {
        let kept = self.0.persist(output);
        kept.with_context(|| format!("could not write `{}`", output.display()))?;
        Ok(())
    }
}
