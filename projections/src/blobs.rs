//! Blobs that are named by a version, in one folder of an object store.

use std::sync::Arc;

use bytes::Bytes;
use event_store::{CanvasSlug, Version};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

/// One blob per version: `<slug>/<kind>/<version, 20 digits><suffix>`. Names sort as versions do.
///
/// An object store puts a blob as a whole or not at all: a directory by renaming a finished file.
#[derive(Clone, Debug)]
pub(crate) struct VersionedBlobs {
    store: Arc<dyn ObjectStore>,
    folder: Path,
    suffix: &'static str,
}

impl VersionedBlobs {
    pub(crate) fn new(
        store: Arc<dyn ObjectStore>,
        canvas: &CanvasSlug,
        kind: &'static str,
        suffix: &'static str,
    ) -> Self {
        let folder = Path::from_iter([canvas.as_str(), kind]);
        Self {
            store,
            folder,
            suffix,
        }
    }

    pub(crate) async fn put(&self, version: Version, bytes: Vec<u8>) -> object_store::Result<()> {
        self.store.put(&self.path(version), bytes.into()).await?;
        Ok(())
    }

    pub(crate) async fn get(&self, version: Version) -> object_store::Result<Option<Bytes>> {
        match self.store.get(&self.path(version)).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Deletes a blob; one that is gone already is no error.
    pub(crate) async fn delete(&self, version: Version) -> object_store::Result<()> {
        match self.store.delete(&self.path(version)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The versions of the blobs, lowest first. Other files in the folder are not looked at.
    pub(crate) async fn versions(&self) -> object_store::Result<Vec<Version>> {
        let listed = self.store.list_with_delimiter(Some(&self.folder)).await?;
        let names = listed
            .objects
            .iter()
            .filter_map(|object| object.location.filename());
        let mut versions: Vec<Version> = names.filter_map(|name| self.version_of(name)).collect();
        versions.sort_unstable();
        Ok(versions)
    }

    fn path(&self, version: Version) -> Path {
        self.folder
            .clone()
            .join(format!("{:020}{}", version.0, self.suffix))
    }

    fn version_of(&self, name: &str) -> Option<Version> {
        let digits = name.strip_suffix(self.suffix)?;
        let is_ours = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_ours.then(|| digits.parse().ok()).flatten().map(Version)
    }
}
