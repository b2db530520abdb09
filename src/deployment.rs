//! Opening what the settings name: the log, the relational store, the blobs.

use std::sync::Arc;

use anyhow::Context;
use event_store::EventStore;
use event_store::jetstream::{JetStreamOptions, JetStreamStore, PublishMode};
use event_store::sqlite::EmbeddedStore;
use object_store::ObjectStore;
use projections::{CheckpointStore, PseudonymKey, SnapshotStore};

use crate::blobs::open_blobs;
use crate::config::{Config, EventStoreLocation, NatsPublish, NatsServers};
use crate::history::History;
use crate::players::PlayerStore;
use crate::secret_file::{Secret, SecretError};

/// What the pseudonyms in everything that is published are made of, in the folder `keys`.
const PSEUDONYM_FILE: &str = "pseudonyms.secret";

/// What a deployment keeps.
pub struct Deployment {
    /// The log of the canvas.
    pub store: Arc<dyn EventStore>,
    /// The NATS servers that the log is on, if it is; gateways talk to each other over them.
    pub nats: Option<async_nats::Client>,
    /// Snapshots and checkpoints.
    pub blobs: Arc<dyn ObjectStore>,
    /// The canvas's snapshots.
    pub snapshots: SnapshotStore,
    /// The canvas's checkpoints.
    pub checkpoints: CheckpointStore,
}

impl Deployment {
    /// Opens the log and the blobs.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let (store, nats) = open_log_and_client(config).await?;
        let blobs = open_blobs(config).await?;
        Ok(Self {
            snapshots: SnapshotStore::new(Arc::clone(&blobs), &config.canvas.slug),
            checkpoints: CheckpointStore::new(Arc::clone(&blobs), &config.canvas.slug),
            store,
            nats,
            blobs,
        })
    }

    /// The canvas's history, nothing of it read yet.
    pub fn history(&self, config: &Config) -> History {
        let (log, blobs) = (Arc::clone(&self.store), Arc::clone(&self.blobs));
        History::new(log, blobs, &config.canvas.slug)
    }
}

/// The key of the pseudonyms of the canvas's players. Its secret is made at the first use.
///
/// # Errors
/// [`SecretError`] by cause.
pub fn pseudonym_key(config: &Config) -> Result<PseudonymKey, SecretError> {
    let secret = Secret::load_or_create(&config.storage.data_dir, PSEUDONYM_FILE)?;
    let key = PseudonymKey::of_canvas(secret.expose(), &config.canvas.slug);
    Ok(key)
}

/// Opens the relational store and brings it to this version's tables.
pub async fn open_players(config: &Config) -> anyhow::Result<PlayerStore> {
    let players = PlayerStore::open(config.storage.database.clone()).await?;
    players.migrate().await?;
    Ok(players)
}

/// Opens the log of the canvas.
pub async fn open_log(config: &Config) -> anyhow::Result<Arc<dyn EventStore>> {
    Ok(open_log_and_client(config).await?.0)
}

type LogAndClient = (Arc<dyn EventStore>, Option<async_nats::Client>);

async fn open_log_and_client(config: &Config) -> anyhow::Result<LogAndClient> {
    let slug = &config.canvas.slug;
    match &config.storage.event_store {
        EventStoreLocation::Embedded => {
            let file = match slug.as_str() {
                "main" => "events.db".to_owned(),
                other => format!("events-{other}.db"),
            };
            let path = config.storage.data_dir.join(file);
            Ok((Arc::new(EmbeddedStore::open(&path).await?), None))
        }
        EventStoreLocation::Nats(servers) => {
            let options = jetstream_options(config, servers)?;
            let store = JetStreamStore::connect(options).await?;
            let client = store.client();
            Ok((Arc::new(store), Some(client)))
        }
    }
}

fn jetstream_options(config: &Config, servers: &NatsServers) -> anyhow::Result<JetStreamOptions> {
    let addresses: Vec<&str> = servers.expose().collect();
    let mut options = JetStreamOptions::new(&addresses.join(","), config.canvas.slug.clone())?;
    options.replicas = config.nats.replicas.into();
    options.max_bytes = config
        .nats
        .max_bytes
        .try_into()
        .context("nats.max_bytes is 0")?;
    options
        .credentials_file
        .clone_from(&config.nats.credentials_file);
    options.publish = match config.nats.publish {
        NatsPublish::Auto => PublishMode::Auto,
        NatsPublish::Pipelined => PublishMode::Pipelined,
        NatsPublish::Batched => PublishMode::Batched,
    };
    Ok(options)
}
