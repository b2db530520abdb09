//! `pixelwars bench place`

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use url::Url;

use super::connection::{Answer, Connection};
use crate::config::{Config, Sources};
use crate::{server, telemetry};

/// Latencies are told apart to two significant digits, so that the histograms stay in the caches.
const SIGNIFICANT_DIGITS: u8 = 2;

/// Options of `bench place`.
#[derive(Args)]
pub(super) struct PlaceArgs {
    /// A running server, as in http://127.0.0.1:8080, with canvas.regain_ms = 0 and anonymous
    /// sign-in [default: one of its own, on an embedded log in a temporary folder]
    #[arg(long)]
    url: Option<Url>,
    /// The canvas's slug
    #[arg(long, default_value = "main")]
    slug: String,
    /// Players at the same time, each waiting for its own answer
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    clients: u32,
    /// How long, in seconds
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
}

pub(super) async fn run(args: PlaceArgs) -> anyhow::Result<Value> {
    match &args.url {
        Some(url) => {
            let addresses = url.socket_addrs(|| None)?;
            let address = addresses.first().context("the URL names no server")?;
            measure(*address, &args).await
        }
        None => {
            let folder = tempfile::tempdir()?;
            let config = own_settings(folder.path())?;
            let mut running = server::start(config, telemetry::start_metrics()?).await?;
            let address = running.address().context("the server does not listen")?;
            let measured = tokio::select! {
                measured = measure(address, &args) => measured,
                error = running.failure() => Err(error),
            };
            running.stop().await;
            measured
        }
    }
}

/// A server of its own: nothing of the machine's settings, and no cooldown.
fn own_settings(folder: &std::path::Path) -> anyhow::Result<Config> {
    let options = [
        ("data_dir", folder.to_string_lossy().into_owned()),
        ("listen", "127.0.0.1:0".to_owned()),
        ("canvas.regain_ms", "0".to_owned()),
    ];
    let sources = Sources {
        options: options.map(|(key, value)| (key.to_owned(), value)).into(),
        ..Sources::default()
    };
    Ok(Config::load(&sources)?)
}

async fn measure(address: SocketAddr, args: &PlaceArgs) -> anyhow::Result<Value> {
    let canvas = Canvas::of(address, &args.slug).await?;
    let mut players = Vec::new();
    for number in 0..args.clients {
        players.push(Player::enter(address, &args.slug, canvas, number).await?);
    }
    let begun = Instant::now();
    let until = begun + Duration::from_secs(args.seconds);
    let mut playing = JoinSet::new();
    for player in players {
        playing.spawn(player.place_until(until));
    }
    let mut total = Tally::new()?;
    while let Some(ended) = playing.join_next().await {
        total.add(ended??)?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let at_quantile = |quantile| total.micros.value_at_quantile(quantile) as f64 / 1e3;
    Ok(json!({
        "bench": "place",
        "clients": args.clients,
        "seconds": seconds,
        "placements": total.micros.len(),
        "placements_per_second": total.micros.len() as f64 / seconds,
        "p50_ms": at_quantile(0.5),
        "p99_ms": at_quantile(0.99),
        "errors": total.errors,
    }))
}

/// Where can be placed, and what.
#[derive(Clone, Copy)]
struct Canvas {
    width: u64,
    height: u64,
    colors: u64,
}

impl Canvas {
    async fn of(address: SocketAddr, slug: &str) -> anyhow::Result<Self> {
        let path = format!("/api/v1/canvases/{slug}");
        let mut connection = Connection::open(address).await?;
        let answer = connection.ask("GET", &path, None, "").await?;
        let info: Value = answer.json(200)?;
        let side = |key: &str| info[key].as_u64().context("the canvas has no size");
        let colors = info["palette"].as_array().map_or(0, Vec::len) as u64;
        anyhow::ensure!(colors > 0, "the canvas has no palette");
        Ok(Self {
            width: side("width")?,
            height: side("height")?,
            colors,
        })
    }
}

/// What happened to the placements.
struct Tally {
    /// The time from request to answer of what was placed, in microseconds.
    micros: Histogram<u32>,
    /// What was not placed, by error code.
    errors: BTreeMap<String, u64>,
}

impl Tally {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            micros: Histogram::new(SIGNIFICANT_DIGITS)?,
            errors: BTreeMap::new(),
        })
    }

    fn add(&mut self, other: Self) -> anyhow::Result<()> {
        self.micros.add(other.micros)?;
        for (code, count) in other.errors {
            *self.errors.entry(code).or_default() += count;
        }
        Ok(())
    }
}

/// One player with a connection of its own.
struct Player {
    connection: Connection,
    canvas: Canvas,
    path: String,
    token: String,
    /// Of a xorshift generator: quick, and the same in every run.
    random: u64,
}

impl Player {
    async fn enter(
        address: SocketAddr,
        slug: &str,
        canvas: Canvas,
        number: u32,
    ) -> anyhow::Result<Self> {
        let mut connection = Connection::open(address).await?;
        let name = json!({ "name": format!("Bench {number}") }).to_string();
        let path = "/api/v1/auth/anonymous";
        let answer = connection.ask("POST", path, None, &name).await?;
        let signed_in: Value = answer.json(200)?;
        let token = signed_in["access_token"].as_str();
        let token = token.context("sign-in gave no token")?.to_owned();
        let path = format!("/api/v1/canvases/{slug}/play");
        let answer = connection.ask("POST", &path, Some(&token), "").await?;
        let played: Value = answer.json(200)?;
        anyhow::ensure!(
            played["status"] == "playing",
            "the server has too few seats"
        );
        Ok(Self {
            connection,
            canvas,
            path: format!("/api/v1/canvases/{slug}/placements"),
            token,
            random: 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(u64::from(number) + 1),
        })
    }

    /// Places on random cells, each once the last was answered.
    async fn place_until(mut self, until: Instant) -> anyhow::Result<Tally> {
        let mut tally = Tally::new()?;
        loop {
            let begun = Instant::now();
            if begun >= until {
                return Ok(tally);
            }
            let body = self.next_body();
            let token = Some(self.token.as_str());
            let answer = self.connection.ask("POST", &self.path, token, &body);
            let answer: Answer<'_> = answer.await?;
            if answer.status == 201 {
                let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
                tally.micros.record(micros)?;
            } else {
                *tally.errors.entry(answer.error_code()).or_default() += 1;
            }
        }
    }

    fn next_body(&mut self) -> String {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let id = self.random;
        let Canvas {
            width,
            height,
            colors,
        } = self.canvas;
        let (x, y) = (id % width, (id >> 16) % height);
        let color = (id >> 32) % colors;
        format!(r#"{{"id":"{id:016x}","x":{x},"y":{y},"color":{color}}}"#)
    }
}
