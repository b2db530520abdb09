//! Measuring how fast a log takes events, whichever engine holds it.

use std::sync::Arc;
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::event::{Cell, Event, PaletteIndex, PlacementMade, PlayerId, RoundId};
use crate::{Append, AppendError, EventId, EventStore, Guard, UnixMs, Version};

/// Latencies are told apart to two significant digits: with three, the histograms of a thousand
/// writers would drive everything else out of the processor's caches.
const SIGNIFICANT_DIGITS: u8 = 2;

/// Who appends, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppendLoad {
    /// Writers at the same time, each with one append in flight.
    pub writers: u32,
    /// How long each of them goes on. An append that has begun is waited for.
    pub duration: Duration,
    /// Whether each append depends on its player's last version, as a placement does.
    pub guarded: bool,
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AppendBench {
    /// Durable appends.
    pub appends: u64,
    /// Seconds from the first append's start to the last one's ack.
    pub seconds: f64,
    /// The median time from an append's start to its ack.
    pub p50: Duration,
    /// The time that 99 of 100 appends stay under.
    pub p99: Duration,
}

impl AppendBench {
    /// Durable appends in a second.
    pub fn per_second(&self) -> f64 {
        self.appends as f64 / self.seconds
    }
}

/// Appends placements to `store` as fast as it takes them. Each writer is a player of its own, new to the
/// log. The events stay in the log.
///
/// # Errors
/// The first error that any writer is given; the measurement is void then.
pub async fn bench_appends(
    store: Arc<dyn EventStore>,
    load: AppendLoad,
) -> Result<AppendBench, AppendError> {
    let run = UnixMs::now();
    let started_at = Instant::now();
    let mut writers = JoinSet::new();
    for writer in 0..load.writers {
        writers.spawn(write(Arc::clone(&store), load, run, writer));
    }
    let mut latencies = histogram();
    while let Some(ended) = writers.join_next().await {
        let of_writer =
            ended.unwrap_or_else(|ended| std::panic::resume_unwind(ended.into_panic()))?;
        latencies += of_writer;
    }
    let at_quantile = |quantile| Duration::from_micros(latencies.value_at_quantile(quantile));
    Ok(AppendBench {
        appends: latencies.len(),
        seconds: started_at.elapsed().as_secs_f64(),
        p50: at_quantile(0.5),
        p99: at_quantile(0.99),
    })
}

fn histogram() -> Histogram<u32> {
    Histogram::new(SIGNIFICANT_DIGITS).expect("two digits are lawful")
}

/// One writer's latencies, in microseconds.
async fn write(
    store: Arc<dyn EventStore>,
    load: AppendLoad,
    run: UnixMs,
    writer: u32,
) -> Result<Histogram<u32>, AppendError> {
    let mut latencies = histogram();
    let player = PlayerId::of_name(&format!("bench {} {writer}", run.0));
    let mut last = Version::ZERO;
    let until = Instant::now() + load.duration;
    for number in 0_u64.. {
        let began_at = Instant::now();
        if began_at >= until {
            break;
        }
        let bits = number.wrapping_add(player.bits());
        let append = Append {
            id: EventId::derive(&[
                b"bench",
                &run.0.to_le_bytes(),
                &player.bits().to_le_bytes(),
                &number.to_le_bytes(),
            ]),
            guard: if load.guarded {
                Guard::LastOnSubject(last)
            } else {
                Guard::None
            },
            at: run,
            event: Event::PlacementMade(PlacementMade {
                round: RoundId(1),
                player,
                cell: Cell::new((bits % 1_000) as u16, (bits / 1_000 % 1_000) as u16),
                color: PaletteIndex((bits % 32) as u8),
            }),
        };
        last = store.append(append).await?.version;
        let micros = u64::try_from(began_at.elapsed().as_micros()).unwrap_or(u64::MAX);
        let recorded = latencies.record(micros);
        recorded.expect("a histogram without bounds grows as needed");
    }
    Ok(latencies)
}
