//! The shapes of the queue.

use event_store::PlayerId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Shared;
use crate::http::error::ApiError;
use crate::http::routes::moderation::shape::{NamedJson, Names};
use crate::http::routes::reports::AnswerJson;
use crate::http::timestamp::rfc3339;
use crate::moderation::Identity;
use crate::reports::{Category, Entry, EntryState, Report};

/// Pixels a cell in pictures of a region.
const PICTURE_SCALE: u16 = 8;

/// Everything that players told of one subject.
#[derive(Serialize, ToSchema)]
pub struct EntryJson {
    /// Its number.
    pub id: i64,
    /// `cell`, `player`, `ban_appeal` or `mute_appeal`.
    pub kind: &'static str,
    /// `open` or `done`.
    pub state: &'static str,
    /// Whom it concerns: who had set the cell, who is reported, who appeals; null for a cell that
    /// nobody had set.
    #[schema(required = true)]
    pub concerns: Option<NamedJson>,
    /// The cell's column; null when it is about no cell.
    #[schema(required = true)]
    pub x: Option<u16>,
    /// The cell's row.
    #[schema(required = true)]
    pub y: Option<u16>,
    /// The version that the newest report saw.
    pub version: u64,
    /// The region around the cell, `x,y,width,height`.
    #[schema(required = true)]
    pub region: Option<String>,
    /// Where the region's picture at that version is.
    #[schema(required = true)]
    pub picture_url: Option<String>,
    /// Of an appeal: the number of the act that it is against.
    #[schema(required = true)]
    pub against: Option<i64>,
    /// How many players tell of it: now while it is open, ever when it is done.
    pub reporters: u64,
    /// How often each was told.
    pub categories: Vec<CategoryJson>,
    /// Since when it waits or waited, RFC 3339.
    pub opened_at: String,
    /// How often it was opened again by a new report after it was done.
    pub reopened: u64,
    /// What became of it; null while it is open.
    #[schema(required = true)]
    pub answer: Option<AnswerJson>,
    /// Who decided.
    #[schema(required = true)]
    pub resolved_by: Option<NamedJson>,
}

/// How often something was told.
#[derive(Serialize, ToSchema)]
pub struct CategoryJson {
    /// `griefing`, `offensive`, `script`, `other` or `appeal`.
    pub category: &'static str,
    /// How often.
    pub count: u64,
}

/// What one player told.
#[derive(Serialize, ToSchema)]
pub struct ReportJson {
    /// Its number.
    pub id: i64,
    /// Who.
    pub reporter: NamedJson,
    /// What somebody did.
    pub category: &'static str,
    /// In their own words.
    #[schema(required = true)]
    pub text: Option<String>,
    /// The version that they saw.
    pub version: u64,
    /// When, RFC 3339.
    pub at: String,
    /// What they were answered.
    #[schema(required = true)]
    pub answer: Option<AnswerJson>,
}

/// Somebody of the staff, as the tables have them.
pub(super) fn identity(names: &Names, text: &str) -> NamedJson {
    match text.parse::<Identity>() {
        Ok(identity) => names.identity(identity),
        Err(_) => NamedJson {
            player: None,
            name: text.to_owned(),
        },
    }
}

/// The player behind an identity, if it is one.
pub(super) fn player_of(text: &str) -> Option<PlayerId> {
    match text.parse::<Identity>() {
        Ok(Identity::Player(player)) => Some(player),
        Ok(Identity::Telegram(_) | Identity::Operator) | Err(_) => None,
    }
}

/// The names of all players in some entries.
pub(super) async fn names_of(app: &Shared, entries: &[Entry]) -> Result<Names, ApiError> {
    let named = |entry: &Entry| {
        let resolver = entry.resolved_by.as_deref().and_then(player_of);
        [entry.player, resolver]
    };
    Names::of(app, entries.iter().flat_map(named).flatten()).await
}

impl EntryJson {
    /// An entry as the staff sees it.
    pub(super) fn of(
        app: &Shared,
        entry: Entry,
        categories: &[(Category, u64)],
        names: &Names,
    ) -> Self {
        let (cell, region) = entry.place.unzip();
        let region = region.map(|region| {
            let (x, y) = (region.x, region.y);
            format!("{x},{y},{},{}", region.width, region.height)
        });
        let picture_url = region.as_ref().map(|region| {
            let (slug, version) = (app.live.slug(), entry.version);
            format!(
                "/api/v1/canvases/{slug}/image.png?version={version}&region={region}\
                 &scale={PICTURE_SCALE}"
            )
        });
        let told = categories.iter().map(|(category, count)| CategoryJson {
            category: category.name(),
            count: *count,
        });
        Self {
            id: entry.id.0,
            kind: entry.kind.name(),
            state: match entry.state {
                EntryState::Open => "open",
                EntryState::Done => "done",
            },
            concerns: entry.player.map(|player| names.player(player)),
            x: cell.map(|cell| cell.x),
            y: cell.map(|cell| cell.y),
            version: entry.version.0,
            region,
            picture_url,
            against: entry.appealed_act.map(|act| act.0),
            reporters: entry.reporters,
            categories: told.collect(),
            opened_at: rfc3339(entry.opened_at),
            reopened: entry.reopened,
            answer: entry.resolution.map(AnswerJson::from),
            resolved_by: entry.resolved_by.map(|by| identity(names, &by)),
        }
    }
}

impl ReportJson {
    /// A report as the staff sees it.
    pub(super) fn of(report: Report, names: &Names) -> Self {
        Self {
            id: report.id.0,
            reporter: names.player(report.reporter),
            category: report.category.name(),
            text: report.text,
            version: report.version.0,
            at: rfc3339(report.at),
            answer: report.answer.map(AnswerJson::from),
        }
    }
}
