//! The Telegram bot: pictures and numbers for players, orders of those who run the canvas.
//!
//! One process at a time is the bot (`lease`). It asks Telegram for what people write, or is sent
//! it (`session`, `webhook`), hands it on in lanes (`lanes`) and answers (`desk`). Nothing waits
//! for it, and nothing that fails here fails anything else: it begins again.

mod asks;
mod client;
mod command;
mod confirm;
mod desk;
mod fault;
mod incoming;
mod lanes;
mod language;
mod lease;
mod orders;
mod outcome;
mod pace;
mod picture;
mod quota;
mod register;
mod reports;
mod session;
mod shown;
mod tapped;
mod texts;
pub mod webhook;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::accounts::AccountStore;
use crate::config::{PublicUrl, SecretText, Telegram, TelegramUpdates};
use crate::live::LiveCanvas;
use crate::moderation::Moderation;
use crate::players::PlayerStore;
use client::Client;
use confirm::Waiting;
use desk::Desk;
pub use fault::SetUpError;
use lanes::Lanes;
use lease::Lease;
use picture::Pictures;
use quota::Quota;

/// How often opening the lease is tried again.
const OPEN_LEASE_EVERY: Duration = Duration::from_secs(5);

/// What a bot is made of.
pub struct Parts {
    /// Its settings.
    pub telegram: Telegram,
    /// Its token.
    pub token: SecretText,
    /// The address of the page, if it is known.
    pub page: Option<PublicUrl>,
    /// Where the lease is, without NATS.
    pub data_dir: PathBuf,
    /// NATS, and on how many servers a bucket there is.
    pub nats: Option<(async_nats::Client, usize)>,
    /// The canvas.
    pub live: Arc<LiveCanvas>,
    /// The players' names and accounts.
    pub players: PlayerStore,
    /// What orders lead to.
    pub moderation: Arc<Moderation>,
}

/// The bot, in this process.
pub struct Bot {
    desk: Arc<Desk>,
    lanes: Lanes,
    updates: TelegramUpdates,
    token: SecretText,
    webhook_secret: SecretText,
    data_dir: PathBuf,
    nats: Option<(async_nats::Client, usize)>,
    is_leader: AtomicBool,
    is_registered: AtomicBool,
}

impl Bot {
    /// A bot that does nothing yet.
    ///
    /// # Errors
    /// [`SetUpError::Client`]
    pub fn new(parts: Parts) -> Result<Self, SetUpError> {
        let desk = Arc::new(Desk {
            client: Client::new(&parts.telegram, &parts.token)?,
            accounts: AccountStore::of(&parts.players),
            pictures: Pictures::of(Arc::clone(&parts.live)),
            quota: Quota::default(),
            moderation: parts.moderation,
            waiting: Waiting::default(),
            name: Default::default(),
            admins: parts
                .telegram
                .admins
                .iter()
                .map(|admin| (admin.id, admin.role))
                .collect(),
            page: parts.page,
            players: parts.players,
            live: parts.live,
        });
        Ok(Self {
            lanes: Lanes::to(&desk),
            desk,
            updates: parts.telegram.updates,
            webhook_secret: webhook::secret_of(&parts.token),
            token: parts.token,
            data_dir: parts.data_dir,
            nats: parts.nats,
            is_leader: AtomicBool::new(false),
            is_registered: AtomicBool::new(false),
        })
    }

    /// Is the bot whenever no other process is, until `cancelled`.
    pub async fn run(&self, cancelled: CancellationToken) {
        let Some(lease) = cancelled.run_until_cancelled(self.open_lease()).await else {
            return;
        };
        while let Some(mut held) = cancelled.run_until_cancelled(lease.hold()).await {
            self.lead(true);
            tracing::info!("this process runs the Telegram bot");
            tokio::select! {
                () = cancelled.cancelled() => {
                    self.lead(false);
                    held.give_back().await;
                    return;
                }
                () = held.lost() => {
                    self.lead(false);
                    tracing::warn!("the lease of the Telegram bot is lost");
                }
                never = self.serve() => match never {},
            }
        }
    }

    fn lead(&self, is_leader: bool) {
        self.is_leader.store(is_leader, Ordering::Relaxed);
        metrics::gauge!("telegram_leader").set(f64::from(u8::from(is_leader)));
    }

    async fn open_lease(&self) -> Lease {
        loop {
            let opened = Lease::open(&self.data_dir, self.nats.clone(), &self.token).await;
            match opened {
                Ok(lease) => return lease,
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "the Telegram bot waits for its lease");
                }
            }
            tokio::time::sleep(OPEN_LEASE_EVERY).await;
        }
    }
}
