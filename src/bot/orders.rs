//! Orders of those who run the canvas, as the acts that they mean.

use std::collections::BTreeSet;

use event_store::{PlayerId, UnixMs};

use super::command::Order;
use super::desk::{AnswerError, Desk};
use super::incoming::Incoming;
use super::register::least_role;
use super::shown::quoted;
use super::texts::{Named, Say, Tell};
use crate::config::TelegramRole;
use crate::live::past::version_at;
use crate::moderation::{self, Act, ActError, Actor, Identity, Role, RollBack, RoundSettings};

/// How many players of the same name are told apart.
const MAX_NAMESAKES: u32 = 5;

/// Milliseconds in a minute and in an hour.
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// An act that an order means, and why; or what is said instead.
type Meant = Result<(Act, String), Tell>;

impl Desk {
    /// Carries an order out, or says why not.
    pub(super) async fn answer_order(
        &self,
        to: &Incoming,
        order: Order,
    ) -> Result<(), AnswerError> {
        let Some(actor) = self.actor(to, least_role(order.name())).await? else {
            return Ok(());
        };
        if order == Order::Status {
            return self.tell_status(to).await;
        }
        if order == Order::Snapshot {
            return self.show_snapshot(to).await;
        }
        if order == Order::Undo {
            return self.undo_last(to, &actor).await;
        }
        match self.meaning(order).await? {
            Ok((act, reason)) => self.begin(to, &actor, act, reason).await,
            Err(tell) => self.tell(to, &tell).await,
        }
    }

    /// Whoever wrote this, if they may act by `needed`, and here; else they are told.
    pub(super) async fn actor(
        &self,
        to: &Incoming,
        needed: TelegramRole,
    ) -> Result<Option<Actor>, AnswerError> {
        if !to.is_private {
            self.tell(to, &Tell::OnlyPrivate).await?;
            return Ok(None);
        }
        let account = to.sender.id;
        let refused = match self.role_of(account) {
            Some(role) if role >= needed => {
                return Ok(Some(Actor {
                    identity: Identity::Telegram(account),
                    role: acting_role(role),
                    player: self.player_of(account).await?,
                }));
            }
            Some(_) => Tell::RoleNeeded(needed),
            None => Tell::NotAllowed,
        };
        self.tell(to, &refused).await?;
        if self.role_of(account).is_none()
            && let Err(error) = self.unregister_for(account).await
        {
            tracing::debug!(%error, "could not take somebody's orders out of the list");
        }
        Ok(None)
    }

    /// The act that an order means.
    async fn meaning(&self, order: Order) -> Result<Meant, AnswerError> {
        let plain = |act: Act| Ok(Ok((act, String::new())));
        match order {
            Order::NewGame { size, title } => {
                let (width, height) = size.unzip();
                plain(Act::OpenRound(RoundSettings {
                    title,
                    width,
                    height,
                    ..RoundSettings::default()
                }))
            }
            Order::Clear => plain(Act::ClearCanvas {}),
            Order::Lock { reason } => Ok(Ok((Act::LockCanvas {}, reason))),
            Order::Unlock => plain(Act::UnlockCanvas {}),
            Order::Cooldown {
                regain_ms,
                max_charges,
            } => {
                let rule = self.live.read(|state| state.canvas.cooldown());
                let now = rule.map_or(1, |rule| rule.max_charges);
                plain(Act::ChangeCooldown {
                    max_charges: max_charges.unwrap_or(now),
                    regain_ms,
                })
            }
            Order::Ban {
                player,
                hours,
                reason,
            } => {
                let until = |hours: u32| UnixMs::now().plus_ms(i64::from(hours) * HOUR_MS);
                let act = |player| Act::Ban {
                    player,
                    until: hours.map(until),
                    roll_back: false,
                };
                let player = self.player_called(&player).await?;
                Ok(player.map(|player| (act(player), reason)))
            }
            Order::Unban { player } => {
                let player = self.player_called(&player).await?;
                Ok(player.map(|player| (Act::Unban { player }, String::new())))
            }
            Order::RollBack {
                players,
                region,
                minutes,
            } => self.roll_back(players, region, minutes).await,
            Order::Announce { text } => plain(Act::Announce { text, until: None }),
            // These mean no act.
            Order::Status | Order::Snapshot | Order::Undo => Ok(Err(Tell::NothingToUndo)),
        }
    }

    async fn roll_back(
        &self,
        names: Vec<String>,
        region: Option<event_store::Region>,
        minutes: Option<u32>,
    ) -> Result<Meant, AnswerError> {
        let mut players = BTreeSet::new();
        for name in &names {
            match self.player_called(name).await? {
                Ok(player) => players.insert(player),
                Err(tell) => return Ok(Err(tell)),
            };
        }
        let from = match minutes {
            Some(minutes) => {
                let at = UnixMs::now().plus_ms(-i64::from(minutes) * MINUTE_MS);
                let before = version_at(self.live.store(), at).await;
                let before = before.map_err(ActError::Log)?;
                let opened = self.live.read(|state| {
                    let round = state.canvas.round();
                    round.map(|round| round.opened.version)
                });
                // Earlier than the round is the round's beginning.
                Some(before.next().max(opened.unwrap_or(before)))
            }
            None => None,
        };
        let act = Act::RollBack(RollBack {
            players,
            region,
            from,
            to: None,
        });
        Ok(Ok((act, String::new())))
    }

    /// The player of this id or name.
    async fn player_called(&self, word: &str) -> Result<Result<PlayerId, Tell>, AnswerError> {
        if word.len() == 16
            && let Ok(player) = word.parse()
        {
            return Ok(Ok(player));
        }
        // Postgres texts cannot hold it, so nobody is called so.
        let found = match word.contains('\0') {
            true => Vec::new(),
            false => self.players.find_called(word, MAX_NAMESAKES).await?,
        };
        Ok(match found[..] {
            [] => Err(Tell::NoSuchPlayer(quoted(word))),
            [player] => Ok(player),
            _ => Err(Tell::Ambiguous(quoted(word), found)),
        })
    }

    /// Says something to somebody who may give orders.
    pub(super) async fn tell(&self, to: &Incoming, tell: &Tell) -> Result<(), AnswerError> {
        let text = tell.text(to.sender.language);
        self.send(to.chat, &text, None).await?;
        Ok(())
    }

    /// An act with the names of those it is about.
    pub(super) async fn named(&self, act: Act) -> Result<Named, AnswerError> {
        let ids: Vec<PlayerId> = if let Act::RollBack(roll_back) = &act {
            roll_back.players.iter().copied().collect()
        } else {
            act.player().into_iter().collect()
        };
        let names = self.names_of(&ids).await?;
        let players = names.into_iter().map(|(_, name)| name).collect();
        Ok(Named { act, players })
    }

    /// The names of players, in the same order; the id of one without.
    pub(super) async fn names_of(
        &self,
        ids: &[PlayerId],
    ) -> Result<Vec<(PlayerId, String)>, AnswerError> {
        let names = self.players.names_of(ids).await?;
        let name = |id: &PlayerId| {
            let name = names.get(id).cloned();
            (*id, quoted(&name.unwrap_or_else(|| id.to_string())))
        };
        Ok(ids.iter().map(name).collect())
    }

    /// What a text that is no command says: a canvas's name that was asked for, or nothing.
    pub(super) async fn answer_text(&self, to: &Incoming, text: &str) -> Result<(), AnswerError> {
        if to.is_private && self.is_awaited(to.sender.id) {
            return self.answer_name(to, text).await;
        }
        // In a group people talk to each other.
        match to.is_private {
            true => self.say(to, &Say::UnknownCommand).await,
            false => Ok(()),
        }
    }
}

impl Order {
    /// The command's name.
    fn name(&self) -> &'static str {
        match self {
            Self::NewGame { .. } => "newgame",
            Self::Clear => "clear",
            Self::Lock { .. } => "lock",
            Self::Unlock => "unlock",
            Self::Cooldown { .. } => "cooldown",
            Self::Ban { .. } => "ban",
            Self::Unban { .. } => "unban",
            Self::RollBack { .. } => "rollback",
            Self::Announce { .. } => "announce",
            Self::Status => "status",
            Self::Snapshot => "snapshot",
            Self::Undo => "undo",
        }
    }
}

fn acting_role(role: TelegramRole) -> Role {
    match role {
        TelegramRole::Helper => moderation::Role::Helper,
        TelegramRole::Moderator => moderation::Role::Moderator,
        TelegramRole::Admin => moderation::Role::Admin,
    }
}
