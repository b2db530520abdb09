//! Films that are done, in an object store: `<slug>/timelapses/<id>.<format>`, and beside it
//! `<id>.json`, which is written last: a film without it is not there.

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path as FilePath;
use std::sync::Arc;

use event_store::{CanvasSlug, UnixMs};
use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, GetResult, ObjectMeta, ObjectStore, ObjectStoreExt as _};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt as _;

use super::description::{Description, FilmId};

/// For how long a file without a description may be one that is still being put, in milliseconds.
const UNFINISHED_MS: i64 = 3_600_000;

/// How many bytes of a film are sent at a time to a store that takes parts: the smallest part that
/// S3 knows (Amazon S3, "Multipart upload limits").
const PART_BYTES: usize = 5 << 20;

/// How many parts are sent at the same time.
const PARTS_AT_ONCE: usize = 1;

/// The most bytes of a description.
const MAX_DESCRIPTION_BYTES: u64 = 16_384;

/// A film could not be put, found or deleted.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The object store cannot be reached or has no room; may work later.
    #[error("could not reach timelapses in the blob store")]
    Unavailable(#[source] object_store::Error),
    /// The rendered file could not be copied there.
    #[error("could not copy a timelapse into the blob store")]
    Copy(#[source] std::io::Error),
}

/// A film that is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// What it shows.
    pub film: Description,
    /// The file's size.
    pub bytes: u64,
    /// When it was asked for first.
    pub requested_at: UnixMs,
    /// When it was done.
    pub done_at: UnixMs,
}

/// The films of a canvas that are done. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shelf {
    store: Arc<dyn ObjectStore>,
    folder: Path,
}

impl Shelf {
    /// The films of `canvas` in `blobs`.
    pub fn new(blobs: Arc<dyn ObjectStore>, canvas: &CanvasSlug) -> Self {
        let folder = Path::from_iter([canvas.as_str(), "timelapses"]);
        Self {
            store: blobs,
            folder,
        }
    }

    /// Puts a rendered file on the shelf.
    ///
    /// # Errors
    /// [`ShelfError`]; then there is no such film.
    pub(super) async fn put(
        &self,
        id: &FilmId,
        file: &FilePath,
        finished: &Finished,
    ) -> Result<(), ShelfError> {
        let path = self.path(id, &finished.film.format);
        let mut writer = BufWriter::with_capacity(Arc::clone(&self.store), path, PART_BYTES)
            .with_max_concurrency(PARTS_AT_ONCE);
        let copied = async {
            let mut file = tokio::fs::File::open(file).await?;
            tokio::io::copy(&mut file, &mut writer).await
        };
        if let Err(error) = copied.await {
            // Parts that were sent already would be kept, and paid for, without being a film.
            if let Err(error) = writer.abort().await {
                tracing::warn!(%error, "parts of a timelapse may be left in the blob store");
            }
            return Err(ShelfError::Copy(error));
        }
        writer.shutdown().await.map_err(ShelfError::Copy)?;
        let description = serde_json::to_vec(finished).map_err(std::io::Error::other);
        let description = description.map_err(ShelfError::Copy)?;
        let path = self.path(id, "json");
        let put = self.store.put(&path, description.into()).await;
        put.map(|_| ()).map_err(ShelfError::Unavailable)
    }

    /// A film; `None` when there is none of that name, or what describes it cannot be read.
    ///
    /// # Errors
    /// [`ShelfError::Unavailable`]
    pub async fn find(&self, id: &FilmId) -> Result<Option<Finished>, ShelfError> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(0..MAX_DESCRIPTION_BYTES)),
            ..GetOptions::default()
        };
        let got = match self.store.get_opts(&self.path(id, "json"), options).await {
            Ok(got) => got,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(ShelfError::Unavailable(error)),
        };
        let bytes = got.bytes().await.map_err(ShelfError::Unavailable)?;
        match serde_json::from_slice(&bytes) {
            Ok(finished) => Ok(Some(finished)),
            Err(error) => {
                let id = id.as_str();
                tracing::warn!(%error, "the description of timelapse {id} is damaged");
                Ok(None)
            }
        }
    }

    /// The file of a film, or some of its bytes; `None` when it is gone.
    ///
    /// # Errors
    /// [`ShelfError::Unavailable`]
    pub async fn open(
        &self,
        id: &FilmId,
        finished: &Finished,
        range: Option<Range<u64>>,
    ) -> Result<Option<GetResult>, ShelfError> {
        let options = GetOptions {
            range: range.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        let path = self.path(id, &finished.film.format);
        match self.store.get_opts(&path, options).await {
            Ok(got) => Ok(Some(got)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(ShelfError::Unavailable(error)),
        }
    }

    /// Deletes the films that were done before `expired`, the oldest beyond `max_kept`, and files
    /// that belong to none. Returns how many films are kept.
    ///
    /// # Errors
    /// [`ShelfError::Unavailable`]; the rest is deleted the next time.
    pub(super) async fn clean(
        &self,
        now: UnixMs,
        keep_ms: i64,
        max_kept: usize,
    ) -> Result<usize, ShelfError> {
        let listed = self.store.list_with_delimiter(Some(&self.folder)).await;
        let objects = listed.map_err(ShelfError::Unavailable)?.objects;
        let is_description = |object: &&ObjectMeta| object.location.extension() == Some("json");
        let mut films: Vec<&ObjectMeta> = objects.iter().filter(is_description).collect();
        films.sort_by_key(|film| std::cmp::Reverse(film.last_modified));
        let age_ms = |object: &ObjectMeta| now.0 - object.last_modified.timestamp_millis();
        let kept: HashSet<&str> = films
            .iter()
            .take(max_kept)
            .filter(|film| age_ms(film) < keep_ms)
            .filter_map(|film| stem(film))
            .collect();
        // A film without its description is not there, so that goes first.
        let files = objects.iter().filter(|object| !is_description(object));
        for object in films.iter().copied().chain(files) {
            let name = stem(object).unwrap_or_default();
            let is_described = films.iter().any(|film| stem(film) == Some(name));
            let is_new = !is_described && age_ms(object) < UNFINISHED_MS;
            if !kept.contains(name) && !is_new {
                self.delete(&object.location).await?;
            }
        }
        Ok(kept.len())
    }

    async fn delete(&self, path: &Path) -> Result<(), ShelfError> {
        match self.store.delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(ShelfError::Unavailable(error)),
        }
    }

    fn path(&self, id: &FilmId, extension: &str) -> Path {
        let name = format!("{}.{extension}", id.as_str());
        self.folder.clone().join(name)
    }
}

fn stem(object: &ObjectMeta) -> Option<&str> {
    let name = object.location.filename()?;
    name.rsplit_once('.').map(|(stem, _)| stem)
}
