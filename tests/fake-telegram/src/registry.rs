//! What a bot has registered: its commands, and the button beside the field to write in.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::rules::Refusal;

/// What a bot has registered.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    commands: BTreeMap<(String, String), Vec<String>>,
    /// The button beside the field to write in, as the bot has set it.
    pub menu_button: Value,
}

impl Registry {
    /// The names of the commands that somebody with this account and language sees in the bot's
    /// private chat: the first list that is set, of the chat's before everybody's, of the
    /// language's before all languages' (Bot API, `BotCommandScope`).
    pub fn commands(&self, account: i64, language: &str) -> Vec<String> {
        let chat = format!("chat {account}");
        let lists = [&chat, "default"];
        let keys = lists.iter().flat_map(|scope| {
            let key = |language: &str| ((*scope).to_owned(), language.to_owned());
            [key(language), key("")]
        });
        let mut found = keys.filter_map(|key| self.commands.get(&key));
        found.next().cloned().unwrap_or_default()
    }

    pub(crate) fn set(&mut self, body: &Value) -> Result<(), Refusal> {
        let commands = body["commands"]
            .as_array()
            .ok_or(Refusal::bad("commands are missing"))?;
        if commands.len() > 100 {
            return Err(Refusal::bad("BOT_COMMANDS_TOO_MUCH"));
        }
        let mut names = Vec::new();
        for command in commands {
            let name = command["command"].as_str().unwrap_or_default();
            let is_letter = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
            if !(1..=32).contains(&name.len()) || !name.bytes().all(is_letter) {
                return Err(Refusal::bad("BOT_COMMAND_INVALID"));
            }
            let description = command["description"].as_str().unwrap_or_default();
            if !(1..=256).contains(&description.chars().count()) {
                return Err(Refusal::bad("BOT_COMMAND_DESCRIPTION_INVALID"));
            }
            names.push(name.to_owned());
        }
        self.commands.insert(key_of(body), names);
        Ok(())
    }

    pub(crate) fn delete(&mut self, body: &Value) {
        self.commands.remove(&key_of(body));
    }
}

/// The chat that a list is for, if it is for one.
pub(crate) fn chat_of(body: &Value) -> Option<i64> {
    body["scope"]["chat_id"].as_i64()
}

fn key_of(body: &Value) -> (String, String) {
    let scope = match chat_of(body) {
        Some(chat) => format!("chat {chat}"),
        None => "default".to_owned(),
    };
    let language = body["language_code"].as_str().unwrap_or_default();
    (scope, language.to_owned())
}
