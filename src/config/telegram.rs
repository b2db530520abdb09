//! The Telegram bot.

use url::Url;

use super::fault::InvalidSetting;
use super::oidc_client::is_safe_endpoint;
use super::reader::{Choice, Given, Reader};
use super::server::{Role, Server};
use super::sign_in_ways::SignInWays;

/// Where Telegram takes requests of bots (Telegram, "Bot API", "Making requests").
const API_URL: &str = "https://api.telegram.org";

/// The most people who may give the bot orders.
const MAX_ADMINS: usize = 100;

/// The ports that Telegram delivers to (Telegram, "Bot API", `setWebhook`).
const WEBHOOK_PORTS: [u16; 4] = [443, 80, 88, 8443];

/// How the bot gets to know what people write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TelegramUpdates {
    /// It asks Telegram: `polling`.
    Polling,
    /// Telegram sends it to `public_url`: `webhook`.
    Webhook,
}

impl Choice for TelegramUpdates {
    const WORDS: &'static [(&'static str, Self)] =
        &[("polling", Self::Polling), ("webhook", Self::Webhook)];
}

/// What somebody may order by the bot; each may what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TelegramRole {
    /// Looks, and mutes: `helper`.
    Helper,
    /// Puts right what was done to the canvas, and bans: `moderator`.
    Moderator,
    /// Opens rounds and changes the canvas: `admin`.
    Admin,
}

impl Choice for TelegramRole {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("helper", Self::Helper),
        ("moderator", Self::Moderator),
        ("admin", Self::Admin),
    ];
}

/// Somebody who may give the bot orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelegramAdmin {
    /// The account's number, above 0: names can change hands, numbers do not.
    pub id: i64,
    /// What it may order.
    pub role: TelegramRole,
}

/// The Telegram bot. It runs in processes with the role `bot`, if there is a bot's token
/// (`auth.telegram_bot_token`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telegram {
    /// `telegram.admins`, `PIXELWARS_TELEGRAM__ADMINS`: who may give orders, at most 100, each as
    /// `number:role`, and the number alone for an admin; nobody when not set.
    pub admins: Vec<TelegramAdmin>,
    /// `telegram.updates`, `PIXELWARS_TELEGRAM__UPDATES`: `polling` when not set.
    pub updates: TelegramUpdates,
    /// `telegram.api_url`, `PIXELWARS_TELEGRAM__API_URL`: where the Bot API is, without a slash at
    /// the end; `https://api.telegram.org` when not set. Plain http only on loopback, for a Bot API
    /// server of one's own.
    pub api_url: String,
}

impl Telegram {
    pub(super) fn read(reader: &mut Reader, server: &Server, ways: &SignInWays) -> Self {
        let show = |admins: &Vec<TelegramAdmin>| -> toml::Value {
            let word = |admin: &TelegramAdmin| format!("{}:{}", admin.id, admin.role.word());
            admins.iter().map(word).collect::<Vec<_>>().into()
        };
        let shown = |text: &String| text.as_str().into();
        let telegram = Self {
            admins: reader.setting("telegram.admins", Vec::new(), admins, show),
            updates: reader.choice("telegram.updates", TelegramUpdates::Polling),
            api_url: reader.setting("telegram.api_url", API_URL.to_owned(), api_url, shown),
        };
        let is_on = ways.telegram_bot_token.is_some() && server.has_role(Role::Bot);
        if is_on
            && telegram.updates == TelegramUpdates::Webhook
            && let Err(wrong) = telegram.check_webhook(server)
        {
            reader.fault("telegram.updates", wrong);
        }
        telegram
    }

    /// Whether the Bot API is on this machine.
    pub fn has_local_api(&self) -> bool {
        self.api_url.starts_with("http://")
    }

    /// Whether Telegram can deliver to this process.
    fn check_webhook(&self, server: &Server) -> Result<(), InvalidSetting> {
        if !server.has_role(Role::Gateway) {
            let problem = "Telegram delivers to the listener of the role `gateway`";
            let remedy = "give this process that role too, or write \"polling\"";
            return Err(InvalidSetting::new(problem, remedy));
        }
        let Some(url) = &server.public_url else {
            let problem = "Telegram delivers to public_url, which is not set";
            return Err(InvalidSetting::new(problem, "set public_url"));
        };
        // A Bot API server of one's own delivers to any port, and without TLS ("Using a Local Bot
        // API Server").
        let is_reachable = url.is_https() && WEBHOOK_PORTS.contains(&url.port());
        match is_reachable || self.has_local_api() {
            true => Ok(()),
            false => {
                let problem = "Telegram does not deliver to such a public_url";
                let remedy = "use https and one of the ports 443, 80, 88 and 8443, or write \
                    \"polling\"";
                Err(InvalidSetting::new(problem, remedy))
            }
        }
    }
}

fn admins(given: &Given) -> Result<Vec<TelegramAdmin>, InvalidSetting> {
    let words = given.list()?;
    if words.len() > MAX_ADMINS {
        let problem = format!("the list has {} people", words.len());
        let remedy = format!("name at most {MAX_ADMINS}");
        return Err(InvalidSetting::new(problem, remedy));
    }
    let admins = words.into_iter().map(admin);
    let admins = admins.collect::<Result<Vec<_>, _>>()?;
    let mut ids: Vec<i64> = admins.iter().map(|admin| admin.id).collect();
    ids.sort_unstable();
    match ids.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => {
            let problem = format!("{} is named twice", pair[0]);
            Err(InvalidSetting::new(problem, "name everybody once"))
        }
        None => Ok(admins),
    }
}

fn admin(word: &str) -> Result<TelegramAdmin, InvalidSetting> {
    let (id, role) = word.split_once(':').unwrap_or((word, "admin"));
    let id = id.parse().ok().filter(|id: &i64| *id > 0);
    let id = id.ok_or_else(|| {
        InvalidSetting::new(
            format!("`{word}` names no Telegram account"),
            "write its number and its role, as in \"123456789:moderator\"",
        )
    })?;
    let role = TelegramRole::of_word(role)?;
    Ok(TelegramAdmin { id, role })
}

fn api_url(given: &Given) -> Result<String, InvalidSetting> {
    let text = given.text()?;
    let is_bare = |url: &Url| url.query().is_none() && url.fragment().is_none();
    let lawful = |url: &Url| is_safe_endpoint(url) && is_bare(url) && !text.ends_with('/');
    match Url::parse(text).as_ref().is_ok_and(lawful) {
        true => Ok(text.to_owned()),
        false => {
            let remedy = "write https://, a host and perhaps a path, without a slash at the end \
                (http:// only on loopback)";
            Err(InvalidSetting::new("the address cannot be used", remedy))
        }
    }
}

#[cfg(test)]
#[path = "telegram_tests.rs"]
mod tests;
