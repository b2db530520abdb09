//! An export on its way to a client.
//!
//! A task makes the text, no faster than the client takes it: at most [`MAX_WAITING_CHUNKS`] chunks
//! wait. It ends when the client has gone. A body that is not whole ends with an error, so that a
//! client can tell.

use std::io::{self, Write};
use std::pin::Pin;

use async_trait::async_trait;
use axum::body::{Body, Bytes};
use event_store::BoxError;
use flate2::write::GzEncoder;
use futures_util::{Stream, stream};
use tokio::sync::mpsc;

use super::byte_range::Part;
use super::encoding::Encoding;
use crate::exchange::ExportSink;

/// The most chunks that wait for the client, of some 64 KiB each.
const MAX_WAITING_CHUNKS: usize = 2;

/// Zstandard's level: a third of the time of level 3 at four fifths of its gain.
const ZSTD_LEVEL: i32 = 1;

/// What goes to the body.
enum Piece {
    Chunk(Bytes),
    /// There is nothing more.
    End,
}

/// Sends an export, or a part of it, to a body.
pub(super) struct BodySink {
    pieces: mpsc::Sender<Piece>,
    encoder: Encoder,
    /// Bytes to leave out before the part.
    skip: u64,
    /// Bytes left of the part; none for everything.
    left: Option<u64>,
}

/// A sink, and the body that it fills. A part is only sent as it is, without an encoding.
pub(super) fn channel(encoding: Encoding, part: Option<Part>) -> io::Result<(BodySink, Body)> {
    let (pieces, receiver) = mpsc::channel(MAX_WAITING_CHUNKS);
    let sink = BodySink {
        pieces,
        encoder: Encoder::new(encoding)?,
        skip: part.map_or(0, |part| part.first),
        left: part.map(Part::bytes),
    };
    Ok((sink, Body::from_stream(chunks(receiver))))
}

type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>;

fn chunks(receiver: mpsc::Receiver<Piece>) -> Chunks {
    let next = async |receiver: Option<mpsc::Receiver<Piece>>| {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Piece::Chunk(chunk)) => Some((Ok(chunk), Some(receiver))),
            Some(Piece::End) => None,
            None => Some((Err("the export broke off".into()), None)),
        }
    };
    Box::pin(stream::unfold(Some(receiver), next))
}

impl BodySink {
    /// Whether the whole part was sent: what comes behind it need not be made.
    pub(super) fn is_done(&self) -> bool {
        self.left == Some(0)
    }

    async fn send(&self, piece: Piece) -> io::Result<()> {
        let sent = self.pieces.send(piece).await;
        sent.map_err(|_gone| io::ErrorKind::BrokenPipe.into())
    }
}

#[async_trait]
impl ExportSink for BodySink {
    async fn take(&mut self, text: &[u8]) -> io::Result<()> {
        let skipped = usize::try_from(self.skip).map_or(text.len(), |skip| skip.min(text.len()));
        self.skip -= skipped as u64;
        let mut text = &text[skipped..];
        if let Some(left) = &mut self.left {
            let taken = usize::try_from(*left).map_or(text.len(), |left| left.min(text.len()));
            text = &text[..taken];
            *left -= taken as u64;
        }
        let chunk = self.encoder.encode(text)?;
        if !chunk.is_empty() {
            metrics::counter!("canvas_export_bytes_total").increment(chunk.len() as u64);
            self.send(Piece::Chunk(chunk.into())).await?;
        } else if self.pieces.is_closed() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        match self.is_done() {
            // The export ends with this error; whoever runs it asks whether it is done.
            true => self
                .finish()
                .await
                .and(Err(io::ErrorKind::WriteZero.into())),
            false => Ok(()),
        }
    }

    async fn finish(&mut self) -> io::Result<()> {
        let rest = self.encoder.finish()?;
        if !rest.is_empty() {
            self.send(Piece::Chunk(rest.into())).await?;
        }
        self.send(Piece::End).await
    }
}

enum Encoder {
    Identity,
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
    Gzip(GzEncoder<Vec<u8>>),
}

impl Encoder {
    fn new(encoding: Encoding) -> io::Result<Self> {
        Ok(match encoding {
            Encoding::Zstd => {
                Self::Zstd(zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL)?)
            }
            Encoding::Gzip => Self::Gzip(GzEncoder::new(Vec::new(), flate2::Compression::fast())),
            Encoding::Brotli | Encoding::Identity => Self::Identity,
        })
    }

    /// What there is to send of the text so far.
    fn encode(&mut self, text: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Identity => Ok(text.to_vec()),
            Self::Zstd(encoder) => {
                encoder.write_all(text)?;
                Ok(std::mem::take(encoder.get_mut()))
            }
            Self::Gzip(encoder) => {
                encoder.write_all(text)?;
                Ok(std::mem::take(encoder.get_mut()))
            }
        }
    }

    /// The rest.
    fn finish(&mut self) -> io::Result<Vec<u8>> {
        match self {
            Self::Identity => Ok(Vec::new()),
            Self::Zstd(encoder) => {
                encoder.do_finish()?;
                Ok(std::mem::take(encoder.get_mut()))
            }
            Self::Gzip(encoder) => {
                encoder.try_finish()?;
                Ok(std::mem::take(encoder.get_mut()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn sent(part: Option<Part>, texts: &[&str]) -> (Vec<io::Result<()>>, Option<Bytes>) {
        let (mut sink, body) = channel(Encoding::Identity, part).unwrap();
        let collected = tokio::spawn(body.collect());
        let mut taken = Vec::new();
        for text in texts {
            let done = sink.take(text.as_bytes()).await;
            let is_over = done.is_err();
            taken.push(done);
            if is_over {
                break;
            }
        }
        if !sink.is_done() && part.is_none() {
            sink.finish().await.unwrap();
        }
        drop(sink);
        let collected = collected.await.unwrap();
        (taken, collected.ok().map(|body| body.to_bytes()))
    }

    #[tokio::test]
    async fn a_part_is_sent_and_nothing_behind_it_is_asked_for() {
        let texts = ["abc", "", "def", "ghi", "jkl"];
        let (_, whole) = sent(None, &texts).await;
        assert_eq!(whole.as_deref(), Some(b"abcdefghijkl".as_slice()));
        let (taken, part) = sent(Some(Part { first: 2, last: 6 }), &texts).await;
        assert_eq!(part.as_deref(), Some(b"cdefg".as_slice()));
        assert_eq!((taken.len(), taken.last().unwrap().is_err()), (4, true));
    }

    #[tokio::test]
    async fn a_body_that_is_not_whole_ends_with_an_error() {
        let (_, cut) = sent(Some(Part { first: 2, last: 60 }), &["abc", "def"]).await;
        assert_eq!(cut, None);
    }

    #[tokio::test]
    async fn an_export_ends_when_the_client_has_gone() {
        let (mut sink, body) = channel(Encoding::Zstd, None).unwrap();
        drop(body);
        let taken = sink.take(b"abc").await;
        assert_eq!(taken.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
