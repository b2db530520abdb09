//! What somebody wrote or tapped, taken out of Telegram's updates.

use teloxide_core::types::{
    CallbackQuery, CallbackQueryId, ChatId, MaybeInaccessibleMessage, Message, MessageId, Update,
    UpdateKind, User,
};

use super::language::Language;

/// What came from somebody.
#[derive(Clone, Debug)]
pub(super) struct Incoming {
    /// Where it came from, and where the answer goes.
    pub(super) chat: ChatId,
    /// Whether nobody else reads there.
    pub(super) is_private: bool,
    /// From whom.
    pub(super) sender: Sender,
    /// What.
    pub(super) what: What,
}

/// Somebody at Telegram.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sender {
    /// Their account's number.
    pub(super) id: i64,
    /// Their language.
    pub(super) language: Language,
}

/// What came.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// A text, at most 4,096 characters as Telegram lets people write.
    Text(String),
    /// A tap on a button.
    Tap(Tap),
}

/// A tap on a button.
#[derive(Clone, Debug)]
pub(super) struct Tap {
    /// By which it is answered, once.
    pub(super) query: CallbackQueryId,
    /// What the button holds, at most 64 bytes. Anybody can make it up.
    pub(super) data: String,
    /// The message that the button is under.
    pub(super) message: Option<MessageId>,
}

impl Incoming {
    /// What an update holds; none for what the bot has no answer to: other kinds, other bots, what
    /// is no text, channels.
    pub(super) fn of(update: Update) -> Option<Self> {
        // The bot asks for these two kinds alone; another could come from before it did.
        if let UpdateKind::Message(message) = update.kind {
            Self::of_message(&message)
        } else if let UpdateKind::CallbackQuery(query) = update.kind {
            Self::of_tap(query)
        } else {
            None
        }
    }

    fn of_message(message: &Message) -> Option<Self> {
        Some(Self {
            chat: message.chat.id,
            is_private: message.chat.is_private(),
            sender: Sender::of(message.from.as_ref()?)?,
            what: What::Text(message.text()?.to_owned()),
        })
    }

    fn of_tap(query: CallbackQuery) -> Option<Self> {
        let sender = Sender::of(&query.from)?;
        let (chat, message) = match query.message? {
            MaybeInaccessibleMessage::Regular(message) => (message.chat.clone(), Some(message.id)),
            MaybeInaccessibleMessage::Inaccessible(message) => (message.chat.clone(), None),
        };
        let tap = Tap {
            query: query.id,
            data: query.data.unwrap_or_default(),
            message,
        };
        Some(Self {
            chat: chat.id,
            is_private: chat.is_private(),
            sender,
            what: What::Tap(tap),
        })
    }
}

impl Sender {
    fn of(user: &User) -> Option<Self> {
        let id = i64::try_from(user.id.0).ok()?;
        let language = Language::of_tag(user.language_code.as_deref());
        (!user.is_bot).then_some(Self { id, language })
    }
}
