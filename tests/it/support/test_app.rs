//! A real gateway in this process: on a free port of loopback, its data in a folder of its own.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use event_store::event::PlacementMade;
use event_store::sqlite::EmbeddedStore;
use event_store::{
    Append, Cell, Event, EventId, EventStore as _, Guard, PaletteIndex, PlayerId, RoundId, UnixMs,
    Version,
};
use metrics_exporter_prometheus::PrometheusHandle;
use pixelwars::accounts::AccountStore;
use pixelwars::auth::{
    KeyRing, SessionRules, SignIn, SignedIn, TokenRules, TokenSession, TokenSigner,
};
use pixelwars::config::{Config, Sources};
use pixelwars::players::{LoginSessionId, Player, PlayerStore, SessionNumber};
use pixelwars::rounds::{RoundPlan, open_round};
use pixelwars::server::{self, Running};
use pixelwars::telemetry;
use projections::Canvas;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::actor::Actor;

/// Settings of every test that it does not set itself: a small canvas, no cooldown.
const SMALL: &[(&str, &str)] = &[
    ("listen", "127.0.0.1:0"),
    ("roles", "gateway,projector"),
    ("canvas.width", "32"),
    ("canvas.height", "24"),
    ("canvas.regain_ms", "0"),
    ("feed.shards", "1"),
];

/// A running gateway. Dropping it gives up its connections and deletes its data.
pub(crate) struct TestApp {
    running: Option<Running>,
    address: SocketAddr,
    settings: Vec<(String, String)>,
    /// A second handle on the log, as another process has; opened at first use.
    log: OnceLock<EmbeddedStore>,
    runtime: Runtime,
    folder: Arc<TempDir>,
}

impl TestApp {
    /// A gateway on a small canvas without cooldown.
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// The same, with further settings.
    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        Self::in_folder(Arc::new(TempDir::new().unwrap()), settings)
    }

    /// Another gateway beside this one: the same data, and the same settings but for `settings`.
    pub(crate) fn neighbour(&self, settings: &[(&str, &str)]) -> Self {
        let own = self.settings.iter();
        let mut all: Vec<(&str, &str)> = own.map(|(key, value)| (&**key, &**value)).collect();
        all.extend(settings);
        Self::in_folder(Arc::clone(&self.folder), &all)
    }

    fn in_folder(folder: Arc<TempDir>, settings: &[(&str, &str)]) -> Self {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
        let data_dir = folder.path().to_string_lossy().into_owned();
        let all = SMALL.iter().chain(settings);
        let mut settings: Vec<_> = all
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        settings.push(("data_dir".to_owned(), data_dir));
        let running = run(&runtime, &settings);
        Self {
            address: running.address().unwrap(),
            running: Some(running),
            settings,
            log: OnceLock::new(),
            folder,
            runtime,
        }
    }

    /// Stops the gateway in order, as SIGTERM does.
    pub(crate) fn stop(&mut self) {
        let running = self.running.take().expect("it runs");
        self.runtime.block_on(running.stop());
    }

    /// Stops the gateway and starts it anew on the same data, on another port.
    pub(crate) fn restart(&mut self) {
        self.stop();
        self.start_again();
    }

    /// The same with further settings.
    pub(crate) fn restart_with(&mut self, settings: &[(&str, &str)]) {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        self.settings.extend(settings.iter().map(owned));
        self.restart();
    }

    /// Starts a gateway that was stopped, on another port.
    pub(crate) fn start_again(&mut self) {
        let running = run(&self.runtime, &self.settings);
        self.address = running.address().unwrap();
        self.running = Some(running);
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its data is.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Somebody who is not signed in.
    pub(crate) fn guest(&self) -> Actor {
        Actor::guest(self.address, self.runtime.handle().clone())
    }

    /// Somebody who has signed in with a name.
    pub(crate) fn afk_player(&self, name: &str) -> Actor {
        Actor::sign_in(self.address, self.runtime.handle().clone(), name)
    }

    /// Somebody who has signed in with a name and taken a seat.
    pub(crate) fn player(&self, name: &str) -> Actor {
        let player = self.afk_player(name);
        assert_eq!(player.play()["status"], "playing");
        player
    }

    /// Somebody whose access token was signed by this gateway's key at `issued_at`.
    pub(crate) fn player_since(&self, issued_at: UnixMs) -> Actor {
        let id = PlayerId::of_name("of old");
        let name = "of old".parse().unwrap();
        let of = TokenSession {
            login_session: LoginSessionId::from_bytes([0; 16]),
            session: SessionNumber(1),
        };
        let signed = self.signer().sign(&Player { id, name }, of, issued_at);
        self.guest().with_token(&signed.unwrap().token, id)
    }

    /// Somebody who has signed in with a name at `at`, for a week.
    pub(crate) fn signed_in_since(&self, at: UnixMs) -> SignedIn {
        let file = self.folder.path().join("pixelwars.db");
        let url = format!("sqlite:{}", file.display());
        let rules = SessionRules {
            allows_anonymous: true,
            refresh_ttl_s: 604_800,
            login_session_max_s: 2_592_000,
        };
        self.runtime.block_on(async {
            let players = PlayerStore::open(url.parse().unwrap()).await.unwrap();
            let sign_in = SignIn::new(AccountStore::of(&players), self.signer(), rules);
            sign_in.anonymous("of old", at).await.unwrap()
        })
    }

    /// The key that signs, as its file holds it.
    pub(crate) fn signing_key_pem(&self) -> String {
        let keys = std::fs::read_dir(self.folder.path().join("keys")).unwrap();
        let mut keys: Vec<_> = keys
            .map(|file| file.unwrap().path())
            .filter(|file| file.extension().is_some_and(|ending| ending == "pem"))
            .collect();
        keys.sort();
        std::fs::read_to_string(keys.last().unwrap()).unwrap()
    }

    /// Makes a new key, as `pixelwars admin rotate-key` does.
    pub(crate) fn rotate_key(&self) {
        KeyRing::rotate(self.folder.path(), UnixMs::now()).unwrap();
    }

    /// Signs as this gateway does.
    fn signer(&self) -> TokenSigner {
        let keys = KeyRing::open(self.folder.path(), UnixMs::now()).unwrap();
        let rules = TokenRules {
            issuer: "pixelwars".to_owned(),
            audience: "pixelwars".to_owned(),
            ttl_s: 900,
        };
        TokenSigner::new(keys, rules)
    }

    /// Appends an event at `at` through a second handle on the log, as another process does, and
    /// waits until the gateway shows it.
    pub(crate) fn append_at(&self, at: UnixMs, event: Event) -> Version {
        let version = self.append_unseen(at, event);
        self.guest().see(version);
        version
    }

    /// The same, now.
    pub(crate) fn append(&self, event: Event) -> Version {
        self.append_at(UnixMs::now(), event)
    }

    /// The same, without waiting for the gateway.
    pub(crate) fn append_unseen(&self, at: UnixMs, event: Event) -> Version {
        static APPENDS: AtomicU64 = AtomicU64::new(0);
        let number = APPENDS.fetch_add(1, Ordering::Relaxed);
        let append = Append {
            id: EventId::derive(&[b"test", &number.to_le_bytes()]),
            guard: Guard::None,
            at,
            event,
        };
        self.runtime
            .block_on(self.log().append(append))
            .unwrap()
            .version
    }

    /// Opens the next round as `pixelwars round open --replace` does.
    pub(crate) fn open_round(&self, plan: &RoundPlan) -> Version {
        let mut canvas = Canvas::new();
        let opened = open_round(self.log(), &mut canvas, plan, true, UnixMs::now());
        self.runtime.block_on(opened).unwrap().1.version
    }

    /// What a round opens with by this gateway's settings.
    pub(crate) fn round_plan(&self) -> RoundPlan {
        server::round_plan(&config(&self.settings))
    }

    fn log(&self) -> &EmbeddedStore {
        self.log.get_or_init(|| {
            let path = self.folder.path().join("events.db");
            self.runtime.block_on(EmbeddedStore::open(&path)).unwrap()
        })
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // Tests that are not about stopping need not wait for it.
        let _context = self.runtime.enter();
        drop((self.running.take(), self.log.take()));
    }
}

/// An event of a placement in round 1.
pub(crate) fn placement(player: PlayerId, x: u16, y: u16, color: u8) -> Event {
    Event::PlacementMade(PlacementMade {
        round: RoundId(1),
        player,
        cell: Cell::new(x, y),
        color: PaletteIndex(color),
    })
}

fn config(settings: &[(String, String)]) -> Config {
    let sources = Sources {
        options: settings.to_vec(),
        ..Sources::default()
    };
    Config::load(&sources).expect("the settings are lawful")
}

fn run(runtime: &Runtime, settings: &[(String, String)]) -> Running {
    let started = server::start(config(settings), metrics());
    runtime.block_on(started).expect("the gateway starts")
}

/// The recorder of this process: there can be only one.
fn metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let start = || telemetry::start_metrics().unwrap();
    HANDLE.get_or_init(start).clone()
}
