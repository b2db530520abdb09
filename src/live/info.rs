//! What a client needs to know of a canvas before it looks at a cell.

use event_store::{CanvasSlug, CooldownRule, UnixMs, Version};
use projections::Canvas;
use projections::canvas::{Announcement, Protection};
use serde::Serialize;
use utoipa::ToSchema;

use super::online::Online;
use crate::exchange::json::RegionJson;
use crate::exchange::moment::rfc3339;

/// A canvas as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CanvasInfo {
    /// The canvas's slug.
    #[schema(example = "main")]
    pub canvas: String,
    /// The newest round's number; null before the first round.
    #[schema(required = true)]
    pub round: Option<u32>,
    /// The round's title; may be empty.
    pub title: String,
    /// When the round was opened, RFC 3339; null before the first round.
    #[schema(required = true)]
    pub opened_at: Option<String>,
    /// Whether the round runs.
    pub open: bool,
    /// Whether a moderator has locked the canvas.
    pub locked: bool,
    /// Columns, 0 before the first round.
    pub width: u16,
    /// Rows, 0 before the first round.
    pub height: u16,
    /// Where players may not place, in the newest round.
    pub protected: Vec<ProtectedInfo>,
    /// What everybody is told; null for nothing.
    #[schema(required = true)]
    pub announcement: Option<AnnouncementInfo>,
    /// The colours by index, each `#RRGGBB`.
    pub palette: Vec<String>,
    /// The version that this describes.
    pub version: u64,
    /// The newest snapshot; null before the first round.
    #[schema(required = true)]
    pub snapshot: Option<SnapshotInfo>,
    /// The cooldown rule in force.
    pub cooldown: CooldownInfo,
    /// What one client may do, and what there is room for.
    pub limits: LimitsInfo,
    /// How many people are there.
    pub online: Online,
}

/// A region where players may not place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProtectedInfo {
    /// The version since which it is protected.
    pub since: u64,
    /// Where.
    pub region: RegionJson,
    /// Why; may be empty.
    pub reason: String,
}

/// What everybody is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AnnouncementInfo {
    /// The version that said it.
    pub version: u64,
    /// When it was said, RFC 3339.
    pub at: String,
    /// Until when it is to be shown, RFC 3339; null for until the next one.
    #[schema(required = true)]
    pub until: Option<String>,
    /// What.
    pub text: String,
}

/// Where a snapshot is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SnapshotInfo {
    /// The version that it shows.
    pub version: u64,
    /// Its path on this server; what is there never changes.
    #[schema(example = "/api/v1/canvases/main/snapshots/1200")]
    pub url: String,
}

/// A cooldown rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CooldownInfo {
    /// The most charges one can hold.
    pub max_charges: u16,
    /// Milliseconds until a spent charge is back; 0 for no cooldown.
    pub regain_ms: u32,
}

/// What one client may do at this gateway, and what there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LimitsInfo {
    /// The most placements in one request.
    pub max_batch: u32,
    /// Milliseconds after its last game action that a seat is given up.
    pub afk_after_ms: u32,
    /// Milliseconds between two looks of those who have no feed.
    pub poll_ms: u32,
    /// Milliseconds after a placement in which its player may take it back.
    pub undo_ms: u32,
    /// The most players with a seat; fewer under load.
    pub max_players: u32,
    /// The most players who wait for a seat.
    pub max_queued: u32,
    /// The fewest versions from one snapshot to the next; more under load.
    pub snapshot_interval: u32,
}

impl From<CooldownRule> for CooldownInfo {
    fn from(rule: CooldownRule) -> Self {
        Self {
            max_charges: rule.max_charges,
            regain_ms: rule.regain_ms,
        }
    }
}

impl From<&Protection> for ProtectedInfo {
    fn from(protection: &Protection) -> Self {
        Self {
            since: protection.since.version.0,
            region: protection.region.into(),
            reason: protection.reason.clone(),
        }
    }
}

impl From<&Announcement> for AnnouncementInfo {
    fn from(told: &Announcement) -> Self {
        Self {
            version: told.since.version.0,
            at: rfc3339(told.since.at),
            until: told.until.map(rfc3339),
            text: told.text.clone(),
        }
    }
}

/// The path of a snapshot on this server.
pub fn snapshot_url(canvas: &CanvasSlug, version: Version) -> String {
    format!("/api/v1/canvases/{canvas}/snapshots/{version}")
}

/// What the fold says of a canvas, with what only the gateway knows.
pub(super) fn describe(
    slug: &CanvasSlug,
    canvas: &Canvas,
    snapshot: Option<Version>,
    limits: LimitsInfo,
    online: Online,
    now: UnixMs,
) -> CanvasInfo {
    let round = canvas.round();
    let size = canvas.size();
    let colors = canvas.palette().map(|palette| palette.colors());
    let no_rule = CooldownRule {
        max_charges: 0,
        regain_ms: 0,
    };
    CanvasInfo {
        canvas: slug.to_string(),
        round: round.map(|round| round.round.0),
        title: round.map(|round| round.title.clone()).unwrap_or_default(),
        opened_at: round.map(|round| rfc3339(round.opened.at)),
        open: round.is_some_and(|round| round.is_open()),
        locked: canvas.lock().is_some(),
        protected: canvas.protections().iter().map(Into::into).collect(),
        announcement: canvas.announcement(now).map(Into::into),
        width: size.map_or(0, |size| size.width),
        height: size.map_or(0, |size| size.height),
        palette: colors
            .unwrap_or_default()
            .iter()
            .map(ToString::to_string)
            .collect(),
        version: canvas.version().0,
        snapshot: snapshot.map(|version| SnapshotInfo {
            version: version.0,
            url: snapshot_url(slug, version),
        }),
        cooldown: canvas.cooldown().unwrap_or(no_rule).into(),
        limits,
        online,
    }
}
