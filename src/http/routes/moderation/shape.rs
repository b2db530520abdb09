//! The shapes of acts.

use std::collections::{BTreeSet, HashMap};

use event_store::PlayerId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Shared;
use crate::http::error::{ApiError, ErrorCode};
use crate::http::timestamp::rfc3339;
use crate::moderation::{Act, ActRecord, ActState, Identity, Role};

/// Somebody, by id and name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NamedJson {
    /// A player's id, 16 hexadecimal digits; null for somebody who is no player.
    #[schema(required = true)]
    pub player: Option<String>,
    /// The name; the id again for a player that this server has no name of.
    pub name: String,
}

/// An act on the record.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ActJson {
    /// Its number; rises with every act.
    pub id: i64,
    /// What.
    pub act: Act,
    /// Who.
    pub by: NamedJson,
    /// By which role.
    pub role: Role,
    /// Why.
    pub reason: String,
    /// When, RFC 3339.
    pub at: String,
    /// How far it is.
    pub state: ActState,
    /// The player whom it concerns.
    #[schema(required = true)]
    pub concerns: Option<NamedJson>,
    /// The preview that was confirmed.
    #[schema(required = true)]
    pub preview: Option<String>,
    /// The act that it undoes.
    #[schema(required = true)]
    pub undoes: Option<i64>,
    /// The act that undid it.
    #[schema(required = true)]
    pub undone_by: Option<i64>,
    /// The canvas's version before.
    pub version_before: u64,
    /// The last event that it led to; null when it led to none.
    #[schema(required = true)]
    pub version_after: Option<u64>,
    /// What came of it.
    pub outcome: OutcomeJson,
}

/// What came of an act.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OutcomeJson {
    /// How many cells it changed.
    pub cells: u64,
    /// How many it left, because somebody had placed there meanwhile.
    pub kept_cells: u64,
    /// The round that it concerned.
    #[schema(required = true)]
    pub round: Option<u32>,
    /// Why it failed.
    #[schema(required = true)]
    pub error: Option<String>,
}

/// Names of players.
pub(in crate::http::routes) struct Names(HashMap<PlayerId, String>);

impl Names {
    /// The names of these players.
    pub(in crate::http::routes) async fn of(
        app: &Shared,
        players: impl IntoIterator<Item = PlayerId>,
    ) -> Result<Self, ApiError> {
        let players: BTreeSet<PlayerId> = players.into_iter().collect();
        let players: Vec<PlayerId> = players.into_iter().collect();
        let names = app.players.names_of(&players).await;
        let names = names.map_err(|error| ApiError::fault(ErrorCode::Unavailable, &error))?;
        Ok(Self(names))
    }

    /// The names of all players in some records.
    pub(in crate::http::routes) async fn of_records(
        app: &Shared,
        records: &[ActRecord],
    ) -> Result<Self, ApiError> {
        let named = |record: &ActRecord| [record.actor.player, record.act.player()];
        Self::of(app, records.iter().flat_map(named).flatten()).await
    }

    pub(in crate::http::routes) fn player(&self, player: PlayerId) -> NamedJson {
        let id = player.to_string();
        NamedJson {
            name: self.0.get(&player).cloned().unwrap_or_else(|| id.clone()),
            player: Some(id),
        }
    }

    /// Somebody who acts.
    pub(in crate::http::routes) fn identity(&self, identity: Identity) -> NamedJson {
        match identity {
            Identity::Player(player) => self.player(player),
            Identity::Telegram(_) | Identity::Operator => NamedJson {
                player: None,
                name: identity.to_string(),
            },
        }
    }

    /// A record as the staff sees it.
    pub(in crate::http::routes) fn act(&self, record: ActRecord) -> ActJson {
        let outcome = record.outcome;
        ActJson {
            id: record.id.0,
            by: self.identity(record.actor.identity),
            role: record.actor.role,
            concerns: record.act.player().map(|player| self.player(player)),
            act: record.act,
            reason: record.reason,
            at: rfc3339(record.at),
            state: record.state,
            preview: record.preview.map(|preview| preview.to_string()),
            undoes: record.undoes.map(|id| id.0),
            undone_by: record.undone_by.map(|id| id.0),
            version_before: record.before.0,
            version_after: record.versions.map(|(_, last)| last.0),
            outcome: OutcomeJson {
                cells: outcome.cells,
                kept_cells: outcome.kept_cells,
                round: outcome.round,
                error: outcome.error,
            },
        }
    }
}
