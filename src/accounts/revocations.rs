//! The login sessions that were ended before their time, in memory: what every request with an
//! access token is compared with.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use event_store::UnixMs;
use metrics::{counter, gauge};
use parking_lot::RwLock;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::error::AccountsUnavailable;
use super::login_sessions::{RevocationCursor, RevokedSession};
use super::store::AccountStore;
use crate::players::LoginSessionId;

/// The most revocations remembered, at some 60 bytes each: with tokens of 15 minutes, 260 a second.
/// Beyond that the oldest are forgotten, and all tokens of their time with them.
pub const MAX_REVOCATIONS: usize = 250_000;

/// How many revocations a subscriber may be behind before it misses some.
pub const MAX_UNREAD_REVOCATIONS: usize = 1_024;

/// How often the store is asked: twice in the second within which a revocation has to bite.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Revocations read from the store at a time.
const PAGE: u32 = 1_000;

/// How often login sessions that are over are deleted.
const PURGE_EVERY: Duration = Duration::from_secs(600);

/// How many of each kind are deleted at a time: some milliseconds of work.
const PURGED_AT_ONCE: u32 = 1_000;

/// How long a login session that has expired is kept, in milliseconds, so that its holder is told
/// what became of it: a day.
const EXPIRED_KEPT_MS: i64 = 86_400_000;

/// How long a revoked one is kept beyond the life of its access tokens, in milliseconds: the time
/// for which a gateway can be cut off from the store and still learn of it.
const REVOKED_KEPT_MS: i64 = 3_600_000;

/// What may be done with an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationState {
    /// Its login session goes on.
    Live,
    /// Its login session was ended.
    Revoked,
    /// It is of a time of which too many revocations came to remember them all: a newer token will
    /// tell.
    Unknown,
}

/// How long revocations matter.
#[derive(Clone, Copy, Debug)]
pub struct RevocationsOptions {
    /// How long an access token can be accepted after its issue, in milliseconds.
    pub token_life_ms: i64,
    /// How far the clocks of two gateways may be apart, in milliseconds.
    pub clock_skew_ms: i64,
    /// The most remembered, at least 1; [`MAX_REVOCATIONS`] but in tests.
    pub capacity: usize,
}

/// The revocations of the last while, of all gateways.
#[derive(Debug)]
pub struct Revocations {
    options: RevocationsOptions,
    inner: RwLock<Inner>,
    told: broadcast::Sender<RevokedSession>,
}

#[derive(Debug, Default)]
struct Inner {
    /// When each was ended.
    sessions: HashMap<LoginSessionId, UnixMs>,
    /// The keys of `sessions`, in the order they came, with when they can be forgotten.
    order: VecDeque<(LoginSessionId, UnixMs)>,
    /// Tokens issued up to then may be of a session whose revocation was forgotten too early.
    unknown_until: Option<UnixMs>,
}

impl Revocations {
    /// None yet.
    pub fn new(options: RevocationsOptions) -> Self {
        Self {
            options,
            inner: RwLock::default(),
            told: broadcast::channel(MAX_UNREAD_REVOCATIONS).0,
        }
    }

    /// Whether access tokens of this login session, issued then, still hold.
    pub fn state_of(&self, session: LoginSessionId, issued_at: UnixMs) -> RevocationState {
        let inner = self.inner.read();
        if inner.sessions.contains_key(&session) {
            RevocationState::Revoked
        } else if inner.unknown_until.is_some_and(|until| issued_at <= until) {
            RevocationState::Unknown
        } else {
            RevocationState::Live
        }
    }

    /// Every revocation from now on, each once, whichever gateway it came from: for what holds
    /// something open on behalf of a session, such as a socket. Whoever is more than
    /// [`MAX_UNREAD_REVOCATIONS`] behind gets `Lagged` and has to ask
    /// [`state_of`](Self::state_of) for all that it holds.
    pub fn subscribe(&self) -> broadcast::Receiver<RevokedSession> {
        self.told.subscribe()
    }

    /// Takes note of a revocation. Nothing happens when it is known.
    pub fn note(&self, revoked: RevokedSession, now: UnixMs) {
        let mut guard = self.inner.write();
        let inner = &mut *guard;
        if inner.sessions.contains_key(&revoked.login_session) {
            return;
        }
        while let Some((oldest, forget_at)) = inner.order.front().copied()
            && (forget_at <= now || inner.sessions.len() >= self.options.capacity)
        {
            inner.order.pop_front();
            let revoked_at = inner.sessions.remove(&oldest);
            if forget_at > now {
                counter!("canvas_revocations_forgotten_total").increment(1);
                let until = revoked_at.map(|at| at.plus_ms(self.options.clock_skew_ms));
                inner.unknown_until = inner.unknown_until.max(until);
            }
        }
        let forget_at = now.plus_ms(self.options.token_life_ms);
        let session = revoked.login_session;
        inner.sessions.insert(session, revoked.revoked_at);
        inner.order.push_back((session, forget_at));
        gauge!("canvas_revocations").set(inner.sessions.len() as f64);
        // Told while others wait, so that no two tell the same. Nobody may be listening.
        let _ = self.told.send(revoked);
    }

    /// Reads the revocations after `cursor`, and tells how far it has come.
    ///
    /// # Errors
    /// [`AccountsUnavailable`]; what was read until then is noted, and can be read again.
    pub async fn catch_up(
        &self,
        accounts: &AccountStore,
        mut cursor: RevocationCursor,
        now: UnixMs,
    ) -> Result<RevocationCursor, AccountsUnavailable> {
        loop {
            let (page, next) = accounts.revocations_after(&cursor, PAGE).await?;
            let matters_since = now.plus_ms(-self.options.token_life_ms);
            let matter = page.iter().filter(|one| one.revoked_at > matters_since);
            matter.for_each(|one| self.note(*one, now));
            cursor = next;
            // Each page is of rows that are there, and a row is on one page: it ends.
            if page.len() < PAGE as usize {
                return Ok(cursor);
            }
        }
    }

    /// Reads what the other gateways revoke, twice a second, and deletes login sessions that are
    /// over, until `stopping`. While the store cannot be reached, what is known stays in force.
    pub async fn follow(
        &self,
        accounts: AccountStore,
        mut cursor: RevocationCursor,
        stopping: CancellationToken,
    ) {
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut purge_at = UnixMs::now();
        let mut was_reached = true;
        while stopping.run_until_cancelled(look.tick()).await.is_some() {
            let now = UnixMs::now();
            let read = self.catch_up(&accounts, cursor.clone(), now).await;
            let is_reached = read.is_ok();
            match read {
                Ok(next) => cursor = next,
                Err(error) if was_reached => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "could not read revocations; trying on");
                }
                Err(_) => counter!("canvas_revocation_reads_failed_total").increment(1),
            }
            was_reached = is_reached;
            if now >= purge_at && is_reached {
                purge_at = now.plus_ms(PURGE_EVERY.as_millis() as i64);
                self.purge(&accounts, now).await;
            }
        }
    }

    async fn purge(&self, accounts: &AccountStore, now: UnixMs) {
        let expired_before = now.plus_ms(-EXPIRED_KEPT_MS);
        let revoked_before = now.plus_ms(-self.options.token_life_ms - REVOKED_KEPT_MS);
        let purged = accounts.purge_all(expired_before, revoked_before, PURGED_AT_ONCE);
        match purged.await {
            Ok(count) => tracing::debug!(count, "deleted {count} login sessions that are over"),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "could not delete login sessions that are over");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use event_store::PlayerId;
    use tokio::sync::broadcast::error::TryRecvError;

    use super::*;

    const NOW: UnixMs = UnixMs(1_800_000_000_000);
    const LIFE_MS: i64 = 900_000;
    const SKEW_MS: i64 = 60_000;

    fn revocations(capacity: usize) -> Revocations {
        Revocations::new(RevocationsOptions {
            token_life_ms: LIFE_MS,
            clock_skew_ms: SKEW_MS,
            capacity,
        })
    }

    fn session(number: u8) -> LoginSessionId {
        LoginSessionId::from_bytes([number; 16])
    }

    fn note(revocations: &Revocations, number: u8, at: UnixMs) {
        let revoked = RevokedSession {
            login_session: session(number),
            player: PlayerId::from_bits(number.into()),
            revoked_at: at,
        };
        revocations.note(revoked, at);
    }

    #[test]
    fn a_revocation_is_remembered_as_long_as_its_tokens_live() {
        let revocations = revocations(10);
        note(&revocations, 1, NOW);
        assert_eq!(
            revocations.state_of(session(1), NOW),
            RevocationState::Revoked
        );
        assert_eq!(revocations.state_of(session(2), NOW), RevocationState::Live);
        note(&revocations, 2, NOW.plus_ms(LIFE_MS - 1));
        assert_eq!(revocations.inner.read().sessions.len(), 2);
        note(&revocations, 3, NOW.plus_ms(LIFE_MS));
        assert_eq!(revocations.state_of(session(1), NOW), RevocationState::Live);
        assert_eq!(revocations.inner.read().sessions.len(), 2);
    }

    #[test]
    fn one_that_is_forgotten_too_early_takes_all_tokens_of_its_time_with_it() {
        let revocations = revocations(2);
        for number in 1..=3 {
            note(&revocations, number, NOW.plus_ms(i64::from(number)));
        }
        assert_eq!(revocations.inner.read().order.len(), 2);
        let until = NOW.plus_ms(1 + SKEW_MS);
        for of in [session(1), session(9)] {
            assert_eq!(revocations.state_of(of, until), RevocationState::Unknown);
            let newer = until.plus_ms(1);
            assert_eq!(revocations.state_of(of, newer), RevocationState::Live);
        }
        let remembered = revocations.state_of(session(3), until);
        assert_eq!(remembered, RevocationState::Revoked);
    }

    #[test]
    fn a_revocation_is_told_once() {
        let revocations = revocations(10);
        let mut told = revocations.subscribe();
        for _ in 0..2 {
            note(&revocations, 1, NOW);
        }
        assert_eq!(told.try_recv().unwrap().login_session, session(1));
        assert_eq!(told.try_recv(), Err(TryRecvError::Empty));
    }
}
