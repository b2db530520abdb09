//! From an HTTP request to a socket that a fan-out can adopt: RFC 6455 §4.2 over HTTP/1.1.

use std::{io, time::Duration};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header, request},
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::{rt::TokioIo, server::conn::auto};
use thiserror::Error;
use tokio::net::TcpStream;
use tungstenite::handshake::derive_accept_key;

use super::NewSocket;

/// How long writing the answer 101 may take before the connection is given up.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// The only version of RFC 6455 §4.1.
const WEBSOCKET_VERSION: &str = "13";

/// Bytes in a decoded `Sec-WebSocket-Key`, RFC 6455 §4.1.
const KEY_BYTES: usize = 16;

/// Why a request cannot become a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UpgradeError {
    /// The method is not GET.
    #[error("a WebSocket is opened with GET")]
    Method,
    /// Not HTTP/1.1, which a proxy in front of this server must speak to it.
    #[error("a WebSocket is opened over HTTP/1.1")]
    HttpVersion,
    /// No `Connection: upgrade`.
    #[error("the header Connection has no upgrade")]
    Connection,
    /// No `Upgrade: websocket`.
    #[error("the header Upgrade has no websocket")]
    Upgrade,
    /// Not `Sec-WebSocket-Version: 13`; the answer is 426 with that header.
    #[error("the header Sec-WebSocket-Version is not 13")]
    WebSocketVersion,
    /// `Sec-WebSocket-Key` is missing or not 16 bytes in Base64.
    #[error("the header Sec-WebSocket-Key is not 16 bytes in Base64")]
    Key,
    /// The connection cannot leave HTTP, for example because it already did.
    #[error("the connection cannot be upgraded")]
    NotUpgradable,
}

/// Answers 101 to a WebSocket handshake and, once that is written, gives the socket to
/// `on_ready`. `protocol` is the subprotocol chosen from `Sec-WebSocket-Protocol`, if any.
///
/// `on_ready` runs on the async runtime, so it must not block. It is never called when the
/// client hangs up first. No extension of RFC 6455 is agreed to: deflate makes small binary
/// frames no smaller (measured 0.90 to 1.17).
///
/// # Errors
/// See [`UpgradeError`]: each is the client's fault or a proxy's, so a 4xx.
pub fn upgrade(
    parts: &mut request::Parts,
    protocol: Option<HeaderValue>,
    on_ready: impl FnOnce(NewSocket) + Send + 'static,
) -> Result<Response, UpgradeError> {
    let accept = check_handshake(parts)?;
    let upgrade = parts
        .extensions
        .remove::<OnUpgrade>()
        .ok_or(UpgradeError::NotUpgradable)?;
    tokio::spawn(async move {
        match tokio::time::timeout(ANSWER_MAX, upgrade).await {
            Ok(Ok(upgraded)) => match into_socket(upgraded) {
                Ok(socket) => on_ready(socket),
                Err(error) => tracing::debug!(%error, "could not take the socket over"),
            },
            Ok(Err(error)) => tracing::debug!(%error, "the client left before the upgrade"),
            Err(_) => tracing::debug!("the client did not read the answer 101"),
        }
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    if let Some(protocol) = protocol {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    Ok(response)
}

/// RFC 6455 §4.2.1; gives the value of `Sec-WebSocket-Accept`.
fn check_handshake(parts: &request::Parts) -> Result<HeaderValue, UpgradeError> {
    if parts.method != Method::GET {
        return Err(UpgradeError::Method);
    }
    if parts.version != Version::HTTP_11 {
        return Err(UpgradeError::HttpVersion);
    }
    if !has_token(&parts.headers, &header::CONNECTION, "upgrade") {
        return Err(UpgradeError::Connection);
    }
    if !has_token(&parts.headers, &header::UPGRADE, "websocket") {
        return Err(UpgradeError::Upgrade);
    }
    let version = parts.headers.get(header::SEC_WEBSOCKET_VERSION);
    if version.is_none_or(|version| version != WEBSOCKET_VERSION) {
        return Err(UpgradeError::WebSocketVersion);
    }
    let key = parts
        .headers
        .get(header::SEC_WEBSOCKET_KEY)
        .ok_or(UpgradeError::Key)?;
    match BASE64_STANDARD.decode(key) {
        Ok(nonce) if nonce.len() == KEY_BYTES => {}
        Ok(_) | Err(_) => return Err(UpgradeError::Key),
    }
    HeaderValue::try_from(derive_accept_key(key.as_bytes())).map_err(|_| UpgradeError::Key)
}

/// Whether one of the comma-separated tokens of the header is `token`, in any case.
fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| part.trim().eq_ignore_ascii_case(token))
}

/// The TCP socket under the HTTP connection, or the stream itself where there is none. It lies
/// bare under hyper's own server, and wrapped under hyper-util's, which `axum::serve` runs.
fn into_socket(upgraded: Upgraded) -> io::Result<NewSocket> {
    let upgraded = match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) => {
            return Ok(NewSocket::Tcp {
                stream: parts.io.into_inner().into_std()?,
                read: parts.read_buf,
            });
        }
        Err(upgraded) => upgraded,
    };
    match auto::upgrade::downcast::<TokioIo<TcpStream>>(upgraded) {
        Ok(parts) => Ok(NewSocket::Tcp {
            stream: parts.io.into_inner().into_std()?,
            read: parts.read_buf,
        }),
        Err(upgraded) => Ok(NewSocket::Other {
            io: Box::new(TokioIo::new(upgraded)),
            // `Upgraded` gives what it has already read by itself.
            read: bytes::Bytes::new(),
        }),
    }
}
