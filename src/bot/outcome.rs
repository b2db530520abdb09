//! What came of an order: told, with a button that undoes it, and undone.

use event_store::UnixMs;
use teloxide_core::payloads::{
    EditMessageCaption, EditMessageCaptionSetters as _, EditMessageText,
    EditMessageTextSetters as _,
};
use teloxide_core::types::{ChatId, InlineKeyboardButton, InlineKeyboardMarkup, MessageId};

use super::desk::{AnswerError, Desk};
use super::incoming::Incoming;
use super::language::Language;
use super::shown::{MAX_CAPTION, MAX_TEXT, cut};
use super::tapped::Tapped;
use super::texts::{Deed, Tell};
use crate::config::TelegramRole;
use crate::moderation::{Act, ActError, ActId, ActRecord, Actor, Role};

/// How many of the newest acts `/undo` looks through.
const MAX_LOOKED_THROUGH: u32 = 100;

/// A message that shows what came of it.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub(super) chat: ChatId,
    pub(super) message: Option<MessageId>,
    pub(super) has_picture: bool,
}

impl Desk {
    /// Undoes the newest act of `actor` that can be undone.
    pub(super) async fn undo_last(&self, to: &Incoming, actor: &Actor) -> Result<(), AnswerError> {
        let page = self
            .moderation
            .acts()
            .page(None, MAX_LOOKED_THROUGH)
            .await?;
        let is_meant = |record: &&ActRecord| {
            let grows = matches!(
                record.act,
                Act::ExpandCanvas { .. } | Act::ExtendPalette { .. }
            );
            let is_own = record.actor.identity == actor.identity;
            is_own
                && !grows
                && record.undoes.is_none()
                && record.undone_by.is_none()
                && record.versions.is_some()
        };
        let Some(record) = page.iter().find(is_meant) else {
            return self.tell(to, &Tell::NothingToUndo).await;
        };
        let shown = Shown {
            chat: to.chat,
            message: None,
            has_picture: false,
        };
        let language = to.sender.language;
        match self.undo(actor, record.id, language, shown).await? {
            Some(tell) => self.tell(to, &tell).await,
            None => Ok(()),
        }
    }

    /// Undoes an act; what it gives back is said in place of what came of it.
    pub(super) async fn undo(
        &self,
        actor: &Actor,
        act: ActId,
        language: Language,
        shown: Shown,
    ) -> Result<Option<Tell>, AnswerError> {
        let undone = self
            .moderation
            .undo(actor, act, String::new(), UnixMs::now());
        let record = match undone.await {
            Ok(record) => record,
            Err(error) => return Ok(Some(self.refusal(error))),
        };
        let text = Tell::Undone(self.deed(&record).await?).text(language);
        self.edit(shown, &text, None).await?;
        Ok(None)
    }

    /// Shows what came of an act, with a button that undoes it.
    pub(super) async fn tell_outcome(
        &self,
        language: Language,
        shown: Shown,
        done: Result<ActRecord, ActError>,
    ) -> Result<(), AnswerError> {
        let (text, buttons) = match done {
            Ok(record) => {
                let text = Tell::Done(self.deed(&record).await?).text(language);
                let tapped = Tapped::Undo {
                    act: record.id,
                    has_picture: shown.has_picture,
                };
                let button = button(&Tell::UndoButton, tapped, language);
                (text, Some(InlineKeyboardMarkup::new([[button]])))
            }
            Err(error) => (self.refusal(error).text(language), None),
        };
        self.edit(shown, &text, buttons).await?;
        Ok(())
    }

    async fn deed(&self, record: &ActRecord) -> Result<Deed, AnswerError> {
        let (slug, before) = (self.live.slug(), record.before.0);
        let picture = format!("/api/v1/canvases/{slug}/image.png?version={before}");
        Ok(Deed {
            what: self.named(record.act.clone()).await?,
            number: record.id.0,
            cells: record.outcome.cells,
            kept_cells: record.outcome.kept_cells,
            before,
            after: record.versions.map(|(_, last)| last.0),
            link: self.link(&picture),
        })
    }

    /// Puts new words into a message, or into a new one when there is none to change.
    pub(super) async fn edit(
        &self,
        shown: Shown,
        text: &str,
        buttons: Option<InlineKeyboardMarkup>,
    ) -> Result<(), AnswerError> {
        let edited = match (shown.message, shown.has_picture) {
            (None, _) => None,
            (Some(message), true) => {
                let edit = EditMessageCaption::new(shown.chat, message);
                let edit = edit.caption(cut(text, MAX_CAPTION));
                let edit = match buttons.clone() {
                    Some(buttons) => edit.reply_markup(buttons),
                    None => edit,
                };
                Some(self.client.call(&edit).await)
            }
            (Some(message), false) => {
                let edit = EditMessageText::new(shown.chat, message, cut(text, MAX_TEXT));
                let edit = match buttons.clone() {
                    Some(buttons) => edit.reply_markup(buttons),
                    None => edit,
                };
                Some(self.client.call(&edit).await)
            }
        };
        match edited {
            Some(Ok(_)) => return Ok(()),
            Some(Err(error)) if error.is_not_modified() => return Ok(()),
            Some(Err(error)) => tracing::debug!(%error, "could not change a message"),
            None => {}
        }
        self.send(shown.chat, text, buttons).await?;
        Ok(())
    }

    /// What is said of an act that was not done.
    pub(super) fn refusal(&self, error: ActError) -> Tell {
        match error {
            ActError::Forbidden { needed, .. } => match needed {
                Role::Admin => Tell::RoleNeeded(TelegramRole::Admin),
                Role::Moderator => Tell::RoleNeeded(TelegramRole::Moderator),
                Role::Helper | Role::Player => Tell::RoleNeeded(TelegramRole::Helper),
            },
            ActError::PreviewGone | ActError::PreviewNeeded => Tell::Gone,
            ActError::Overtaken | ActError::Busy => Tell::Overtaken,
            ActError::Invalid { problem } => Tell::Refused(problem),
            ActError::Nothing { problem } => Tell::Refused(problem.to_owned()),
            ActError::NotUndoable { why, .. } => Tell::Refused(why.to_owned()),
            ActError::NoRound | ActError::UnknownAct { .. } => Tell::Refused(error.to_string()),
            ActError::Append(_)
            | ActError::Lagging(_)
            | ActError::CatchUp(_)
            | ActError::Log(_)
            | ActError::History(_)
            | ActError::Store { .. }
            | ActError::Picture { .. }
            | ActError::Work(_)
            | ActError::AdminCode(_)
            | ActError::Random(_) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "an order by the bot failed");
                Tell::ActFailed
            }
        }
    }
}

/// A button that stands for `tapped`.
pub(super) fn button(tell: &Tell, tapped: Tapped, language: Language) -> InlineKeyboardButton {
    InlineKeyboardButton::callback(tell.text(language), tapped.to_string())
}
