//! The embedded engine: one SQLite file, one writer that commits groups.
//!
//! *Durable* means that SQLite has fsynced the transaction (WAL, `synchronous=FULL`). Appends that
//! arrive while one commit runs go into the next one together, so throughput grows with the number
//! of writers and no append waits for a timer.
//!
//! Several processes may open the same file: every commit checks that the log still ends where its
//! writer thinks, and an idle writer looks for foreign events ten times a second. So a command line
//! tool can open a round or import a log while the server runs.

mod follow;
mod group;
mod index;
mod open;
mod reader;
mod writer;

use std::path::Path;

use async_trait::async_trait;
use sqlx::SqlitePool;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::error::{AppendError, OpenError, ReadError, SubscribeError};
use crate::event::{self, Subject, Version};
use crate::store::{Append, Appended, EventStore, MAX_EVENT_BYTES, Recorded, Subscription};
use writer::{Command, Committed, MAX_WAITING_APPENDS, Request, Writer};

/// Batches that a slow follower may lag behind before it has to read the log itself.
const MAX_LIVE_BATCHES: usize = 256;

/// A log in one SQLite file.
pub struct EmbeddedStore {
    readers: SqlitePool,
    commands: mpsc::Sender<Command>,
    /// Weak, so that the followers of a closed log learn of its end.
    committed: broadcast::WeakSender<Committed>,
}

/// The store was closed by this process.
#[derive(Debug, thiserror::Error)]
#[error("log is closed")]
struct Closed;

impl EmbeddedStore {
    /// Opens the log in the file `path`; the file and its folder are made when they do not exist.
    /// Must be called inside a tokio runtime: the writer is a task of it.
    ///
    /// # Errors
    /// [`OpenError::Unavailable`] when the file cannot be opened, [`OpenError::Drift`] when it is
    /// no log of this program or one of a newer format, [`OpenError::Corrupt`] when its newest
    /// events cannot be read.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let opened = open::open(path).await?;
        let (commands, receiver) = mpsc::channel(MAX_WAITING_APPENDS);
        let (committed, _) = broadcast::channel(MAX_LIVE_BATCHES);
        let followers = committed.downgrade();
        let writer = Writer {
            connection: opened.connection,
            readers: opened.readers.clone(),
            index: opened.index,
            checkpoint: opened.checkpoint,
            commands: receiver,
            committed,
        };
        tokio::spawn(writer.run());
        Ok(Self {
            readers: opened.readers,
            commands,
            committed: followers,
        })
    }
}

#[async_trait]
impl EventStore for EmbeddedStore {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let encoded = event::encode(append.at, &append.event);
        if encoded.len() > MAX_EVENT_BYTES {
            let bytes = encoded.len();
            return Err(AppendError::TooLarge { bytes });
        }
        let closed = || AppendError::Unavailable {
            source: Box::new(Closed),
        };
        let (reply, answer) = oneshot::channel();
        let request = Request {
            append,
            encoded,
            reply,
        };
        let sent = self.commands.send(Command::Append(request)).await;
        sent.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    async fn read(&self, from: Version, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        reader::read(&self.readers, from, limit).await
    }

    async fn subscribe(&self, from: Version) -> Result<Box<dyn Subscription>, SubscribeError> {
        let committed = self.committed.upgrade().ok_or(SubscribeError::Closed)?;
        Ok(Box::new(follow::Follower {
            readers: self.readers.clone(),
            committed: committed.subscribe(),
            next: from.max(Version(1)),
            behind: true,
            rest: None,
        }))
    }

    async fn last(&self) -> Result<Version, ReadError> {
        reader::last(&self.readers).await
    }

    async fn last_on(&self, subject: Subject) -> Result<Version, ReadError> {
        let closed = || ReadError::Unavailable {
            version: Version::ZERO,
            source: Box::new(Closed),
        };
        let (reply, answer) = oneshot::channel();
        let sent = self.commands.send(Command::LastOn(subject, reply)).await;
        sent.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.commands.send(Command::Close(reply)).await.is_ok() {
            // The writer answers, or has ended already: either way it is closed.
            let _ = closed.await;
        }
    }
}
