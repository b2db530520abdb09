//! What only the JetStream engine has: the stream's settings, its limits, and foreign messages.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::future::Future;
use std::num::NonZeroU64;
use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};
use event_store::event::{Cell, PaletteIndex, PlacementMade, PlayerBanned, PlayerId, RoundId};
use event_store::jetstream::{JetStreamOptions, JetStreamStore};
use event_store::testing::NatsServer;
use event_store::{
    Append, AppendError, CanvasSlug, Event, EventId, EventStore, Guard, MAX_EVENT_BYTES, OpenError,
    ReadError, SubscribeError, UnixMs, Version,
};

async fn within<T>(step: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), step)
        .await
        .expect("step took too long")
}

fn options(server: &NatsServer) -> JetStreamOptions {
    JetStreamOptions::new(&server.url(), CanvasSlug::default()).unwrap()
}

fn append(number: u16, guard: Guard) -> Append {
    Append {
        id: EventId::derive(&[b"jetstream test", &number.to_le_bytes()]),
        guard,
        at: UnixMs(number.into()),
        event: Event::PlacementMade(PlacementMade {
            round: RoundId(1),
            player: PlayerId::from_bits(number.into()),
            cell: Cell::new(number, 0),
            color: PaletteIndex(0),
        }),
    }
}

fn large(number: u16, bytes: usize) -> Append {
    Append {
        event: Event::PlayerBanned(PlayerBanned {
            player: PlayerId::from_bits(1),
            until: None,
            by: None,
            reason: "x".repeat(bytes),
        }),
        ..append(number, Guard::None)
    }
}

/// A client beside the engine's own, as an operator's tool has.
async fn context(server: &NatsServer) -> jetstream::Context {
    jetstream::new(async_nats::connect(server.url()).await.unwrap())
}

#[tokio::test]
async fn a_missing_stream_is_created_and_found_again() {
    let server = NatsServer::start().await;
    let first = JetStreamStore::connect(options(&server)).await.unwrap();
    first.append(append(1, Guard::None)).await.unwrap();
    let second = JetStreamStore::connect(options(&server)).await.unwrap();
    assert_eq!(second.last().await.unwrap(), Version(1));
    let mut stream = context(&server)
        .await
        .get_stream("CANVAS_main")
        .await
        .unwrap();
    let config = stream.info().await.unwrap().config.clone();
    assert_eq!(
        config.subjects,
        ["canvas.main.place.*", "canvas.main.admin"]
    );
}

#[tokio::test]
async fn a_stream_with_other_settings_is_refused_by_name() {
    type Change = fn(&mut Config);
    let changes: [(&str, Change); 10] = [
        ("subjects", |config| config.subjects.truncate(1)),
        ("storage", |config| {
            config.storage = StorageType::Memory;
            config.compression = None;
            config.max_bytes = 1 << 20;
        }),
        ("discard", |config| config.discard = DiscardPolicy::Old),
        ("compression", |config| config.compression = None),
        ("max_age", |config| {
            config.max_age = Duration::from_secs(3_600)
        }),
        ("max_msgs", |config| config.max_messages = 1_000),
        ("deny_delete", |config| config.deny_delete = false),
        ("allow_atomic", |config| config.allow_atomic_publish = false),
        ("max_bytes", |config| config.max_bytes = 1 << 20),
        ("first_seq", |config| config.first_sequence = Some(5)),
    ];
    let server = NatsServer::start().await;
    let context = context(&server).await;
    for ((setting, change), number) in changes.into_iter().zip(1..) {
        let mut options = options(&server);
        options.max_bytes = NonZeroU64::new(8 << 20).unwrap();
        let store = JetStreamStore::connect(options.clone()).await.unwrap();
        let mut stream = context.get_stream("CANVAS_main").await.unwrap();
        let mut config = stream.info().await.unwrap().config.clone();
        store.close().await;

        // A canvas of its own: the server removes a deleted stream's files in its own time.
        options.canvas = format!("canvas-{number}").parse().unwrap();
        let slug = options.canvas.as_str();
        config.name = config.name.replace("main", slug);
        for subject in &mut config.subjects {
            *subject = subject.replace("main", slug);
        }
        change(&mut config);
        context.create_stream(config).await.unwrap();
        match JetStreamStore::connect(options).await {
            Err(OpenError::Drift { setting: named, .. }) => assert_eq!(named, setting),
            other => panic!("{setting}: {:?}", other.err()),
        }
    }
}

#[tokio::test]
async fn a_full_log_refuses_appends() {
    let server = NatsServer::start().await;
    let mut options = options(&server);
    options.max_bytes = NonZeroU64::new(256 << 10).unwrap();
    let store = JetStreamStore::connect(options).await.unwrap();
    store.append(large(1, 200_000)).await.unwrap();
    let answer = within(store.append(large(2, 200_000))).await;
    assert!(
        matches!(answer, Err(AppendError::Refused { .. })),
        "{answer:?}"
    );
    assert_eq!(store.last().await.unwrap(), Version(1));
}

#[tokio::test]
async fn a_guarded_retry_after_the_duplicate_window_finds_its_own_event() {
    let server = NatsServer::start().await;
    let mut options = options(&server);
    options.duplicate_window = Duration::from_millis(200);
    let store = JetStreamStore::connect(options).await.unwrap();
    let guarded = append(1, Guard::LastOnSubject(Version::ZERO));
    let appended = store.append(guarded.clone()).await.unwrap();

    // Without a guard an id is stored again once it is forgotten: so the window is known to be over.
    let unguarded = append(2, Guard::None);
    let first = store.append(unguarded.clone()).await.unwrap();
    within(async { while store.append(unguarded.clone()).await.unwrap() == first {} }).await;

    let events = store.last().await.unwrap();
    assert_eq!(store.append(guarded).await.unwrap(), appended);
    assert_eq!(store.last().await.unwrap(), events);
}

#[tokio::test]
async fn a_foreign_message_is_named_as_damage() {
    let server = NatsServer::start().await;
    let store = JetStreamStore::connect(options(&server)).await.unwrap();
    store.append(append(1, Guard::None)).await.unwrap();
    let context = context(&server).await;
    let ack = context
        .publish("canvas.main.admin", "no event".into())
        .await;
    assert_eq!(ack.unwrap().await.unwrap().sequence, 2);

    let answer = store.read(Version(1), 10).await;
    assert!(matches!(
        answer,
        Err(ReadError::Corrupt {
            version: Version(2),
            ..
        })
    ));
    assert_eq!(store.read(Version(1), 1).await.unwrap().len(), 1);

    let mut subscription = store.subscribe(Version(1)).await.unwrap();
    let events = within(subscription.next()).await.unwrap();
    assert_eq!(events.len(), 1);
    let answer = within(subscription.next()).await;
    assert!(matches!(
        answer,
        Err(SubscribeError::Corrupt {
            version: Version(2),
            ..
        })
    ));
}

#[tokio::test]
async fn many_events_of_the_largest_size_are_read_and_followed() {
    const EVENTS: u16 = 24;
    let server = NatsServer::start().await;
    let store = JetStreamStore::connect(options(&server)).await.unwrap();
    for number in 1..=EVENTS {
        store
            .append(large(number, MAX_EVENT_BYTES - 100))
            .await
            .unwrap();
    }
    let mut subscription = store.subscribe(Version(1)).await.unwrap();
    let (mut read, mut followed) = (Vec::new(), Vec::new());
    while read.len() < usize::from(EVENTS) {
        let next = Version(read.len() as u64 + 1);
        let page = within(store.read(next, usize::MAX)).await.unwrap();
        assert!(!page.is_empty());
        read.extend(page);
    }
    while followed.len() < usize::from(EVENTS) {
        followed.extend(within(subscription.next()).await.unwrap());
    }
    assert!(read == followed);
}

#[tokio::test]
async fn a_password_in_the_address_lets_in_and_is_not_shown() {
    let server = NatsServer::start_with("password.conf").await;
    let address = |password: &str| {
        let port = server.port();
        let servers = format!("nats://gateway:{password}@127.0.0.1:{port}");
        let mut options = JetStreamOptions::new(&servers, CanvasSlug::default()).unwrap();
        options.give_up_after = Duration::from_millis(500);
        options
    };
    let right = address("only%20for%20tests");
    assert!(!format!("{right:?}").contains("only"));
    let store = JetStreamStore::connect(right).await.unwrap();
    store.append(append(1, Guard::None)).await.unwrap();
    let refused = JetStreamStore::connect(address("wrong")).await;
    assert!(matches!(refused.err(), Some(OpenError::Unavailable { .. })));
}

#[tokio::test]
async fn a_log_on_an_absent_server_could_not_be_opened() {
    let mut server = NatsServer::start().await;
    server.stop().await;
    let mut options = options(&server);
    options.give_up_after = Duration::from_millis(500);
    let refused = within(JetStreamStore::connect(options)).await;
    assert!(matches!(refused.err(), Some(OpenError::Unavailable { .. })));
}

#[test]
fn addresses_that_cannot_be_read_are_named_by_their_place() {
    let refused = JetStreamOptions::new("nats://host, nats://:secret@:x", CanvasSlug::default());
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("address 2") && !text.contains("secret"));
}
