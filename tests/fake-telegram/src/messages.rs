//! Chats, and the messages in them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::multipart::Form;
use crate::rules::{Refusal, check_buttons, check_caption, check_photo, check_text};
use crate::{BOT_NAME, TOKEN};

/// Something that the bot did in a chat.
#[derive(Clone, Debug)]
pub(crate) struct Deed {
    pub(crate) message: i64,
    pub(crate) is_edit: bool,
    /// The text, or the caption.
    pub(crate) text: String,
    pub(crate) picture: Option<Vec<u8>>,
    pub(crate) buttons: Value,
}

/// A message of the bot's.
#[derive(Clone, Default)]
pub(crate) struct Message {
    text: String,
    picture: Option<Vec<u8>>,
    buttons: Value,
}

/// A chat.
#[derive(Default)]
pub(crate) struct Chat {
    /// As Telegram describes it.
    pub(crate) about: Value,
    pub(crate) messages: BTreeMap<i64, Message>,
    pub(crate) deeds: Vec<Deed>,
    /// Whether its person has blocked the bot.
    pub(crate) is_blocked: bool,
}

/// All chats.
#[derive(Default)]
pub(crate) struct Chats {
    pub(crate) all: BTreeMap<i64, Chat>,
    newest: i64,
}

impl Chats {
    /// The number of the next message.
    pub(crate) fn next(&mut self) -> i64 {
        self.newest += 1;
        self.newest
    }

    fn find(&mut self, body: &Value) -> Result<(i64, &mut Chat), Refusal> {
        let id = number(&body["chat_id"]).unwrap_or_default();
        let chat = self.all.get_mut(&id);
        let chat = chat.ok_or_else(|| Refusal::bad("chat not found"))?;
        match chat.is_blocked {
            true => Err(Refusal::with(403, "Forbidden: bot was blocked by the user")),
            false => Ok((id, chat)),
        }
    }

    /// The chat that a request is for.
    pub(crate) fn target(&mut self, body: &Value) -> Result<i64, Refusal> {
        Ok(self.find(body)?.0)
    }

    pub(crate) fn send(&mut self, body: &Value) -> Result<Value, Refusal> {
        let text = body["text"].as_str().unwrap_or_default().to_owned();
        check_text(&text)?;
        self.put(body, text, None)
    }

    pub(crate) fn send_file(&mut self, form: &Form, is_photo: bool) -> Result<Value, Refusal> {
        let file = form.file.clone();
        let file = file.ok_or_else(|| Refusal::bad("there is no photo in the request"))?;
        if is_photo {
            check_photo(&file)?;
        }
        let body = form.as_json();
        let caption = body["caption"].as_str().unwrap_or_default().to_owned();
        check_caption(&caption)?;
        self.put(&body, caption, Some(file))
    }

    fn put(
        &mut self,
        body: &Value,
        text: String,
        picture: Option<Vec<u8>>,
    ) -> Result<Value, Refusal> {
        let number = self.newest + 1;
        let (_, chat) = self.find(body)?;
        let buttons = body["reply_markup"].clone();
        check_buttons(&buttons, chat.about["type"] == "private")?;
        let message = Message {
            text: text.trim().to_owned(),
            picture,
            buttons,
        };
        chat.messages.insert(number, message);
        let shown = chat.note(number, false);
        self.newest = number;
        Ok(shown)
    }

    /// Changes the text or caption, and takes the buttons away unless there are new ones.
    pub(crate) fn edit(&mut self, body: &Value, field: &str) -> Result<Value, Refusal> {
        let (_, chat) = self.find(body)?;
        let number = body["message_id"].as_i64().unwrap_or_default();
        let is_private = chat.about["type"] == "private";
        let message = chat.messages.get_mut(&number);
        let message = message.ok_or_else(|| Refusal::bad("message to edit not found"))?;
        let mut edited = message.clone();
        edited.buttons = body["reply_markup"].clone();
        check_buttons(&edited.buttons, is_private)?;
        let text = body[field].as_str().unwrap_or_default();
        match (field, &message.picture) {
            ("text", Some(_)) => {
                return Err(Refusal::bad("there is no text in the message to edit"));
            }
            ("caption", None) => {
                return Err(Refusal::bad("there is no caption in the message to edit"));
            }
            ("text", None) => check_text(text)?,
            ("caption", Some(_)) => check_caption(text)?,
            _ => {}
        }
        if field != "reply_markup" {
            text.trim().clone_into(&mut edited.text);
        }
        if edited.text == message.text && edited.buttons == message.buttons {
            let description = "message is not modified: specified new message content and reply \
                markup are exactly the same as a current content and reply markup of the message";
            return Err(Refusal::bad(description));
        }
        *message = edited;
        Ok(chat.note(number, true))
    }
}

impl Chat {
    /// Remembers what the bot did, and says it as Telegram answers it.
    fn note(&mut self, number: i64, is_edit: bool) -> Value {
        let message = self.messages.get(&number).cloned().unwrap_or_default();
        self.deeds.push(Deed {
            message: number,
            is_edit,
            text: message.text,
            picture: message.picture,
            buttons: message.buttons,
        });
        self.describe(number).unwrap_or(Value::Null)
    }

    /// A message as Telegram describes it.
    pub(crate) fn describe(&self, number: i64) -> Option<Value> {
        let message = self.messages.get(&number)?;
        let mut shown = json!({
            "message_id": number,
            "date": 1_800_000_000,
            "chat": self.about,
            "from": bot(),
        });
        match &message.picture {
            None => shown["text"] = json!(message.text),
            Some(picture) => {
                shown["photo"] = json!([{
                    "file_id": format!("file-{number}"),
                    "file_unique_id": format!("unique-{number}"),
                    "width": 90,
                    "height": 90,
                    "file_size": picture.len(),
                }]);
                shown["caption"] = json!(message.text);
            }
        }
        Some(shown)
    }
}

/// The bot as Telegram describes it.
pub(crate) fn bot() -> Value {
    let id = TOKEN
        .split(':')
        .next()
        .and_then(|id| id.parse::<i64>().ok());
    json!({
        "id": id,
        "is_bot": true,
        "first_name": "Pixel Wars",
        "username": BOT_NAME,
    })
}

/// A number, also one written as a text, as forms have it.
pub(crate) fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
