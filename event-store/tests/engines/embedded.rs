//! The embedded engine: two stores on one file, so that every race is also one between processes.

use std::sync::Arc;

use async_trait::async_trait;
use event_store::EventStore;
use event_store::sqlite::EmbeddedStore;
use event_store::testing::conformance::Engine;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// How many stores share the file.
const STORES: usize = 2;

/// Stores whose tasks run on a runtime of their own, which an interruption drops: every task ends
/// where it stands, as in a killed process.
pub struct Embedded {
    folder: TempDir,
    runtime: Option<Runtime>,
    stores: Vec<Arc<dyn EventStore>>,
}

impl Embedded {
    async fn open(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime starts");
        self.stores.clear();
        for _ in 0..STORES {
            let path = self.folder.path().join("events.db");
            let opening = runtime.spawn(async move { EmbeddedStore::open(&path).await });
            let store = opening
                .await
                .expect("opening does not panic")
                .expect("the log opens");
            self.stores.push(Arc::new(store));
        }
        self.runtime = Some(runtime);
    }
}

#[async_trait]
impl Engine for Embedded {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut engine = Self {
            folder,
            runtime: None,
            stores: Vec::new(),
        };
        engine.open().await;
        engine
    }

    fn stores(&self) -> Vec<Arc<dyn EventStore>> {
        self.stores.clone()
    }

    async fn interrupt(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }

    async fn resume(&mut self) {
        self.open().await;
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
