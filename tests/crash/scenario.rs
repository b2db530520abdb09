//! 200 players and three viewers, while something is killed again and again.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::log::{LoggedEvent, read_all};
use crate::placers::{Placer, WIDTH};
use crate::server::{Log, Server};
use crate::watcher::{Watcher, newest_snapshot};

const PLACERS: u16 = 200;
const WATCHERS: u16 = 3;

/// How many placements are answered before each kill, and after the last one.
const ACKS_BETWEEN_KILLS: u64 = 1_000;

/// How long that may take.
const ACKS_WITHIN: Duration = Duration::from_secs(60);

/// What is killed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Victim {
    /// The server of the game.
    Server,
    /// The nats-server that holds the log.
    Nats,
}

/// Kills, and checks that nothing was lost, doubled or forgotten.
pub(crate) async fn survives(log: Log, victim: Victim, kills: u32) {
    let settings = [
        ("CANVAS__WIDTH", WIDTH),
        ("CANVAS__HEIGHT", PLACERS),
        ("CANVAS__REGAIN_MS", 0),
    ];
    let settings = settings.map(|(key, value)| (key, value.to_string()));
    let mut server = Server::start(log, settings.into()).await;
    let placers = join((0..PLACERS).map(|row| Placer::enter(server.address(), row))).await;
    let names = (0..WATCHERS).map(|number| format!("Viewer {number}"));
    let watchers = join(names.map(|name| {
        let address = server.address();
        async move { Watcher::enter(address, &name).await }
    }))
    .await;

    let stop = CancellationToken::new();
    let (count, mut acks) = watch::channel(0);
    let (last, until) = watch::channel(None);
    let token = stop.clone();
    let placing = tokio::spawn(join(
        placers
            .into_iter()
            .map(move |placer| placer.place_until(token.clone(), count.clone())),
    ));
    let watching = tokio::spawn(join(
        watchers
            .into_iter()
            .map(move |watcher| watcher.watch(until.clone())),
    ));
    for _ in 0..kills {
        more_acks(&mut acks).await;
        kill(&mut server, victim).await;
    }
    more_acks(&mut acks).await;
    stop.cancel();
    let mut placers = placing.await.unwrap();

    let mut client = Client::new(server.address());
    let log = read_all(&mut client).await;
    for placer in &placers {
        placer.check(&log);
    }
    let acked: usize = placers.iter().map(Placer::acked).sum();
    assert_eq!(log.len(), acked + 1, "a round and the placements");
    last.send_replace(Some(log.len() as u64));
    let watchers = watching.await.unwrap();

    // A server that starts publishes a snapshot of the log's end.
    server.kill().await;
    server.restart().await;
    join(placers.iter_mut().map(Placer::repeat_last)).await;
    let snapshot = newest_snapshot(&mut client).await;
    assert_eq!(snapshot.version.0, log.len() as u64);
    assert!(snapshot.grid.cells() == painted(&log));
    for watcher in watchers {
        assert_eq!(watcher.version(), log.len() as u64);
        assert!(watcher.cells() == snapshot.grid.cells());
        let openings = match victim {
            Victim::Server => kills + 1,
            Victim::Nats => 1,
        };
        assert_eq!(watcher.openings, openings);
    }
    assert_eq!(read_all(&mut client).await.len(), log.len());
}

/// Waits for more answers. There are none when a player has failed: all of them end then.
async fn more_acks(acks: &mut watch::Receiver<u64>) {
    let wanted = *acks.borrow() + ACKS_BETWEEN_KILLS;
    let is_reached = {
        let reached = timeout(ACKS_WITHIN, acks.wait_for(|acks| *acks >= wanted)).await;
        matches!(reached, Ok(Ok(_)))
    };
    assert!(is_reached, "{} of {wanted} answers", *acks.borrow());
}

async fn kill(server: &mut Server, victim: Victim) {
    match victim {
        Victim::Server => {
            server.kill().await;
            server.restart().await;
        }
        Victim::Nats => {
            server.nats().kill();
            server.nats().restart().await;
            server.assert_running();
        }
    }
}

/// The cells after all events of the log, painted by hand.
fn painted(log: &[LoggedEvent]) -> Vec<u8> {
    /// White, the last colour of the default palette.
    const BACKGROUND: u8 = 31;
    let mut cells = vec![BACKGROUND; usize::from(WIDTH) * usize::from(PLACERS)];
    for event in log.iter().filter(|event| event.kind == "PlacementMade") {
        let (x, y) = (event.x.unwrap(), event.y.unwrap());
        let index = usize::from(y) * usize::from(WIDTH) + usize::from(x);
        cells[index] = event.color.unwrap();
    }
    cells
}

/// Waits for all of them, side by side.
async fn join<T: Send + 'static>(
    futures: impl Iterator<Item = impl Future<Output = T> + Send>,
) -> Vec<T> {
    futures_util::future::join_all(futures).await
}
