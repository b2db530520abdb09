//! The books of the queue.

use event_store::event::Size;
use event_store::{CanvasSlug, Palette, Rgb, RoundId, Version};

use super::*;
use crate::timelapse::{Format, Range, TimelapseRequest};

const ADA: PlayerId = PlayerId::from_bits(1);
const BOB: PlayerId = PlayerId::from_bits(2);

fn work(to: u64) -> Work {
    let range = Range {
        round: RoundId(1),
        from: Version(1),
        to: Version(to),
        begins_at: UnixMs(0),
        ends_at: UnixMs(1_000),
        size: Size::new(4, 4).unwrap(),
        palette: Palette::new(vec![Rgb([0; 3])]).unwrap(),
    };
    let film = Film::plan(&TimelapseRequest::new(Format::Gif), range).unwrap();
    Work {
        id: FilmId::of(&film, &CanvasSlug::default()),
        film,
        rounds: Arc::new([]),
        requested_at: UnixMs(5),
        frames: Arc::new(AtomicU32::new(0)),
        cancelled: CancellationToken::new(),
    }
}

fn status(book: &Book, work: &Work) -> Option<JobStatus> {
    book.job(&work.id).map(|job| job.status)
}

#[test]
fn films_are_rendered_one_after_another_and_forgotten_when_done() {
    let mut book = Book::new(2);
    let (first, second) = (work(1), work(2));
    book.queue(first.clone(), ADA).unwrap();
    book.queue(second.clone(), BOB).unwrap();
    assert_eq!(status(&book, &second), Some(JobStatus::Queued { ahead: 1 }));
    let begun = book.begin_next().unwrap();
    assert_eq!(begun.id, first.id);
    begun.frames.store(7, Ordering::Relaxed);
    assert_eq!(
        status(&book, &first),
        Some(JobStatus::Rendering { frames: 7 })
    );
    assert_eq!(status(&book, &second), Some(JobStatus::Queued { ahead: 1 }));
    assert!(book.begin_next().is_none());
    book.end(&begun, Ok(()));
    assert_eq!(status(&book, &first), None);
    assert_eq!(status(&book, &second), Some(JobStatus::Queued { ahead: 0 }));
    let begun = book.begin_next().unwrap();
    book.end(&begun, Err(Failure::TooSlow));
    let failed = JobStatus::Failed(Failure::TooSlow);
    assert_eq!(status(&book, &second), Some(failed));
    book.queue(second.clone(), BOB).unwrap();
    assert_eq!(status(&book, &second), Some(JobStatus::Queued { ahead: 0 }));
}

#[test]
fn a_player_waits_for_one_film_and_the_queue_has_an_end() {
    let mut book = Book::new(2);
    book.queue(work(1), ADA).unwrap();
    assert_eq!(book.queue(work(2), ADA).err(), Some(NoRoom::Pending));
    assert!(book.join(&work(1).id, BOB).is_some());
    assert_eq!(book.check_room(BOB), Err(NoRoom::Pending));
    book.queue(work(2), PlayerId::from_bits(3)).unwrap();
    let full = book.queue(work(3), PlayerId::from_bits(4)).err();
    assert_eq!((full, book.queued()), (Some(NoRoom::Full), 2));
}

#[test]
fn a_film_ends_when_nobody_wants_it_any_more() {
    let mut book = Book::new(2);
    let wanted = work(1);
    book.queue(wanted.clone(), ADA).unwrap();
    book.join(&wanted.id, BOB).unwrap();
    let stranger = book.cancel(&wanted.id, PlayerId::from_bits(3));
    assert_eq!(stranger, Err(NotCancelled::NotYours));
    let left = book.cancel(&wanted.id, ADA).unwrap();
    assert_eq!(left.status, JobStatus::Queued { ahead: 0 });
    let begun = book.begin_next().unwrap();
    assert_eq!(
        book.cancel(&wanted.id, BOB).unwrap().status,
        JobStatus::Cancelled
    );
    assert!(begun.cancelled.is_cancelled());
    // Asked for anew while the old rendering still ends.
    let anew = work(1);
    book.queue(anew.clone(), ADA).unwrap();
    assert!(book.begin_next().is_none());
    book.end(&begun, Err(Failure::Fault));
    assert_eq!(status(&book, &anew), Some(JobStatus::Queued { ahead: 0 }));
    assert!(!book.begin_next().unwrap().cancelled.is_cancelled());
    let unknown = book.cancel(&work(9).id, ADA);
    assert_eq!(unknown, Err(NotCancelled::Unknown));
}

#[test]
fn a_film_leaves_the_queue_when_it_is_cancelled_and_is_remembered_for_a_while() {
    let mut book = Book::new(1);
    for to in 1..=u64::try_from(MAX_REMEMBERED).unwrap() + 1 {
        book.queue(work(to), ADA).unwrap();
        book.cancel(&work(to).id, ADA).unwrap();
    }
    assert_eq!((book.queued(), book.entries.len()), (0, MAX_REMEMBERED));
    assert_eq!(status(&book, &work(1)), None);
    assert_eq!(status(&book, &work(2)), Some(JobStatus::Cancelled));
}
