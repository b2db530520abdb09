//! Every engine passes the same cases.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use event_store::jetstream::{JetStreamOptions, JetStreamStore, PublishMode};
use event_store::testing::NatsServer;
use event_store::testing::conformance::Engine;
use event_store::{CanvasSlug, EventStore};

/// JetStream on one server, with two gateways: sending batches to a server that syncs each of them,
/// or single messages to one that syncs now and then.
struct JetStream<const BATCHED: bool> {
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
            let mut options = JetStreamOptions::new(&server.url(), CanvasSlug::default()).unwrap();
            options.give_up_after = Duration::from_secs(3);
            options.publish = if BATCHED {
                PublishMode::Batched
            } else {
                PublishMode::Pipelined
            };
            stores.push(Arc::new(JetStreamStore::connect(options).await.unwrap()));
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

mod jetstream {
    event_store::conformance_tests!(super::JetStream<false>);
}

mod jetstream_batched {
    event_store::conformance_tests!(super::JetStream<true>);
}
