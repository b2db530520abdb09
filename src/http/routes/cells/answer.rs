//! What is told of a cell.

use std::collections::HashMap;

use event_store::{PlayerId, Recorded, UnixMs, Version};
use serde::Serialize;
use utoipa::ToSchema;

use super::found::Page;
use super::moment::Shown;
use crate::http::Shared;
use crate::http::error::{ApiError, ErrorCode};
use crate::http::timestamp::rfc3339;

/// A cell at a moment, and what it held before.
#[derive(Serialize, ToSchema)]
pub struct CellJson {
    /// The round that this is about.
    pub round: u32,
    /// Column.
    pub x: u16,
    /// Row.
    pub y: u16,
    /// The palette index that it holds; 255 where nobody can place.
    pub color: u8,
    /// Who set it; null for the round's background and what moderators did.
    #[schema(required = true)]
    pub player: Option<PlayerJson>,
    /// The version that set it; null for the round's background.
    #[schema(required = true)]
    pub version: Option<u64>,
    /// When it was set, RFC 3339.
    #[schema(required = true)]
    pub at: Option<String>,
    /// Everything that set the cell in this round up to the moment, newest first.
    pub history: Vec<CellEntry>,
    /// The `before` of the next page; null when this is the last.
    #[schema(required = true)]
    pub next_before: Option<u64>,
    /// Whether older entries exist that this server cannot tell right now.
    pub truncated: bool,
}

/// A player, by id and name.
#[derive(Clone, Serialize, ToSchema)]
pub struct PlayerJson {
    /// 16 hexadecimal digits.
    #[schema(example = "0123456789abcdef")]
    pub id: String,
    /// The name; the id again for a player that this server has no name of.
    pub name: String,
}

/// One thing that happened to a cell.
#[derive(Serialize, ToSchema)]
pub struct CellEntry {
    /// The event's version.
    pub version: u64,
    /// When, RFC 3339.
    pub at: String,
    /// The event's kind, as in the events.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The palette index that the cell held before; null where this page does not reach.
    #[schema(required = true)]
    pub from: Option<u8>,
    /// The palette index that the cell held from then on.
    pub color: u8,
    /// Whose act it was; null when a moderator is not named.
    #[schema(required = true)]
    pub player: Option<PlayerJson>,
}

impl CellJson {
    /// What is told of a cell: at most `limit` entries of a page that may have one more, which
    /// tells what the last entry found.
    pub(super) fn of(
        shown: &Shown,
        set_at: Option<UnixMs>,
        page: &Page,
        limit: usize,
        names: &HashMap<PlayerId, String>,
    ) -> Self {
        let content = shown.content;
        let events = &page.events[..];
        let player = |id: PlayerId| PlayerJson {
            id: id.to_string(),
            name: names.get(&id).cloned().unwrap_or_else(|| id.to_string()),
        };
        let given = |event: &Recorded| {
            let given = super::found::content_given(event, shown.cell);
            given.map_or(content.color, |given| given.color).0
        };
        let before = |at: usize| match events.get(at + 1) {
            Some(older) => Some(given(older)),
            None if page.is_truncated || page.next_before.is_some() => None,
            None => Some(shown.round.background.0),
        };
        let entry = |(at, event): (usize, &Recorded)| CellEntry {
            version: event.version.0,
            at: rfc3339(event.at),
            kind: event.event.kind().name(),
            from: before(at),
            color: given(event),
            player: event.event.painter().map(player),
        };
        let next_before = match events.len() > limit {
            true => events.get(limit - 1).map(|last| last.version),
            false => page.next_before,
        };
        Self {
            round: shown.round.round.0,
            x: shown.cell.x,
            y: shown.cell.y,
            color: content.color.0,
            player: content.author.map(player),
            version: (content.version > Version::ZERO).then_some(content.version.0),
            at: set_at.map(rfc3339),
            history: events.iter().enumerate().take(limit).map(entry).collect(),
            next_before: next_before.map(|version| version.0),
            truncated: page.is_truncated || !shown.is_author_known,
        }
    }
}

/// The names of everybody who is told of.
pub(super) async fn names(
    app: &Shared,
    author: Option<PlayerId>,
    events: &[Recorded],
) -> Result<HashMap<PlayerId, String>, ApiError> {
    let painters = events.iter().filter_map(|event| event.event.painter());
    let mut ids: Vec<PlayerId> = painters.chain(author).collect();
    ids.sort();
    ids.dedup();
    let names = app.players.names_of(&ids).await;
    names.map_err(|error| ApiError::fault(ErrorCode::Unavailable, &error))
}
