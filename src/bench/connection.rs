//! As little HTTP/1.1 as a load generator needs, so that the server is what is measured.

use std::io::Write as _;
use std::net::SocketAddr;

use anyhow::Context;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The largest answer, with its header.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// A kept connection.
pub(in crate::bench) struct Connection {
    stream: TcpStream,
    host: SocketAddr,
    request: Vec<u8>,
    answer: Vec<u8>,
}

/// An answer.
pub(in crate::bench) struct Answer<'a> {
    /// Its status.
    pub(in crate::bench) status: u16,
    body: &'a [u8],
}

impl Answer<'_> {
    /// The body as JSON; the answer must have this status.
    pub(in crate::bench) fn json<T: DeserializeOwned>(&self, status: u16) -> anyhow::Result<T> {
        let text = String::from_utf8_lossy(self.body);
        anyhow::ensure!(self.status == status, "answer {}: {text}", self.status);
        serde_json::from_slice(self.body).with_context(|| format!("not JSON: {text}"))
    }

    /// The code of an error body, else the status.
    pub(in crate::bench) fn error_code(&self) -> String {
        let body: Value = serde_json::from_slice(self.body).unwrap_or_default();
        let code = body["error"]["code"].as_str();
        code.map_or_else(|| self.status.to_string(), str::to_owned)
    }
}

impl Connection {
    pub(in crate::bench) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await;
        let stream = stream.with_context(|| format!("could not connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            host: address,
            request: Vec::new(),
            answer: Vec::new(),
        })
    }

    /// Sends a request in one write and reads its answer.
    pub(in crate::bench) async fn ask(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: &str,
    ) -> anyhow::Result<Answer<'_>> {
        self.request.clear();
        let (host, length) = (self.host, body.len());
        write!(
            self.request,
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n"
        )?;
        if let Some(token) = token {
            write!(self.request, "authorization: Bearer {token}\r\n")?;
        }
        write!(self.request, "\r\n{body}")?;
        self.stream.write_all(&self.request).await?;
        self.read().await
    }

    async fn read(&mut self) -> anyhow::Result<Answer<'_>> {
        self.answer.clear();
        loop {
            if let Some((status, body, end)) = parse_head(&self.answer)?
                && self.answer.len() >= end
            {
                let body = &self.answer[body..end];
                return Ok(Answer { status, body });
            }
            anyhow::ensure!(
                self.answer.len() < MAX_ANSWER_BYTES,
                "the answer is too long"
            );
            let read = self.stream.read_buf(&mut self.answer).await?;
            anyhow::ensure!(read > 0, "the server closed the connection");
        }
    }
}

/// The status, where the body begins, and where it ends; none while the header is not whole.
fn parse_head(answer: &[u8]) -> anyhow::Result<Option<(u16, usize, usize)>> {
    let Some(blank) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&answer[..blank]).context("the answer's header is no text")?;
    let status = head.get(9..12).and_then(|status| status.parse().ok());
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse::<usize>().ok())?
    });
    let body = blank + 4;
    let end = body + length.context("the answer has no content-length")?;
    Ok(Some((
        status.context("the answer has no status")?,
        body,
        end,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_where_the_body_is() {
        let answer = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(parse_head(answer).unwrap(), Some((201, 43, 45)));
        assert_eq!(parse_head(&answer[..41]).unwrap(), None);
        assert!(parse_head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
