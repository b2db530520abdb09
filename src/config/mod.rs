//! The only reader of files and environment: every setting, its default and its faults.
//!
//! Four sources, of which a later one wins: the defaults, a settings file (TOML), environment
//! variables (`canvas.regain_ms` is `PIXELWARS_CANVAS__REGAIN_MS`), options of the command line.
//! Loading either gives a [`Config`] in which every value is lawful, or every fault at once.

mod auth;
mod blobs;
mod canvas;
mod fault;
mod feed;
mod human_check;
mod limits;
mod log;
mod moderation;
mod nats;
mod networks;
mod oidc_client;
mod palettes;
mod players;
mod reader;
mod s3;
mod secret_setting;
mod secret_text;
mod secret_url;
mod server;
mod sign_in_ways;
mod snapshots;
mod sources;
mod storage;
mod telegram;
mod template_hosts;
#[cfg(test)]
mod tests;
mod timelapse;

pub use auth::{AnonymousSignIn, Auth};
pub use blobs::{BlobLocation, Bucket};
pub use canvas::Canvas;
pub use fault::{ConfigFaults, Fault, InvalidSetting};
pub use feed::{Feed, FeedWriter};
pub use human_check::{HumanCheck, HumanCheckKind};
pub use limits::{ClientAddressHeader, FeedbackRates, Limits, Rate, Rates};
pub use log::{Log, LogFormat};
pub use moderation::{LogNames, Moderation};
pub use nats::{Nats, NatsPublish};
pub use oidc_client::{
    ClientAuthentication, EmailRule, IdTokenAlgorithm, OidcClient, is_safe_endpoint,
};
pub use palettes::{NamedPalette, background_of};
pub use players::Players;
pub use reader::EffectiveSetting;
pub use s3::{S3, S3AccessKey, S3Addressing, S3PlainHttp};
pub use secret_text::SecretText;
pub use secret_url::SecretUrl;
pub use server::{PublicUrl, Role, Server};
pub use sign_in_ways::SignInWays;
pub use snapshots::Snapshots;
pub use sources::{
    DEFAULT_FILE, ENVIRONMENT_PREFIX, Origin, SettingsFile, Sources, environment_name,
};
pub use storage::{DatabaseLocation, EventStoreLocation, NatsServers, Storage};
pub use telegram::{Telegram, TelegramAdmin, TelegramRole, TelegramUpdates};
pub use template_hosts::TemplateHost;
pub use timelapse::{Timelapse, TimelapseRequests};

use reader::Reader;

/// Every setting of the program, all lawful. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the process does and where it listens.
    pub server: Server,
    /// Where things are kept.
    pub storage: Storage,
    /// Whether people have to show that they are no cheap script.
    pub human_check: HumanCheck,
    /// Who watches over the canvas.
    pub moderation: Moderation,
    /// The canvas, and what its rounds open with.
    pub canvas: Canvas,
    /// Who may sign in.
    pub auth: Auth,
    /// Seats and the queue.
    pub players: Players,
    /// The accounts that somebody else keeps and that open this canvas too.
    pub sign_in_ways: SignInWays,
    /// The Telegram bot.
    pub telegram: Telegram,
    /// What one client may ask for.
    pub limits: Limits,
    /// How often the canvas is kept as a whole.
    pub snapshots: Snapshots,
    /// How frames get to viewers.
    pub feed: Feed,
    /// Films of the canvas.
    pub timelapse: Timelapse,
    /// How the logs are kept on NATS servers.
    pub nats: Nats,
    /// How a store that speaks S3 is reached.
    pub s3: S3,
    /// What the process writes about itself.
    pub log: Log,
    settings: Vec<EffectiveSetting>,
}

impl Config {
    /// The settings of `sources`.
    ///
    /// # Errors
    /// Every fault of every source that is in force, at once: an unreadable file, unknown keys,
    /// values of a wrong type or out of range.
    pub fn load(sources: &Sources) -> Result<Self, ConfigFaults> {
        let mut reader = Reader::new(sources);
        let server = Server::read(&mut reader);
        let storage = Storage::read(&mut reader);
        let human_check = HumanCheck::read(&mut reader);
        let moderation = Moderation::read(&mut reader);
        let canvas = Canvas::read(&mut reader);
        let auth = Auth::read(&mut reader);
        let sign_in_ways = SignInWays::read(&mut reader, &server);
        Ok(Self {
            telegram: Telegram::read(&mut reader, &server, &sign_in_ways),
            human_check,
            moderation,
            canvas,
            auth,
            sign_in_ways,
            server,
            players: Players::read(&mut reader),
            limits: Limits::read(&mut reader),
            snapshots: Snapshots::read(&mut reader),
            feed: Feed::read(&mut reader),
            timelapse: Timelapse::read(&mut reader),
            nats: Nats::read(&mut reader),
            s3: S3::read(&mut reader, &storage.blobs),
            storage,
            log: Log::read(&mut reader),
            settings: reader.finish()?,
        })
    }

    /// The settings in force, one by one, secrets masked.
    pub fn settings(&self) -> &[EffectiveSetting] {
        &self.settings
    }

    /// The settings in force as TOML, secrets masked, each with where it came from.
    pub fn print(&self) -> String {
        let mut text = String::new();
        let mut section = "";
        for EffectiveSetting { key, value, origin } in &self.settings {
            let (of_section, name) = key.split_once('.').unwrap_or(("", key));
            if of_section != section {
                section = of_section;
                text.push_str(&format!("\n[{section}]\n"));
            }
            match value {
                Some(value) => text.push_str(&format!("{name} = {value} # {origin}\n")),
                None => text.push_str(&format!("# {name} is not set\n")),
            }
        }
        text
    }

    /// Whether anybody may sign in with nothing but a name.
    pub fn allows_anonymous(&self) -> bool {
        match self.auth.anonymous {
            AnonymousSignIn::On => true,
            AnonymousSignIn::Off => false,
            AnonymousSignIn::Auto => self.server.is_private(),
        }
    }
}
