//! What anybody can ask for.

use event_store::event::CellContent;
use event_store::{Cell, PlayerId, UnixMs};

use super::command::Ask;
use super::desk::{AnswerError, Desk};
use super::incoming::Incoming;
use super::shown::quoted;
use super::texts::{Me, Say, Stats};
use crate::accounts::Provider;
use crate::exchange::moment::rfc3339;

/// How many players `/top` names.
const TOP_PLAYERS: usize = 10;

/// How large a cell is drawn when the page is opened at it, in pixels.
const OPEN_SCALE: u16 = 16;

impl Desk {
    /// Answers what anybody can ask for.
    pub(super) async fn answer_ask(&self, to: &Incoming, ask: Ask) -> Result<(), AnswerError> {
        match ask {
            Ask::Start => self.welcome(to).await,
            Ask::Canvas(None) => self.show_canvas(to).await,
            Ask::Canvas(Some(cell)) => self.show_cell(to, cell).await,
            Ask::Me => self.tell_me(to).await,
            Ask::Top => self.tell_top(to).await,
            Ask::Stats => self.tell_stats(to).await,
        }
    }

    async fn welcome(&self, to: &Incoming) -> Result<(), AnswerError> {
        // Their chat may be newer than the bot's start, when the lists were made.
        if to.is_private
            && let Some(role) = self.role_of(to.sender.id)
            && let Err(error) = self.register_for(to.sender.id, role).await
        {
            tracing::debug!(%error, "could not list somebody's orders");
        }
        let size = self.live.read(|state| state.canvas.size());
        let say = Say::Welcome {
            size: size.map(|size| (size.width, size.height)),
            account: to.sender.id,
            page: self.link("/"),
            has_role: self.role_of(to.sender.id).is_some() && to.is_private,
        };
        let button = self.open_button("", to.is_private, to.sender.language);
        let text = say.text(to.sender.language);
        self.send(to.chat, &text, button).await?;
        Ok(())
    }

    async fn show_canvas(&self, to: &Incoming) -> Result<(), AnswerError> {
        let Some((round, title)) = self.round() else {
            return self.say(to, &Say::NoRound).await;
        };
        let drawn = self.pictures.whole().await?;
        let say = Say::Canvas {
            slug: self.live.slug().to_string(),
            round,
            title,
            version: drawn.version.0,
        };
        let button = self.open_button("", to.is_private, to.sender.language);
        let caption = say.text(to.sender.language);
        self.show(to.chat, &drawn, &caption, button).await?;
        Ok(())
    }

    async fn show_cell(&self, to: &Incoming, cell: Cell) -> Result<(), AnswerError> {
        let (size, content, color) = self.live.read(|state| {
            let content = state.canvas.cell(cell);
            let colors = state.canvas.palette().map(|palette| palette.colors());
            let color = content.and_then(|content| {
                let color = colors?.get(usize::from(content.color.0))?;
                Some(color.to_string())
            });
            (state.canvas.size(), content, color)
        });
        let Some(size) = size else {
            return self.say(to, &Say::NoRound).await;
        };
        let Some(CellContent {
            author, version, ..
        }) = content
        else {
            let (width, height) = (size.width, size.height);
            return self.say(to, &Say::Outside { width, height }).await;
        };
        let author = match author {
            Some(author) => Some(self.name_of(author).await?),
            None => None,
        };
        let drawn = self.pictures.around(cell).await?;
        let say = Say::Cell {
            x: cell.x,
            y: cell.y,
            color: color.unwrap_or_else(|| "–".to_owned()),
            author,
            version: version.0,
        };
        let query = format!("?x={}&y={}&scale={OPEN_SCALE}", cell.x, cell.y);
        let button = self.open_button(&query, to.is_private, to.sender.language);
        let caption = say.text(to.sender.language);
        self.show(to.chat, &drawn, &caption, button).await?;
        Ok(())
    }

    async fn tell_me(&self, to: &Incoming) -> Result<(), AnswerError> {
        let Some(player) = self.player_of(to.sender.id).await? else {
            let text = Say::Stranger.text(to.sender.language);
            let button = self.open_button("", to.is_private, to.sender.language);
            self.send(to.chat, &text, button).await?;
            return Ok(());
        };
        let name = self.name_of(player).await?;
        let now = UnixMs::now();
        let me = self.live.read(|state| {
            let canvas = &state.canvas;
            let round = canvas.round()?;
            let allowance = canvas.allowance(player, now)?;
            let behaviour = state.behaviour.as_ref();
            let placements = behaviour.map(|known| known.placements_in(round.round, player));
            let next_ms = allowance.next_charge_at.map(|at| at.ms_since(now).max(0));
            let ban = canvas.ban(player, now);
            Some(Me {
                name,
                placements: placements.map(u64::from),
                charges: allowance.charges,
                max_charges: round.cooldown.max_charges,
                next_s: next_ms.map(|ms| ms.unsigned_abs().div_ceil(1_000)),
                ban: ban.map(|ban| (quoted(&ban.reason), ban.until.map(rfc3339))),
            })
        });
        let say = me.map_or(Say::NoRound, Say::Me);
        self.say(to, &say).await
    }

    async fn tell_top(&self, to: &Incoming) -> Result<(), AnswerError> {
        let Some((round, title)) = self.round() else {
            return self.say(to, &Say::NoRound).await;
        };
        let busiest = self.live.read(|state| {
            let round = state.canvas.round()?.round;
            Some(state.behaviour.as_ref()?.busiest(round, TOP_PLAYERS))
        });
        let Some(busiest) = busiest else {
            return self.say(to, &Say::NotReady).await;
        };
        if busiest.is_empty() {
            return self.say(to, &Say::TopEmpty).await;
        }
        let ids: Vec<PlayerId> = busiest.iter().map(|(player, _)| *player).collect();
        let names = self.players.names_of(&ids).await?;
        let named = busiest.into_iter().map(|(player, count)| {
            let name = names.get(&player).cloned();
            let name = name.unwrap_or_else(|| player.to_string());
            (quoted(&name), u64::from(count))
        });
        let players = named.collect();
        let say = Say::Top {
            round,
            title,
            players,
        };
        self.say(to, &say).await
    }

    async fn tell_stats(&self, to: &Incoming) -> Result<(), AnswerError> {
        let stats = self.stats();
        self.say(to, &stats.map_or(Say::NoRound, Say::Stats)).await
    }

    /// The round in numbers; none before the first.
    pub(super) fn stats(&self) -> Option<Stats> {
        let online = self.live.online();
        self.live.read(|state| {
            let canvas = &state.canvas;
            let (round, size) = (canvas.round()?, canvas.size()?);
            let totals = state
                .behaviour
                .as_ref()
                .map(|known| known.totals(round.round));
            Some(Stats {
                slug: self.live.slug().to_string(),
                round: round.round.0,
                title: quoted_title(&round.title),
                is_open: round.is_open(),
                is_locked: canvas.lock().is_some(),
                width: size.width,
                height: size.height,
                colors: canvas.palette()?.colors().len() as u64,
                opened_at: rfc3339(round.opened.at),
                version: canvas.version().0,
                totals: totals.map(|totals| (totals.players, totals.placements)),
                playing: online.players.into(),
                queued: online.queued.into(),
                watching: online.watching.into(),
                max_charges: round.cooldown.max_charges,
                regain_ms: round.cooldown.regain_ms,
            })
        })
    }

    /// The newest round's number and title.
    pub(super) fn round(&self) -> Option<(u32, String)> {
        self.live.read(|state| {
            let round = state.canvas.round()?;
            Some((round.round.0, quoted_title(&round.title)))
        })
    }

    /// A player's name, or its id when nobody knows the name.
    pub(super) async fn name_of(&self, player: PlayerId) -> Result<String, AnswerError> {
        let name = self.players.name_of(player).await?;
        Ok(quoted(&name.unwrap_or_else(|| player.to_string())))
    }

    /// The player of a Telegram account, if it has one.
    pub(super) async fn player_of(&self, account: i64) -> Result<Option<PlayerId>, AnswerError> {
        let subject = account.to_string();
        let player = self.accounts.player_of(Provider::Telegram, "", &subject);
        Ok(player.await?)
    }
}

/// A round's title as it stands in a line; empty for none.
fn quoted_title(title: &str) -> String {
    match title.is_empty() {
        true => String::new(),
        false => quoted(title),
    }
}
