//! The JetStream engine, on a real server.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use event_store::jetstream::{JetStreamOptions, JetStreamStore, PublishMode};
use event_store::testing::NatsServer;
use event_store::testing::conformance::Engine;
use event_store::{CanvasSlug, EventStore};

/// JetStream on one server, with two gateways. `BATCHED` sends batches, else single messages.
pub struct JetStream<const BATCHED: bool> {
    server: NatsServer,
    stores: Vec<Arc<dyn EventStore>>,
}

#[async_trait]
impl<const BATCHED: bool> Engine for JetStream<BATCHED> {
    async fn start() -> Self {
        let server = if BATCHED {
            NatsServer::start().await
        } else {
            NatsServer::start_with("default_sync.conf").await
        };
        let mut stores: Vec<Arc<dyn EventStore>> = Vec::new();
        for _ in 0..2 {
            let mut options = JetStreamOptions::new(&server.url(), CanvasSlug::default())
                .expect("a lawful address");
            options.give_up_after = Duration::from_secs(3);
            options.publish = if BATCHED {
                PublishMode::Batched
            } else {
                PublishMode::Pipelined
            };
            stores.push(Arc::new(
                JetStreamStore::connect(options).await.expect("connects"),
            ));
        }
        Self { server, stores }
    }

    fn stores(&self) -> Vec<Arc<dyn EventStore>> {
        self.stores.clone()
    }

    async fn interrupt(&mut self) {
        self.server.kill();
    }

    async fn resume(&mut self) {
        self.server.restart().await;
    }
}
