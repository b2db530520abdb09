//! A running server's canvas against the log.

use std::time::Duration;

use event_store::{EventStore, PaletteIndex, RoundId, Version};
use projections::boot::{self, BootError};
use projections::snapshot::{MAX_RAW_BYTES, SnapshotError};
use projections::{Canvas, CellChange, Grid, Snapshot};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::checker::{FetchError, Fetcher, uncompressed};

/// How often a server is asked that is behind the log, or whose canvas is reshaped meanwhile.
const MAX_TURNS: u32 = 20;

/// The wait between two turns.
const WAIT: Duration = Duration::from_millis(250);

/// The most bytes of an answer in JSON: one that names every cell of the largest canvas.
const MAX_JSON_BYTES: usize = 1 << 30;

const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";

/// What a server showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveVerdict {
    /// The version that it showed; the newest that was folded when it shows none.
    pub version: Version,
    /// How that is not what the log makes: a sentence. None when it is.
    pub difference: Option<String>,
}

/// Why a server's canvas could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The server does not answer.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// There is no such canvas.
    #[error("there is no canvas at {url}")]
    NoCanvas {
        /// The address.
        url: String,
    },
    /// The server answers what cannot be read.
    #[error("{path} is not what it should be")]
    Malformed {
        /// The path under the canvas's address.
        path: String,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// The server's snapshot cannot be read.
    #[error("snapshot {version} cannot be read")]
    Snapshot {
        /// Its version.
        version: Version,
        /// The cause.
        #[source]
        source: SnapshotError,
    },
    /// The log could not be read on.
    #[error(transparent)]
    Log(#[from] BootError),
}

#[derive(Deserialize)]
struct Info {
    round: Option<u32>,
    snapshot: Option<SnapshotInfo>,
}

#[derive(Deserialize)]
struct SnapshotInfo {
    version: u64,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum CatchUp {
    Delta { to: u64, cells: Vec<(u32, u8)> },
    Snapshot {},
    Round {},
}

/// What a server shows at one version: none before its first round.
struct Shown {
    version: Version,
    round: RoundId,
    grid: Grid,
}

/// Compares what a server shows — its newest snapshot and the changes since — with the canvas that
/// is folded of the log. `canvas` is the fold at the log's end, and goes on with the log as far as
/// the server has gone.
///
/// # Errors
/// [`LiveError`]; a difference is no error but the answer.
pub async fn compare_live(
    server: &Fetcher,
    log: &dyn EventStore,
    canvas: &mut Canvas,
) -> Result<LiveVerdict, LiveError> {
    let folded = canvas.version();
    let mut behind = "it changes faster than it can be told";
    for turn in 0..MAX_TURNS {
        if turn > 0 {
            tokio::time::sleep(WAIT).await;
        }
        let info: Info = get(server, "").await?;
        let (Some(round), Some(snapshot)) = (info.round, info.snapshot) else {
            let difference = "it shows no canvas, but the log has a round";
            return Ok(LiveVerdict {
                version: folded,
                difference: canvas.grid().map(|_| difference.to_owned()),
            });
        };
        let Some(shown) = shown(server, RoundId(round), Version(snapshot.version)).await? else {
            continue;
        };
        if shown.version < folded {
            behind = "it stays behind the log";
            continue;
        }
        let reached = boot::advance(canvas, log, shown.version, |_| {}).await?;
        return Ok(LiveVerdict {
            version: shown.version,
            difference: match reached < shown.version {
                true => Some(format!("the log ends at version {reached} already")),
                false => difference(&shown, canvas),
            },
        });
    }
    Ok(LiveVerdict {
        version: folded,
        difference: Some(behind.to_owned()),
    })
}

async fn shown(
    server: &Fetcher,
    round: RoundId,
    version: Version,
) -> Result<Option<Shown>, LiveError> {
    let path = format!("snapshots/{version}");
    let Some(bytes) = server.get(&path, BYTES, MAX_RAW_BYTES).await? else {
        return Ok(None);
    };
    let raw = uncompressed(bytes).and_then(|raw| Snapshot::decode(&raw));
    let snapshot = raw.map_err(|source| LiveError::Snapshot { version, source })?;
    let path = format!("catch-up?after={version}&round={round}");
    let CatchUp::Delta { to, cells } = get(server, &path).await? else {
        return Ok(None);
    };
    let mut grid = snapshot.grid;
    let change = |(index, color): (u32, u8)| CellChange {
        index,
        color: PaletteIndex(color),
    };
    let changes: Vec<CellChange> = cells.into_iter().map(change).collect();
    grid.set(&changes);
    Ok(Some(Shown {
        version: Version(to),
        round: snapshot.round,
        grid,
    }))
}

async fn get<T: DeserializeOwned>(server: &Fetcher, path: &str) -> Result<T, LiveError> {
    let found = server.get(path, JSON, MAX_JSON_BYTES).await?;
    let found = found.ok_or_else(|| LiveError::NoCanvas {
        url: server.base().to_string(),
    })?;
    serde_json::from_slice(&found).map_err(|source| LiveError::Malformed {
        path: path.to_owned(),
        source,
    })
}

fn difference(shown: &Shown, canvas: &Canvas) -> Option<String> {
    let Some(field) = canvas.field() else {
        return Some("it shows a canvas, but the log has no round".to_owned());
    };
    if (shown.round, shown.grid.size()) != (field.round, field.grid.size()) {
        return Some("its round or size is not the log's".to_owned());
    }
    let cells = shown.grid.cells().iter().zip(field.grid.cells());
    let differing = cells.filter(|(shown, folded)| shown != folded).count();
    (differing > 0).then(|| format!("{differing} of its cells are not what the log makes"))
}
