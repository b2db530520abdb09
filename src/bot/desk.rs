//! Where what people wrote is answered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::RwLock;
use teloxide_core::payloads::{SendMessage, SendMessageSetters as _};
use teloxide_core::types::{
    ChatId, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message, WebAppInfo,
};
use url::Url;

use super::client::{Client, Picture};
use super::command::{Command, ORDERS};
use super::confirm::Waiting;
use super::fault::CallError;
use super::incoming::{Incoming, What};
use super::language::Language;
use super::picture::{Drawn, PictureError, Pictures};
use super::quota::{Quota, Verdict};
use super::register::least_role;
use super::shown::{MAX_CAPTION, MAX_TEXT, cut};
use super::texts::Say;
use crate::accounts::{AccountStore, AccountsUnavailable};
use crate::config::{PublicUrl, TelegramRole};
use crate::live::LiveCanvas;
use crate::moderation::{ActError, Moderation};
use crate::players::{FindPlayersError, PlayerStore};

/// The path of the page that opens inside of Telegram.
pub(super) const MINI_APP: &str = "/mini-app";

/// What the bot knows and can do.
pub(super) struct Desk {
    pub(super) client: Client,
    pub(super) live: Arc<LiveCanvas>,
    pub(super) players: PlayerStore,
    pub(super) accounts: AccountStore,
    pub(super) pictures: Pictures,
    pub(super) page: Option<PublicUrl>,
    pub(super) quota: Quota,
    pub(super) moderation: Arc<Moderation>,
    pub(super) waiting: Waiting,
    /// Who may give orders.
    pub(super) admins: BTreeMap<i64, TelegramRole>,
    /// The bot's own name, once Telegram has told it.
    pub(super) name: RwLock<String>,
}

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum AnswerError {
    /// Telegram.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The accounts.
    #[error(transparent)]
    Accounts(#[from] AccountsUnavailable),
    /// The players' names.
    #[error(transparent)]
    Players(#[from] FindPlayersError),
    /// A picture.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// An order, or the record of acts.
    #[error(transparent)]
    Act(#[from] ActError),
}

impl Desk {
    /// Answers; what goes wrong is told and logged, and nothing else.
    pub(super) async fn answer(&self, incoming: Incoming) {
        match self.quota.count(incoming.sender.id, Instant::now()) {
            Verdict::Answer => {}
            Verdict::Tell => return self.tell_failure(&incoming, &Say::TooFast).await,
            Verdict::Ignore => return,
        }
        let Err(error) = self.try_answer(&incoming).await else {
            return;
        };
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the bot could not answer"
        );
        if !matches!(error, AnswerError::Call(_)) {
            self.tell_failure(&incoming, &Say::Failed).await;
        }
    }

    async fn tell_failure(&self, incoming: &Incoming, say: &Say) {
        if let Err(error) = self.say(incoming, say).await {
            tracing::debug!(%error, "the bot could not tell that it could not answer");
        }
    }

    async fn try_answer(&self, incoming: &Incoming) -> Result<(), AnswerError> {
        let text = match &incoming.what {
            What::Text(text) => text,
            What::Tap(tap) => return self.answer_tap(incoming, tap).await,
        };
        let name = self.name.read().clone();
        match Command::read(text, &name) {
            Command::Ask(ask) => self.answer_ask(incoming, ask).await,
            Command::Order(order) => self.answer_order(incoming, order).await,
            Command::Wrong(command) => self.explain(incoming, command).await,
            // In a group, what is no command of this bot is none of its business.
            Command::Unknown if incoming.is_private => {
                self.say(incoming, &Say::UnknownCommand).await
            }
            Command::Unknown | Command::Elsewhere => Ok(()),
            Command::Text => self.answer_text(incoming, text).await,
        }
    }

    /// Says how a command is written; an order's only to those who may give it.
    async fn explain(&self, to: &Incoming, command: &'static str) -> Result<(), AnswerError> {
        let is_order = ORDERS.contains(&command);
        if is_order && self.actor(to, least_role(command)).await?.is_none() {
            return Ok(());
        }
        self.say(to, &Say::Usage(command)).await
    }

    /// What somebody may order, if anything.
    pub(super) fn role_of(&self, account: i64) -> Option<TelegramRole> {
        self.admins.get(&account).copied()
    }

    /// Says something where `to` came from.
    pub(super) async fn say(&self, to: &Incoming, say: &Say) -> Result<(), AnswerError> {
        let text = say.text(to.sender.language);
        self.send(to.chat, &text, None).await?;
        Ok(())
    }

    /// Sends a text, cut to what Telegram takes.
    pub(super) async fn send(
        &self,
        chat: ChatId,
        text: &str,
        buttons: Option<InlineKeyboardMarkup>,
    ) -> Result<Message, CallError> {
        let no_preview = LinkPreviewOptions {
            is_disabled: true,
            url: None,
            prefer_small_media: false,
            prefer_large_media: false,
            show_above_text: false,
        };
        let message = SendMessage::new(chat, cut(text, MAX_TEXT)).link_preview_options(no_preview);
        let message = match buttons {
            Some(buttons) => message.reply_markup(buttons),
            None => message,
        };
        self.client.send(chat, &message).await
    }

    /// Sends a picture with a caption, cut to what Telegram takes.
    pub(super) async fn show(
        &self,
        chat: ChatId,
        drawn: &Drawn,
        caption: &str,
        buttons: Option<InlineKeyboardMarkup>,
    ) -> Result<Message, CallError> {
        let picture = Picture {
            chat,
            png: drawn.png.to_vec(),
            caption: cut(caption, MAX_CAPTION),
            buttons,
        };
        self.client.send_picture(&picture).await
    }

    /// The address of the page, with what follows its origin.
    pub(super) fn link(&self, path: &str) -> Option<String> {
        Some(format!("{}{path}", self.page.as_ref()?.origin()))
    }

    /// A button that opens the page at `query` (such as `?x=1&y=2`). Inside of Telegram where that
    /// can be, which is in private chats (Telegram, "Bot API", `WebAppInfo`). None where Telegram
    /// would not open it: without TLS.
    pub(super) fn open_button(
        &self,
        query: &str,
        is_private: bool,
        language: Language,
    ) -> Option<InlineKeyboardMarkup> {
        let page = self.page.as_ref().filter(|page| page.is_https())?;
        let path = if is_private { MINI_APP } else { "/" };
        let url = Url::parse(&format!("{}{path}{query}", page.origin())).ok()?;
        let text = Say::Open.text(language);
        let button = match is_private {
            true => InlineKeyboardButton::web_app(text, WebAppInfo { url }),
            false => InlineKeyboardButton::url(text, url),
        };
        Some(InlineKeyboardMarkup::new([[button]]))
    }
}
