//! Asking before something is taken away, and doing it.

use std::collections::{BTreeMap, VecDeque};

use event_store::UnixMs;
use parking_lot::Mutex;
use teloxide_core::payloads::{AnswerCallbackQuery, AnswerCallbackQuerySetters as _};
use teloxide_core::types::{InlineKeyboardButton, InlineKeyboardMarkup, MessageId};

use super::client::Picture;
use super::desk::{AnswerError, Desk};
use super::incoming::{Incoming, Tap};
use super::language::Language;
use super::outcome::{Shown, button};
use super::shown::{MAX_CAPTION, cut};
use super::tapped::Tapped;
use super::texts::{Plan, Tell};
use crate::config::TelegramRole;
use crate::moderation::{Act, ActError, ActRecord, Actor, Order, Preview, PreviewId};

/// How many cancelled previews are remembered. As many can wait to be confirmed.
const MAX_CANCELLED: usize = 256;

/// How many players are named whose work goes.
const MAX_NAMED: usize = 5;

/// The most characters of the words that answer a tap (Telegram, "Bot API",
/// `answerCallbackQuery`).
const MAX_TAP_ANSWER: usize = 200;

/// What waits for somebody's next step.
#[derive(Default)]
pub(super) struct Waiting {
    /// The previews whose canvas's name is to be sent, by account.
    names: Mutex<BTreeMap<i64, AwaitedName>>,
    cancelled: Mutex<VecDeque<PreviewId>>,
}

/// A preview whose canvas's name is to be sent, and the message that shows it.
#[derive(Clone, Copy)]
struct AwaitedName {
    preview: PreviewId,
    message: Option<MessageId>,
    until: UnixMs,
}

impl Desk {
    /// Does what needs no confirmation, and asks before the rest.
    pub(super) async fn begin(
        &self,
        to: &Incoming,
        actor: &Actor,
        act: Act,
        reason: String,
    ) -> Result<(), AnswerError> {
        let now = UnixMs::now();
        if !act.needs_preview() {
            let order = Order {
                act,
                reason,
                preview: None,
            };
            let done = self.moderation.perform(actor, order, now).await;
            let shown = Shown {
                chat: to.chat,
                message: None,
                has_picture: false,
            };
            return self.tell_outcome(to.sender.language, shown, done).await;
        }
        let preview = match self.moderation.preview(actor, act, now).await {
            Ok(preview) => preview,
            Err(error) => return self.tell(to, &self.refusal(error)).await,
        };
        let png = self.moderation.picture(actor, preview.id, now).await?;
        let caption = self.question(&preview, to.sender.language, now).await?;
        let picture = Picture {
            chat: to.chat,
            png,
            caption: cut(&caption, MAX_CAPTION),
            buttons: Some(question_buttons(preview.id, to.sender.language)),
        };
        self.client.send_picture(&picture).await?;
        Ok(())
    }

    async fn question(
        &self,
        preview: &Preview,
        language: Language,
        now: UnixMs,
    ) -> Result<String, AnswerError> {
        let named: Vec<_> = preview.removed.iter().take(MAX_NAMED).collect();
        let ids: Vec<_> = named.iter().map(|(player, _)| *player).collect();
        let names = self.names_of(&ids).await?.into_iter();
        let removed = names
            .zip(named)
            .map(|((_, name), (_, count))| (name, *count));
        let plan = Plan {
            what: self.named(preview.act.clone()).await?,
            cells: preview.cells,
            to_background: preview.to_background,
            removed: removed.collect(),
            removed_players: preview.removed_players,
            version: preview.version.0,
            seconds: preview.until.ms_since(now) / 1_000,
        };
        Ok(Tell::Confirm(plan).text(language))
    }

    /// Answers a tap on a button: once, whatever it holds.
    pub(super) async fn answer_tap(&self, to: &Incoming, tap: &Tap) -> Result<(), AnswerError> {
        let refused = if !to.is_private {
            Some(Tell::OnlyPrivate)
        } else if self.role_of(to.sender.id).is_none() {
            Some(Tell::NotAllowed)
        } else {
            None
        };
        let tapped = Tapped::read(&tap.data);
        let answered = match (refused, tapped) {
            (Some(tell), _) => Ok(Some(tell)),
            (None, None) => Ok(Some(Tell::Gone)),
            (None, Some(tapped)) => self.follow_tap(to, tap, tapped).await,
        };
        let say = match &answered {
            Ok(None) => String::new(),
            Ok(Some(tell)) => tell.text(to.sender.language),
            Err(_) => Tell::ActFailed.text(to.sender.language),
        };
        let answer = AnswerCallbackQuery::new(tap.query.clone());
        let answer = match say.is_empty() {
            true => answer,
            false => answer.text(cut(&say, MAX_TAP_ANSWER)).show_alert(true),
        };
        // What was done is done; a tap that Telegram has given up needs no answer.
        if let Err(error) = self.client.call(&answer).await {
            tracing::debug!(%error, "could not answer a tap");
        }
        answered.map(drop)
    }

    /// Does what a button stands for; what it gives back is said to whoever tapped.
    async fn follow_tap(
        &self,
        to: &Incoming,
        tap: &Tap,
        tapped: Tapped,
    ) -> Result<Option<Tell>, AnswerError> {
        // The least role of anything that a button stands for; the use case knows better.
        let Some(actor) = self.actor(to, TelegramRole::Helper).await? else {
            return Ok(None);
        };
        let now = UnixMs::now();
        let with_picture = Shown {
            chat: to.chat,
            message: tap.message,
            has_picture: true,
        };
        let language = to.sender.language;
        match tapped {
            Tapped::Cancel(id) => {
                self.waiting.cancel(to.sender.id, id);
                let text = Tell::Cancelled.text(language);
                self.edit(with_picture, &text, None).await?;
            }
            Tapped::Confirm(id) if self.waiting.is_cancelled(id) => return Ok(Some(Tell::Gone)),
            Tapped::Confirm(id) => {
                let preview = match self.moderation.previewed(&actor, id, now) {
                    Ok(preview) => preview,
                    Err(error) => return Ok(Some(self.refusal(error))),
                };
                if is_reset(&preview.act) {
                    self.ask_name(to, &preview, with_picture, now).await?;
                } else {
                    let done = self.confirm(&actor, preview, now).await;
                    self.tell_outcome(language, with_picture, done).await?;
                }
            }
            Tapped::Undo { act, has_picture } => {
                let record = self.moderation.acts().get(act).await;
                let is_own = |record: &ActRecord| record.actor.identity == actor.identity;
                match record {
                    Ok(record) if is_own(&record) => {}
                    Ok(_) => return Ok(Some(Tell::NotYours)),
                    Err(error) => return Ok(Some(self.refusal(error))),
                }
                let shown = Shown {
                    has_picture,
                    ..with_picture
                };
                return self.undo(&actor, act, language, shown).await;
            }
        }
        Ok(None)
    }

    async fn ask_name(
        &self,
        to: &Incoming,
        preview: &Preview,
        shown: Shown,
        now: UnixMs,
    ) -> Result<(), AnswerError> {
        let awaited = AwaitedName {
            preview: preview.id,
            message: shown.message,
            until: preview.until,
        };
        self.waiting.names.lock().insert(to.sender.id, awaited);
        let tell = Tell::TypeName {
            slug: self.live.slug().to_string(),
            seconds: preview.until.ms_since(now) / 1_000,
        };
        let text = tell.text(to.sender.language);
        let button = cancel_button(preview.id, to.sender.language);
        let buttons = InlineKeyboardMarkup::new([[button]]);
        self.edit(shown, &text, Some(buttons)).await?;
        Ok(())
    }

    /// Whether somebody is to send a canvas's name.
    pub(super) fn is_awaited(&self, account: i64) -> bool {
        self.waiting.names.lock().contains_key(&account)
    }

    /// Takes what may be the canvas's name.
    pub(super) async fn answer_name(&self, to: &Incoming, text: &str) -> Result<(), AnswerError> {
        let Some(actor) = self.actor(to, TelegramRole::Helper).await? else {
            return Ok(());
        };
        let now = UnixMs::now();
        let slug = self.live.slug().to_string();
        let is_name = text.trim() == slug;
        let awaited = {
            let mut names = self.waiting.names.lock();
            let awaited = names.get(&to.sender.id).copied();
            if awaited.is_some_and(|awaited| is_name || now >= awaited.until) {
                names.remove(&to.sender.id);
            }
            awaited.filter(|awaited| now < awaited.until)
        };
        let Some(awaited) = awaited else {
            return self.tell(to, &Tell::Gone).await;
        };
        if !is_name {
            return self.tell(to, &Tell::WrongName { slug }).await;
        }
        let shown = Shown {
            chat: to.chat,
            message: awaited.message,
            has_picture: true,
        };
        let preview = self.moderation.previewed(&actor, awaited.preview, now);
        let done = match preview {
            Ok(preview) => self.confirm(&actor, preview, now).await,
            Err(error) => Err(error),
        };
        self.tell_outcome(to.sender.language, shown, done).await
    }

    async fn confirm(
        &self,
        actor: &Actor,
        preview: Preview,
        now: UnixMs,
    ) -> Result<ActRecord, ActError> {
        let order = Order {
            act: preview.act,
            reason: String::new(),
            preview: Some(preview.id),
        };
        self.moderation.perform(actor, order, now).await
    }
}

impl Waiting {
    fn cancel(&self, account: i64, id: PreviewId) {
        let mut names = self.names.lock();
        if names
            .get(&account)
            .is_some_and(|awaited| awaited.preview == id)
        {
            names.remove(&account);
        }
        let mut cancelled = self.cancelled.lock();
        if cancelled.len() == MAX_CANCELLED {
            cancelled.pop_front();
        }
        cancelled.push_back(id);
    }

    fn is_cancelled(&self, id: PreviewId) -> bool {
        self.cancelled.lock().contains(&id)
    }
}

/// Whether an act takes the whole canvas, so that its name is asked for.
fn is_reset(act: &Act) -> bool {
    matches!(act, Act::OpenRound(_) | Act::ClearCanvas {})
}

fn cancel_button(id: PreviewId, language: Language) -> InlineKeyboardButton {
    button(&Tell::CancelButton, Tapped::Cancel(id), language)
}

fn question_buttons(id: PreviewId, language: Language) -> InlineKeyboardMarkup {
    let confirm = button(&Tell::ConfirmButton, Tapped::Confirm(id), language);
    InlineKeyboardMarkup::new([[confirm, cancel_button(id, language)]])
}
