//! A Bot API server on loopback that keeps Telegram's rules, and people who write to the bot.
//!
//! It is for tests and for trying out: what it refuses, and in which words, is what Telegram does
//! (the Bot API's reference, and what its server answers), and it misbehaves on demand.

mod books;
mod messages;
mod methods;
mod multipart;
mod person;
mod registry;
mod rules;
mod updates;
mod webhook;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use books::Books;
pub use person::{Button, Person, Shown};
pub use registry::Registry;

/// The token of the only bot.
pub const TOKEN: &str = "7342037359:test-token-of-no-bot";

/// The bot's name.
pub const BOT_NAME: &str = "pixel_test_bot";

/// How long anybody waits for anything.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// How the server misbehaves. All is well unless told otherwise.
#[derive(Clone, Debug, Default)]
pub struct Trouble {
    /// Whether the token is taken no more.
    pub is_revoked: bool,
    /// The status of every answer, when it is one of failure.
    pub status: Option<u16>,
    /// Whether requests are never answered.
    pub hangs: bool,
    /// How many messages are answered with 429 before one is taken, and the seconds to wait.
    pub too_fast: (u32, u64),
    /// Whether more than one message a second to a chat, or 30 in all, are answered with 429.
    pub has_limits: bool,
    /// Whether updates are given again although they were confirmed.
    pub repeats_updates: bool,
}

/// A running server; it stops when dropped.
pub struct FakeTelegram {
    server: Arc<Server>,
    address: SocketAddr,
    _runtime: Runtime,
}

/// What requests and people share.
struct Server {
    books: Mutex<Books>,
    /// Told whenever the books change.
    changed: Notify,
}

impl FakeTelegram {
    /// A server on a free port.
    ///
    /// # Panics
    /// When loopback has none.
    pub fn start() -> Self {
        Self::start_on(0)
    }

    /// A server on this port of loopback; 0 for any free one.
    ///
    /// # Panics
    /// When the port is taken.
    pub fn start_on(port: u16) -> Self {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", port)));
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = Arc::new(Server {
            books: Mutex::default(),
            changed: Notify::new(),
        });
        let router = methods::router(Arc::clone(&server));
        runtime.spawn(async move { axum::serve(listener, router).await });
        runtime.spawn(webhook::deliver(Arc::clone(&server)));
        Self {
            server,
            address,
            _runtime: runtime,
        }
    }

    /// Where it is, as `telegram.api_url` takes it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes how it behaves from now on.
    pub fn trouble(&self, change: impl FnOnce(&mut Trouble)) {
        change(&mut self.server.books.lock().trouble);
        self.server.changed.notify_waiters();
    }

    /// Somebody with this account and language, who has not written to the bot yet.
    pub fn person(&self, account: i64, language: &str) -> Person {
        Person::of(Arc::clone(&self.server), account, language)
    }

    /// What the bot has registered.
    pub fn registry(&self) -> Registry {
        self.server.books.lock().registry.clone()
    }

    /// How often a method was called, in the spelling of the documentation.
    pub fn calls(&self, method: &str) -> usize {
        let books = self.server.books.lock();
        books.calls.get(method).copied().unwrap_or_default()
    }

    /// Updates that wait to be fetched.
    pub fn waiting_updates(&self) -> usize {
        self.server.books.lock().updates.waiting()
    }

    /// The webhook's address, if one is set.
    pub fn webhook(&self) -> Option<String> {
        let books = self.server.books.lock();
        books.webhook.as_ref().map(|webhook| webhook.url.clone())
    }

    /// Sets a webhook as somebody else who has the token would.
    pub fn set_webhook_as_somebody_else(&self, url: &str) {
        let webhook = webhook::Webhook {
            url: url.to_owned(),
            secret: String::new(),
        };
        self.server.books.lock().webhook = Some(webhook);
        self.server.changed.notify_waiters();
    }

    /// Puts any update in the queue, as it is.
    pub fn push(&self, update: &Value) {
        self.server.push(update.clone());
    }

    /// Waits until `look` finds something.
    ///
    /// # Panics
    /// After [`DEADLINE`].
    pub fn eventually<T>(&self, what: &str, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        wait_for(what, || look(self))
    }
}

impl Server {
    fn push(&self, update: Value) {
        self.books.lock().updates.push(update);
        self.changed.notify_waiters();
    }
}

/// Waits until `look` finds something, and fails at [`DEADLINE`].
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
