//! People who write to the bot, and read what it answers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::messages::{Chat, Deed};
use crate::{Server, wait_for};

/// Somebody in a chat with the bot. What the bot does there is read in order, each once.
pub struct Person {
    server: Arc<Server>,
    account: i64,
    language: String,
    chat: i64,
    read: usize,
}

/// Something that the bot did in a chat.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The message.
    pub message: i64,
    /// Whether it was there before.
    pub is_edit: bool,
    /// Its text, or the words below its picture.
    pub text: String,
    /// Its picture, a PNG.
    pub picture: Option<Vec<u8>>,
    /// Its buttons.
    pub buttons: Vec<Button>,
}

/// A button under a message.
#[derive(Clone, Debug)]
pub struct Button {
    /// What it says.
    pub text: String,
    /// What the bot gets when it is tapped.
    pub data: Option<String>,
    /// The page that it opens inside of Telegram.
    pub web_app: Option<String>,
    /// The page that it opens elsewhere.
    pub url: Option<String>,
}

impl Shown {
    /// The button that says `text`.
    ///
    /// # Panics
    /// When there is none.
    pub fn button(&self, text: &str) -> &Button {
        let mut buttons = self.buttons.iter();
        let found = buttons.find(|button| button.text == text);
        found.unwrap_or_else(|| panic!("no button `{text}` under {self:?}"))
    }

    /// What the button that says `text` holds.
    ///
    /// # Panics
    /// When there is none, or it holds nothing.
    pub fn data(&self, text: &str) -> &str {
        let data = self.button(text).data.as_deref();
        data.unwrap_or_else(|| panic!("`{text}` holds nothing"))
    }
}

impl Person {
    pub(crate) fn of(server: Arc<Server>, account: i64, language: &str) -> Self {
        Self {
            server,
            account,
            language: language.to_owned(),
            chat: account,
            read: 0,
        }
    }

    /// The same person in a group, whose number is below 0. What was said there so far is not read.
    #[must_use]
    pub fn in_group(&self, group: i64) -> Self {
        let about = json!({ "id": group, "type": "supergroup", "title": "Painters" });
        let mut books = self.server.books.lock();
        let chat = books.chats.all.entry(group).or_default();
        chat.about = about;
        Self {
            server: Arc::clone(&self.server),
            language: self.language.clone(),
            read: chat.deeds.len(),
            chat: group,
            account: self.account,
        }
    }

    /// Their account's number.
    pub fn account(&self) -> i64 {
        self.account
    }

    /// Begins the chat without writing anything that the bot gets to see.
    pub fn opens_chat(&self) {
        let mut books = self.server.books.lock();
        let chat = books.chats.all.entry(self.chat).or_insert_with(|| Chat {
            about: json!({ "id": self.chat, "type": "private", "first_name": "Ada" }),
            ..Chat::default()
        });
        chat.is_blocked = false;
    }

    /// Takes no more messages of the bot's, until the person opens the chat again.
    pub fn blocks(&self) {
        self.opens_chat();
        let mut books = self.server.books.lock();
        if let Some(chat) = books.chats.all.get_mut(&self.chat) {
            chat.is_blocked = true;
        }
    }

    /// Writes a text.
    ///
    /// # Panics
    /// When Telegram's app would not send it: it is empty or longer than 4,096 characters.
    pub fn writes(&self, text: &str) {
        assert!((1..=4_096).contains(&text.encode_utf16().count()), "{text}");
        self.opens_chat();
        let message = self.message(text);
        self.server.push(json!({ "message": message }));
    }

    /// The message in which the person writes `text`.
    fn message(&self, text: &str) -> Value {
        let mut books = self.server.books.lock();
        let number = books.chats.next();
        let about = books
            .chats
            .all
            .get(&self.chat)
            .map(|chat| chat.about.clone());
        json!({
            "message_id": number,
            "date": 1_800_000_000,
            "chat": about,
            "from": self.about(),
            "text": text,
        })
    }

    fn about(&self) -> Value {
        json!({
            "id": self.account,
            "is_bot": false,
            "first_name": "Ada",
            "language_code": self.language,
        })
    }

    /// Writes a text, and reads the next thing that the bot does.
    pub fn asks(&mut self, text: &str) -> Shown {
        self.writes(text);
        self.reads()
    }

    /// The next thing that the bot does in the chat, once it does.
    pub fn reads(&mut self) -> Shown {
        let what = format!("the bot answers {} in chat {}", self.account, self.chat);
        let deed = wait_for(&what, || {
            let books = self.server.books.lock();
            books
                .chats
                .all
                .get(&self.chat)?
                .deeds
                .get(self.read)
                .cloned()
        });
        self.read += 1;
        Shown::of(deed)
    }

    /// The next thing that the bot does in the chat, if it does something in time.
    pub fn reads_within(&mut self, time: Duration) -> Option<Shown> {
        let deadline = Instant::now() + time;
        while self.unread() == 0 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        (self.unread() > 0).then(|| self.reads())
    }

    /// What the bot has done that was not read.
    pub fn unread(&self) -> usize {
        let books = self.server.books.lock();
        let deeds = books
            .chats
            .all
            .get(&self.chat)
            .map_or(0, |chat| chat.deeds.len());
        deeds - self.read
    }

    /// Taps the button that says `text`, and waits until the tap is answered: with these words.
    pub fn taps(&self, shown: &Shown, text: &str) -> String {
        self.taps_data(shown.message, shown.data(text))
    }

    /// Taps a button under `message` that holds `data`, whether there is one or not.
    pub fn taps_data(&self, message: i64, data: &str) -> String {
        let id = self.begins_tap(message, data);
        let what = format!("the tap on `{data}` is answered");
        wait_for(&what, || self.server.books.lock().answers.get(&id).cloned())
    }

    /// The same without waiting for anything; by the name of the tap its answer is found.
    pub fn begins_tap(&self, message: i64, data: &str) -> String {
        let (id, about) = {
            let mut books = self.server.books.lock();
            let id = format!("query-{}", books.chats.next());
            books.open_queries.insert(id.clone());
            let chat = books.chats.all.get(&self.chat);
            let about = chat.map(|chat| chat.about.clone());
            let gone = json!({ "chat": about, "message_id": message, "date": 0 });
            let shown = chat.and_then(|chat| chat.describe(message));
            (id, shown.unwrap_or(gone))
        };
        let query = json!({
            "id": id,
            "from": self.about(),
            "message": about,
            "chat_instance": "1",
            "data": data,
        });
        self.server.push(json!({ "callback_query": query }));
        id
    }
}

impl Shown {
    fn of(deed: Deed) -> Self {
        let rows = deed.buttons["inline_keyboard"].as_array();
        let rows = rows.cloned().unwrap_or_default().into_iter();
        let buttons = rows.flat_map(|row| row.as_array().cloned().unwrap_or_default());
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Self {
            message: deed.message,
            is_edit: deed.is_edit,
            text: deed.text,
            picture: deed.picture,
            buttons: buttons
                .map(|button| Button {
                    text: text(&button["text"]).unwrap_or_default(),
                    data: text(&button["callback_data"]),
                    web_app: text(&button["web_app"]["url"]),
                    url: text(&button["url"]),
                })
                .collect(),
        }
    }
}
