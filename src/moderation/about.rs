//! What moderators want to know of one player.

use event_store::PlayerId;
use projections::canvas::Selection;

use super::error::unavailable;
use super::plan::bands;
use super::records::{ActStore, COLUMNS, MAX_PAGE, read_row};
use super::{ActError, ActRecord, Moderation};

/// How many of the newest acts are looked through for those about a player: 14 ms in
/// SQLite, measured.
const MAX_SEARCHED: i64 = 10_000;

/// How many of the newest acts that ban or lift bans are read at once.
const MAX_BANS: i64 = 2_000;

impl ActStore {
    /// The newest acts about a player among the newest 10,000, newest first, at most `limit` and at
    /// most [`MAX_PAGE`]: also roll-backs of their work among others'.
    ///
    /// # Errors
    /// [`ActError::Store`]
    pub async fn about(&self, player: PlayerId, limit: u32) -> Result<Vec<ActRecord>, ActError> {
        // In an act's JSON nothing but players stands in quotes as 16 digits; in a text that looks
        // so the quotes are escaped.
        let select = format!(
            "select {COLUMNS} from \
             (select * from acts where canvas = $1 order by id desc limit $2) as acts \
             where act like $3 order by id desc limit $4"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(select))
            .bind(self.canvas())
            .bind(MAX_SEARCHED)
            .bind(format!("%\"{player}\"%"))
            .bind(i64::from(limit.min(MAX_PAGE)))
            .fetch_all(self.readers())
            .await;
        let failed = unavailable("read the acts about a player");
        let rows = rows.map_err(&failed)?;
        let read: Result<_, sqlx::Error> = rows.iter().map(read_row).collect();
        read.map_err(failed)
    }

    /// The newest acts that ban or lift bans, newest first, at most 2,000.
    ///
    /// # Errors
    /// [`ActError::Store`]
    pub async fn bans(&self) -> Result<Vec<ActRecord>, ActError> {
        let select = format!(
            "select {COLUMNS} from acts where canvas = $1 and kind in ('ban', 'unban') \
             order by id desc limit $2"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(select))
            .bind(self.canvas())
            .bind(MAX_BANS)
            .fetch_all(self.readers())
            .await;
        let failed = unavailable("read the acts that ban");
        let rows = rows.map_err(&failed)?;
        let read: Result<_, sqlx::Error> = rows.iter().map(read_row).collect();
        read.map_err(failed)
    }
}

impl Moderation {
    /// How many cells of the newest round hold a player's work now.
    pub async fn cells_held_by(&self, player: PlayerId) -> u64 {
        let round = self.live.read(|state| {
            let round = state.canvas.round()?;
            let size = state.canvas.size()?;
            Some((round.opened.version, state.canvas.version(), size))
        });
        let Some((from, to, size)) = round else {
            return 0;
        };
        let selection = Selection {
            players: Some([player].into()),
            region: None,
            from,
            to,
        };
        let mut held = 0;
        for rows in bands(size) {
            let cells = self
                .live
                .read(|state| state.canvas.held(&selection, rows).len());
            held += cells as u64;
            tokio::task::yield_now().await;
        }
        held
    }
}
