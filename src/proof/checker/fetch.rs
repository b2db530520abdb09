//! Downloads from a server that may be slow, busy or hostile: bounded in time, size and number.

use std::time::Duration;

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use url::Url;

/// The longest time until a connection is there, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest time of a whole exchange: 64 MiB at 1 MB/s.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(70);

/// How often a file is asked for before it counts as out of reach.
const MAX_TRIES: u32 = 5;

/// The first wait between two tries; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// The longest wait that a busy server may ask for.
const MAX_WAIT: Duration = Duration::from_secs(15);

/// Why a file could not be downloaded.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is no base for others.
    #[error("`{url}` is no address of a canvas")]
    Address {
        /// The address.
        url: String,
    },
    /// The server does not answer, or not to the end.
    #[error("could not download {url}")]
    Request {
        /// The address.
        url: Url,
        /// The cause.
        #[source]
        source: reqwest::Error,
    },
    /// The server answers with an error.
    #[error("{url} answers with {status}")]
    Status {
        /// The address.
        url: Url,
        /// The status.
        status: StatusCode,
    },
    /// The server sends more than any such file has.
    #[error("{url} sends more than {max_bytes} bytes")]
    TooLarge {
        /// The address.
        url: Url,
        /// The limit.
        max_bytes: usize,
    },
}

/// Downloads what lies under one address.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client,
    base: Url,
}

impl Fetcher {
    /// For what lies under `base`, for example `https://example.org/api/v1/canvases/main`.
    ///
    /// # Errors
    /// [`FetchError::Address`], and [`FetchError::Request`] when this machine has no certificates
    /// to check the server's with.
    pub fn new(base: &str) -> Result<Self, FetchError> {
        let bad = || FetchError::Address {
            url: base.to_owned(),
        };
        let url = Url::parse(base.trim_end_matches('/')).map_err(|_| bad())?;
        if !matches!(url.scheme(), "http" | "https") || url.query().is_some() {
            return Err(bad());
        }
        let mut builder = Client::builder()
            .user_agent(concat!("pixelwars/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(EXCHANGE_TIMEOUT);
        if url.scheme() == "http" {
            // Without TLS the system's certificates need not be there.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build();
        let client = client.map_err(|source| FetchError::Request {
            url: url.clone(),
            source,
        })?;
        Ok(Self { client, base: url })
    }

    /// The address itself.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// The bytes at a path under the base, none when there is nothing (404). `accept` is the media
    /// type asked for.
    ///
    /// # Errors
    /// [`FetchError`]
    pub async fn get(
        &self,
        path: &str,
        accept: &str,
        max_bytes: usize,
    ) -> Result<Option<Vec<u8>>, FetchError> {
        let slash = if path.is_empty() { "" } else { "/" };
        let url = format!("{}{slash}{path}", self.base);
        let url = Url::parse(&url).map_err(|_| FetchError::Address { url })?;
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            let error = match self.get_once(&url, accept, max_bytes).await {
                Ok(found) => return Ok(found),
                Err(Failed::ForGood(error)) => return Err(error),
                Err(Failed::ForNow(error, asked)) => {
                    wait = asked.unwrap_or(wait).min(MAX_WAIT);
                    error
                }
            };
            if attempt == MAX_TRIES {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        Err(FetchError::Address { url: url.into() })
    }

    async fn get_once(
        &self,
        url: &Url,
        accept: &str,
        max_bytes: usize,
    ) -> Result<Option<Vec<u8>>, Failed> {
        let request = self.client.get(url.clone()).header(ACCEPT, accept);
        let response = request.header(ACCEPT_ENCODING, "zstd").send().await;
        let response = response.map_err(|error| Failed::of(url, error))?;
        let status = response.status();
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        if status.is_success() {
            return read(response, url, max_bytes).await.map(Some);
        }
        let asked = response.headers().get(RETRY_AFTER);
        let asked = asked.and_then(|seconds| seconds.to_str().ok()?.parse().ok());
        let error = FetchError::Status {
            url: url.clone(),
            status,
        };
        match status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            true => Err(Failed::ForNow(error, asked.map(Duration::from_secs))),
            false => Err(Failed::ForGood(error)),
        }
    }
}

async fn read(mut response: Response, url: &Url, max_bytes: usize) -> Result<Vec<u8>, Failed> {
    let mut body = Vec::new();
    loop {
        let chunk = response.chunk().await;
        let Some(chunk) = chunk.map_err(|error| Failed::of(url, error))? else {
            return Ok(body);
        };
        if body.len() + chunk.len() > max_bytes {
            let url = url.clone();
            return Err(Failed::ForGood(FetchError::TooLarge { url, max_bytes }));
        }
        body.extend_from_slice(&chunk);
    }
}

enum Failed {
    ForGood(FetchError),
    /// May work later, perhaps after the time that the server asks for.
    ForNow(FetchError, Option<Duration>),
}

impl Failed {
    fn of(url: &Url, error: reqwest::Error) -> Self {
        let error = FetchError::Request {
            url: url.clone(),
            source: error.without_url(),
        };
        Self::ForNow(error, None)
    }
}
