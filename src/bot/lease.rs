//! Who of several processes runs the bot: Telegram gives updates to one at a time.
//!
//! With NATS it is whoever holds a key that vanishes when it is not renewed. Without it all
//! processes share a data directory, and it is whoever has locked a file there, which the operating
//! system unlocks when the process ends in whatever way.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use async_nats::jetstream::{self, kv};
use bytes::Bytes;
use tokio::time::Instant;

use super::fault::SetUpError;
use crate::config::SecretText;

/// How long a key stays without being renewed, and how often it is renewed.
const TTL: Duration = Duration::from_secs(6);
const RENEW_EVERY: Duration = Duration::from_secs(2);

/// How long after the last renewal a holder lets go by itself: before the key vanishes.
const LET_GO_AFTER: Duration = Duration::from_secs(5);

/// How often somebody who does not hold the lease tries to get it.
const TRY_EVERY: Duration = Duration::from_secs(1);

const _: () = assert!(LET_GO_AFTER.as_secs() < TTL.as_secs());
const _: () = assert!(RENEW_EVERY.as_secs() * 2 < LET_GO_AFTER.as_secs());

/// The file that is locked, in the data directory.
const FILE: &str = "bot.lock";

/// The bucket of leases; one key for each bot.
const BUCKET: &str = "pixelwars_leases";

/// Where the lease is.
pub(super) enum Lease {
    /// In a file.
    File(File),
    /// In a bucket on NATS.
    Key {
        /// The bucket.
        bucket: Box<kv::Store>,
        /// The bot's key.
        key: String,
    },
}

/// A lease that is held, until this is dropped or the lease is lost.
pub(super) enum Held<'a> {
    /// The file is locked.
    File(&'a File),
    /// The key is this process's.
    Key {
        bucket: &'a kv::Store,
        key: &'a str,
        revision: u64,
        renewed: Instant,
    },
}

impl Lease {
    /// The lease of the bot with this token.
    pub(super) async fn open(
        data_dir: &Path,
        nats: Option<(async_nats::Client, usize)>,
        token: &SecretText,
    ) -> Result<Self, SetUpError> {
        let Some((client, replicas)) = nats else {
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(data_dir.join(FILE));
            return file.map(Self::File).map_err(SetUpError::File);
        };
        let config = kv::Config {
            bucket: BUCKET.to_owned(),
            description: "which process does what only one may do".to_owned(),
            max_age: TTL,
            num_replicas: replicas,
            ..kv::Config::default()
        };
        let context = jetstream::new(client);
        let bucket = context.create_or_update_key_value(config).await;
        let bucket = bucket.map_err(SetUpError::Bucket)?;
        // The token itself is nobody's to read there.
        let name = blake3::derive_key("pixelwars 2026 lease of a bot", token.expose().as_bytes());
        let key = format!("bot.{}", blake3::Hash::from_bytes(name).to_hex());
        let bucket = Box::new(bucket);
        Ok(Self::Key { bucket, key })
    }

    /// Waits until this process holds the lease. Cancel safe.
    pub(super) async fn hold(&self) -> Held<'_> {
        loop {
            if let Some(held) = self.try_hold().await {
                return held;
            }
            tokio::time::sleep(TRY_EVERY).await;
        }
    }

    async fn try_hold(&self) -> Option<Held<'_>> {
        match self {
            Self::File(file) => match file.try_lock() {
                Ok(()) => Some(Held::File(file)),
                Err(TryLockError::WouldBlock) => None,
                Err(TryLockError::Error(error)) => {
                    tracing::warn!(%error, "could not lock the bot's file");
                    None
                }
            },
            Self::Key { bucket, key } => {
                let renewed = Instant::now();
                match bucket.create(key, Bytes::new()).await {
                    Ok(revision) => Some(Held::Key {
                        bucket,
                        key,
                        revision,
                        renewed,
                    }),
                    Err(error) if error.kind() == kv::CreateErrorKind::AlreadyExists => None,
                    Err(error) => {
                        tracing::debug!(%error, "could not ask for the bot's lease");
                        None
                    }
                }
            }
        }
    }
}

impl Held<'_> {
    /// Keeps the lease, and returns once it is lost. A locked file never is.
    pub(super) async fn lost(&mut self) {
        let Self::Key {
            bucket,
            key,
            revision,
            renewed,
        } = self
        else {
            return std::future::pending().await;
        };
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            let let_go_at = *renewed + LET_GO_AFTER;
            let asked = Instant::now();
            let update = bucket.update(*key, Bytes::new(), *revision);
            match tokio::time::timeout_at(let_go_at, update).await {
                Ok(Ok(newer)) => {
                    *revision = newer;
                    *renewed = asked;
                }
                Ok(Err(error)) if error.kind() == kv::UpdateErrorKind::WrongLastRevision => return,
                Ok(Err(error)) => {
                    tracing::debug!(%error, "could not renew the bot's lease");
                    if Instant::now() >= let_go_at {
                        return;
                    }
                }
                Err(_) => return,
            }
        }
    }

    /// Gives the lease back, so that another process need not wait for its end.
    pub(super) async fn give_back(self) {
        match self {
            Self::File(file) => {
                if let Err(error) = file.unlock() {
                    tracing::warn!(%error, "could not unlock the bot's file");
                }
            }
            Self::Key {
                bucket,
                key,
                revision,
                ..
            } => {
                let given = bucket.delete_expect_revision(key, Some(revision));
                if let Err(error) = given.await {
                    tracing::debug!(%error, "could not give back the bot's lease; it will end");
                }
            }
        }
    }
}
