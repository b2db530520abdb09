//! Telling Telegram what the bot offers: to everybody, and to each of those who may give orders.

use serde::Serialize;
use teloxide_core::payloads::{
    DeleteMyCommands, DeleteMyCommandsSetters as _, SetChatMenuButton,
    SetChatMenuButtonSetters as _, SetMyCommands, SetMyCommandsSetters as _,
};
use teloxide_core::requests::Payload;
use teloxide_core::types::{
    BotCommand, BotCommandScope, ChatId, MenuButton, Recipient, True, WebAppInfo,
};
use url::Url;

use super::Bot;
use super::command::{ASKS, ORDERS};
use super::desk::{Desk, MINI_APP};
use super::fault::CallError;
use super::language::Language;
use super::texts::{Say, description};
use crate::config::TelegramRole;

/// The least role for an order, by its name.
pub(super) fn least_role(order: &str) -> TelegramRole {
    match order {
        "status" | "snapshot" => TelegramRole::Helper,
        "lock" | "unlock" | "ban" | "unban" | "rollback" | "announce" | "undo" => {
            TelegramRole::Moderator
        }
        _ => TelegramRole::Admin,
    }
}

impl Bot {
    /// Registers commands and the button that opens the page.
    pub(super) async fn register(&self) -> Result<(), CallError> {
        let desk = &self.desk;
        for language in Language::ALL {
            let everybody = commands(ASKS.iter().copied(), language);
            let everywhere = SetMyCommands::new(everybody);
            desk.register_one(in_language(everywhere, language)).await?;
        }
        for (admin, role) in &desk.admins {
            if let Err(error) = desk.register_for(*admin, *role).await {
                // Somebody who has never written to the bot has no chat with it yet.
                if !matches!(error, CallError::Refused { .. }) {
                    return Err(error);
                }
                tracing::debug!(%error, "could not list the commands of somebody with a role");
            }
        }
        let url = desk.page.as_ref().filter(|page| page.is_https());
        let url = url.and_then(|page| Url::parse(&format!("{}{MINI_APP}", page.origin())).ok());
        let button = match url {
            Some(url) => MenuButton::WebApp {
                text: Say::Open.text(Language::English),
                web_app: WebAppInfo { url },
            },
            None => MenuButton::Commands,
        };
        let button = SetChatMenuButton::new().menu_button(button);
        desk.register_one(button).await
    }
}

impl Desk {
    /// Lists in somebody's private chat what they may order.
    pub(super) async fn register_for(
        &self,
        account: i64,
        role: TelegramRole,
    ) -> Result<(), CallError> {
        for language in Language::ALL {
            let own = ORDERS
                .iter()
                .copied()
                .filter(|order| least_role(order) <= role);
            let all = ASKS.iter().copied().chain(own);
            let listed = SetMyCommands::new(commands(all, language)).scope(chat_of(account));
            self.register_one(in_language(listed, language)).await?;
        }
        Ok(())
    }

    /// Lists no orders any more in the chat of somebody who may not give any.
    pub(super) async fn unregister_for(&self, account: i64) -> Result<(), CallError> {
        for language in Language::ALL {
            let listed = DeleteMyCommands::new().scope(chat_of(account));
            let listed = match language.command_code() {
                "" => listed,
                code => listed.language_code(code),
            };
            self.register_one(listed).await?;
        }
        Ok(())
    }

    async fn register_one<P>(&self, payload: P) -> Result<(), CallError>
    where
        P: Payload<Output = True> + Serialize + Sync,
    {
        self.client.call(&payload).await.map(|_: True| ())
    }
}

fn chat_of(account: i64) -> BotCommandScope {
    let chat_id = Recipient::Id(ChatId(account));
    BotCommandScope::Chat { chat_id }
}

fn in_language(commands: SetMyCommands, language: Language) -> SetMyCommands {
    match language.command_code() {
        "" => commands,
        code => commands.language_code(code),
    }
}

fn commands(
    names: impl Iterator<Item = &'static str>,
    language: Language,
) -> impl Iterator<Item = BotCommand> {
    names.map(move |name| BotCommand::new(name, description(name, language)))
}
