//! A process that ends at any point of writing history leaves what the next one goes on from.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use event_store::{CanvasSlug, Version};
use futures_util::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use projections::history::{
    HistoryStore, HistoryStoreError, Index, Packed, Packer, Pseudonyms, chain,
};

use crate::shelf::three_rounds;
use crate::support::{Log, closed, opened, placed, size};

/// A store that dies: from one put on, none succeeds.
#[derive(Debug)]
struct Dying {
    whole: Arc<InMemory>,
    puts_left: AtomicUsize,
}

impl Dying {
    fn live(&self) -> Result<()> {
        let take = |left: usize| left.checked_sub(1);
        let taken = self
            .puts_left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
        taken.map(|_| ()).map_err(|_| object_store::Error::Generic {
            store: "dying",
            source: "the process is gone".into(),
        })
    }
}

impl fmt::Display for Dying {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a store that dies")
    }
}

#[async_trait]
impl ObjectStore for Dying {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.live()?;
        self.whole.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.live()?;
        self.whole.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.whole.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.whole.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.whole.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.whole.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.live()?;
        self.whole.copy_opts(from, to, options).await
    }
}

fn history_in(blobs: Arc<dyn ObjectStore>) -> HistoryStore {
    HistoryStore::new(blobs, &CanvasSlug::default())
}

/// Goes on where the stored history ends, as a starting server does, and returns the index at the
/// log's end.
async fn write_on(log: &Log, store: &HistoryStore) -> Result<Index, HistoryStoreError> {
    let mut index = store.index().await?.unwrap_or_default();
    let mut packer = Packer::of_empty_log();
    if let Some(last) = index.entries().last() {
        let (mut pseudonyms, mut before) = (Pseudonyms::default(), None);
        for entry in index.entries() {
            // A file that the index names is there and whole.
            store.segment(entry).await?;
            let players = store.players(entry, before).await?;
            if entry.round == last.round {
                pseudonyms.give(players);
            }
            before = Some(entry);
        }
        let keyframe = store.keyframe(last).await?;
        packer = Packer::after(last.last, last.round, keyframe, pseudonyms);
    }
    let rest = log.events.iter().skip(index.last().0 as usize);
    for recorded in rest {
        let Some(closed) = packer.push(recorded).expect("the next event") else {
            continue;
        };
        let packed = Packed::of(&closed).following(index.entries().last());
        store.put_files(&packed).await?;
        index.add(packed.entry).expect("follows");
        store.put_index(&index).await?;
    }
    Ok(index)
}

/// Rounds of some placements; what comes before the first one has a segment of its own, without a
/// keyframe.
fn log() -> Log {
    let mut log = Log::default();
    log.append(placed(1, 1, (0, 0), 1));
    for recorded in three_rounds().events {
        log.append(recorded.event);
    }
    log.append(closed(3));
    log.append(event_store::Event::RoundOpened(opened(4, size(2, 2))));
    log
}

#[tokio::test]
async fn whoever_ends_at_any_put_leaves_what_the_next_one_goes_on_from() {
    let log = log();
    let undisturbed = history_in(Arc::new(InMemory::new()));
    let expected = write_on(&log, &undisturbed).await.expect("written");
    assert_eq!(expected.entries().len(), 4);
    assert_ne!(expected.chain(), chain::BEGINNING);
    for puts in 0.. {
        let whole = Arc::new(InMemory::new());
        let dying = Dying {
            whole: Arc::clone(&whole),
            puts_left: AtomicUsize::new(puts),
        };
        match write_on(&log, &history_in(Arc::new(dying))).await {
            // Players, a segment and the index for each of four, and three keyframes.
            Ok(_) => {
                assert_eq!(puts, 4 * 3 + 3);
                return;
            }
            Err(error) => assert!(matches!(error, HistoryStoreError::Unavailable { .. })),
        }
        let left = history_in(whole.clone()).index().await.expect("an index");
        assert!(left.is_none_or(|index| expected.entries().starts_with(index.entries())));
        let index = write_on(&log, &history_in(whole.clone())).await;
        assert_eq!(index.expect("written"), expected, "after {puts} puts");
        let stored = history_in(whole.clone()).index().await.expect("read");
        assert_eq!(stored.as_ref(), Some(&expected));
        let index_file = Path::from("main/history/index.json");
        assert!(whole.head(&index_file).await.is_ok());
    }
}

/// The same within a round of several segments, where pseudonyms and the canvas go on.
#[tokio::test]
async fn a_round_of_several_segments_goes_on_with_its_pseudonyms() {
    let mut log = Log::with_round(size(4, 4));
    for number in 0..150_000u32 {
        let cell = ((number % 4) as u16, (number / 4 % 4) as u16);
        let by = u64::from(number / 700 % 150);
        log.append(placed(1, by, cell, (number % 7) as u8));
    }
    let undisturbed = history_in(Arc::new(InMemory::new()));
    let expected = write_on(&log, &undisturbed).await.expect("written");
    let lasts = expected.entries().iter().map(|entry| entry.last);
    assert_eq!(
        lasts.collect::<Vec<_>>(),
        [Version(65_536), Version(131_072)]
    );
    for puts in [0, 3, 4, 7] {
        let whole = Arc::new(InMemory::new());
        let dying = Dying {
            whole: Arc::clone(&whole),
            puts_left: AtomicUsize::new(puts),
        };
        let died = write_on(&log, &history_in(Arc::new(dying))).await;
        died.expect_err("the store is gone");
        let index = write_on(&log, &history_in(whole)).await;
        assert_eq!(index.expect("written"), expected, "after {puts} puts");
    }
}
