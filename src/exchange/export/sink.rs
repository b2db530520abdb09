//! Where an export goes.

use std::io;

use async_trait::async_trait;
use tokio::io::{AsyncWrite, AsyncWriteExt};

/// Takes the text of an export, piece by piece. Every [`AsyncWrite`] does.
#[async_trait]
pub trait ExportSink: Send {
    /// Takes the next piece, some 64 KiB; waits while there is no room for it.
    ///
    /// # Errors
    /// Any; the export ends with it.
    async fn take(&mut self, text: &[u8]) -> io::Result<()>;

    /// Is told that the text is whole.
    ///
    /// # Errors
    /// Any; the export then counts as failed.
    async fn finish(&mut self) -> io::Result<()>;
}

#[async_trait]
impl<W: AsyncWrite + Send + Unpin + ?Sized> ExportSink for W {
    async fn take(&mut self, text: &[u8]) -> io::Result<()> {
        self.write_all(text).await
    }

    async fn finish(&mut self) -> io::Result<()> {
        self.flush().await
    }
}
