//! How a store that speaks S3 is reached. Without effect when blobs are in a directory.

use url::Url;

use super::blobs::BlobLocation;
use super::fault::InvalidSetting;
use super::oidc_client::is_local;
use super::reader::{Choice, Given, Reader};
use super::secret_setting::{plain_text, secret};
use super::secret_text::SecretText;

/// The region of a store that knows of none (MinIO, "Core settings"; Cloudflare R2 takes it too).
const DEFAULT_REGION: &str = "us-east-1";

/// How a bucket is named in a request (Amazon S3, "Virtual hosting of general purpose buckets").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum S3Addressing {
    /// In the path, behind the endpoint: `path`.
    Path,
    /// In the host's name, before the endpoint's: `virtual-hosted`.
    VirtualHosted,
}

impl Choice for S3Addressing {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("path", Self::Path),
        ("virtual-hosted", Self::VirtualHosted),
    ];
}

/// Whether the store may be spoken to without TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum S3PlainHttp {
    /// Within this machine only: `loopback`.
    Loopback,
    /// Anywhere, as in a network that nobody else listens to: `anywhere`.
    Anywhere,
}

impl Choice for S3PlainHttp {
    const WORDS: &'static [(&'static str, Self)] =
        &[("loopback", Self::Loopback), ("anywhere", Self::Anywhere)];
}

/// How a store that speaks S3 is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3 {
    /// `s3.endpoint`, `PIXELWARS_S3__ENDPOINT`: the store's address; Amazon's of the region when
    /// not set.
    pub endpoint: Option<Url>,
    /// `s3.region`, `PIXELWARS_S3__REGION`: `us-east-1` when not set.
    pub region: String,
    /// `s3.addressing`, `PIXELWARS_S3__ADDRESSING`: `path` when not set.
    pub addressing: S3Addressing,
    /// `s3.access_key_id`, and `s3.secret_access_key` or `s3.secret_access_key_file`: whom the
    /// store knows; always there when blobs are in such a store.
    pub access_key: Option<S3AccessKey>,
}

/// Whom a store knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3AccessKey {
    /// The public half.
    pub id: String,
    /// What requests are signed with.
    pub secret: SecretText,
}

impl S3 {
    pub(super) fn read(reader: &mut Reader, blobs: &BlobLocation) -> Self {
        let shown = |url: &Url| url.as_str().into();
        let endpoint = reader.optional("s3.endpoint", endpoint, shown);
        let shown = |text: &String| text.as_str().into();
        let default = DEFAULT_REGION.to_owned();
        let region = reader.setting("s3.region", default, plain_text, shown);
        let addressing = reader.choice("s3.addressing", S3Addressing::Path);
        let plain_http = reader.choice("s3.plain_http", S3PlainHttp::Loopback);
        let is_plain = |url: &Url| url.scheme() == "http" && !is_local(url);
        if plain_http == S3PlainHttp::Loopback && endpoint.as_ref().is_some_and(is_plain) {
            let problem = "what goes there could be read and changed on the way";
            let remedy = "write https://, or set s3.plain_http to `anywhere`";
            reader.fault("s3.endpoint", InvalidSetting::new(problem, remedy));
        }
        let id = reader.optional("s3.access_key_id", plain_text, shown);
        let secret = secret(reader, "s3.secret_access_key", "s3.secret_access_key_file");
        let is_wanted = matches!(blobs, BlobLocation::S3(_)) || id.is_some() || secret.is_some();
        let halves = [
            ("s3.access_key_id", id.is_some()),
            ("s3.secret_access_key", secret.is_some()),
        ];
        for (key, is_set) in halves {
            let is_faulty = reader.is_faulty(key)
                || (key == "s3.secret_access_key" && reader.is_faulty("s3.secret_access_key_file"));
            if is_wanted && !is_set && !is_faulty {
                let problem = "blobs in a store that speaks S3 need it";
                reader.fault(key, InvalidSetting::new(problem, "set it"));
            }
        }
        Self {
            endpoint,
            region,
            addressing,
            access_key: id
                .zip(secret)
                .map(|(id, secret)| S3AccessKey { id, secret }),
        }
    }
}

/// An address of scheme, host and port, without anything that could be secret.
fn endpoint(given: &Given) -> Result<Url, InvalidSetting> {
    let remedy = "write https://HOST, or https://HOST:PORT";
    let wrong = |problem: &str| InvalidSetting::new(problem, remedy);
    let url = Url::parse(given.text()?).map_err(|_| wrong("the value is no address"))?;
    let has_more = !url.username().is_empty()
        || url.password().is_some()
        || url.path() != "/"
        || url.query().is_some()
        || url.fragment().is_some();
    match url.scheme() {
        "http" | "https" if !has_more => Ok(url),
        "http" | "https" => Err(wrong("the address holds more than scheme, host and port")),
        _ => Err(wrong("the scheme is neither https nor http")),
    }
}

#[cfg(test)]
#[path = "s3_tests.rs"]
mod tests;
