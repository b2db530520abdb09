//! Opening the store of snapshots, history and films: a directory, or a bucket by S3.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt as _, RetryConfig};
use url::Url;

use crate::config::{BlobLocation, Bucket, Config, S3, S3Addressing};

/// How long connecting to a bucket's host may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// How long an answer may fail to come, or to go on: with the largest part of a film to send (see
/// `timelapse::jobs::shelf`), 2 Mbit/s.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// How often a request is sent again.
const MAX_RETRIES: usize = 3;

/// After how long a request is not sent again any more. With the last try, one takes at most
/// [`ANSWER_WITHIN`] longer.
const RETRY_WITHIN: Duration = Duration::from_secs(20);

/// The longest pause before a request is sent again.
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// A key that no part of the program writes: asking for it tells whether the bucket can be read.
const NO_SUCH_KEY: &str = "is-it-there";

/// What a store answers that knows no such bucket (Amazon S3, "List of error codes").
const NO_SUCH_BUCKET: &str = "NoSuchBucket";

/// The store of blobs could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenBlobsError {
    /// The directory is not there and cannot be made.
    #[error("could not make the folder `{}`", .folder.display())]
    Folder {
        /// The directory.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The directory cannot be used.
    #[error("could not use the folder `{}`", .folder.display())]
    Directory {
        /// The directory.
        folder: PathBuf,
        /// Why.
        #[source]
        source: object_store::Error,
    },
    /// There is no key for the store.
    #[error("no key for {0}: set s3.access_key_id and s3.secret_access_key")]
    NoKey(Bucket),
    /// The settings do not go together.
    #[error("could not make sense of the settings of {bucket}: look at the section `s3`")]
    Settings {
        /// The bucket.
        bucket: Bucket,
        /// Why.
        #[source]
        source: object_store::Error,
    },
    /// The store has no such bucket.
    #[error("there is no bucket for {0}: make it, or correct `blobs`, s3.endpoint or s3.region")]
    NoBucket(Bucket),
    /// The store does not let this key in.
    #[error(
        "{bucket} is not open to this key: look at s3.access_key_id, s3.secret_access_key and \
         s3.region, and whether the key may list, read, write and delete there"
    )]
    Refused {
        /// The bucket.
        bucket: Bucket,
        /// What the store said.
        #[source]
        source: Box<object_store::Error>,
    },
    /// The store gave no answer that could be used.
    #[error(
        "could not reach {bucket} at {endpoint}: is the store running, and are s3.endpoint, \
         s3.region and s3.addressing right?"
    )]
    Unreachable {
        /// The bucket.
        bucket: Bucket,
        /// The store's address.
        endpoint: String,
        /// Why.
        #[source]
        source: Box<object_store::Error>,
    },
}

/// Opens the store of blobs that the settings name, and looks whether it can be read.
///
/// # Errors
/// [`OpenBlobsError`] by cause; each says what to do.
pub async fn open_blobs(config: &Config) -> Result<Arc<dyn ObjectStore>, OpenBlobsError> {
    match &config.storage.blobs {
        BlobLocation::Directory(folder) => open_directory(folder.clone()),
        BlobLocation::S3(bucket) => open_bucket(bucket, &config.s3).await,
    }
}

fn open_directory(folder: PathBuf) -> Result<Arc<dyn ObjectStore>, OpenBlobsError> {
    if let Err(source) = std::fs::create_dir_all(&folder) {
        return Err(OpenBlobsError::Folder { folder, source });
    }
    match LocalFileSystem::new_with_prefix(&folder) {
        Ok(store) => Ok(Arc::new(store)),
        Err(source) => Err(OpenBlobsError::Directory { folder, source }),
    }
}

async fn open_bucket(bucket: &Bucket, s3: &S3) -> Result<Arc<dyn ObjectStore>, OpenBlobsError> {
    let store = PrefixStore::new(connect(bucket, s3)?, bucket.prefix.as_str());
    match store.get(&Path::from(NO_SUCH_KEY)).await {
        Ok(_) => Ok(Arc::new(store)),
        Err(object_store::Error::NotFound { source, .. }) => {
            match source.to_string().contains(NO_SUCH_BUCKET) {
                true => Err(OpenBlobsError::NoBucket(bucket.clone())),
                false => Ok(Arc::new(store)),
            }
        }
        Err(
            source @ (object_store::Error::PermissionDenied { .. }
            | object_store::Error::Unauthenticated { .. }),
        ) => Err(OpenBlobsError::Refused {
            bucket: bucket.clone(),
            source: Box::new(source),
        }),
        Err(source) => Err(OpenBlobsError::Unreachable {
            bucket: bucket.clone(),
            endpoint: s3.endpoint.as_ref().map_or_else(
                || format!("Amazon S3 in {}", s3.region),
                |endpoint| endpoint.as_str().to_owned(),
            ),
            source: Box::new(source),
        }),
    }
}

fn connect(bucket: &Bucket, s3: &S3) -> Result<AmazonS3, OpenBlobsError> {
    let Some(key) = &s3.access_key else {
        return Err(OpenBlobsError::NoKey(bucket.clone()));
    };
    // The settings allow plain HTTP only where it is wanted.
    let is_plain = |endpoint: &Url| endpoint.scheme() == "http";
    let client = ClientOptions::new()
        .with_allow_http(s3.endpoint.as_ref().is_some_and(is_plain))
        .with_connect_timeout(CONNECT_WITHIN)
        .with_read_timeout(ANSWER_WITHIN)
        // A film is read for as long as somebody's connection takes.
        .with_timeout_disabled();
    let retry = RetryConfig {
        backoff: BackoffConfig {
            max_backoff: MAX_PAUSE,
            ..BackoffConfig::default()
        },
        max_retries: MAX_RETRIES,
        retry_timeout: RETRY_WITHIN,
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&bucket.name)
        .with_region(&s3.region)
        .with_access_key_id(&key.id)
        .with_secret_access_key(key.secret.expose())
        .with_virtual_hosted_style_request(s3.addressing == S3Addressing::VirtualHosted)
        .with_client_options(client)
        .with_retry(retry);
    if let Some(endpoint) = &s3.endpoint {
        builder = builder.with_endpoint(address(endpoint, &bucket.name, s3.addressing));
    }
    builder.build().map_err(|source| OpenBlobsError::Settings {
        bucket: bucket.clone(),
        source,
    })
}

/// The endpoint as the client wants it: with the bucket in its host's name if it belongs there.
fn address(endpoint: &Url, bucket: &str, addressing: S3Addressing) -> String {
    let address = endpoint.as_str().trim_end_matches('/');
    match addressing {
        S3Addressing::Path => address.to_owned(),
        S3Addressing::VirtualHosted => address.replacen("://", &format!("://{bucket}."), 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_stands_in_the_host_only_when_that_is_asked_for() {
        let endpoint: Url = "https://s3.example.org:9000".parse().unwrap();
        let address = |addressing| address(&endpoint, "canvas", addressing);
        assert_eq!(address(S3Addressing::Path), "https://s3.example.org:9000");
        let hosted = address(S3Addressing::VirtualHosted);
        assert_eq!(hosted, "https://canvas.s3.example.org:9000");
    }
}
