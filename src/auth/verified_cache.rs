//! The tokens whose signature was verified already. Verifying EdDSA takes about 47 µs, five times
//! what a placement costs otherwise, and a player sends the same token with every request.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use event_store::UnixMs;
use parking_lot::Mutex;

use super::access_token::VerifiedToken;
use super::key_ring::KeyGeneration;

/// The most tokens remembered, at some 400 bytes each.
pub const MAX_VERIFIED_TOKENS: usize = 100_000;

/// The BLAKE3 hash of a token, so that the cache holds nothing that could be used to sign in.
pub(super) type TokenHash = [u8; 32];

/// Verified tokens by hash. Bounded: a new one drives out those that have expired, then the oldest.
/// `Debug` shows none of them.
pub(super) struct VerifiedCache {
    capacity: usize,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    tokens: HashMap<TokenHash, (Arc<VerifiedToken>, KeyGeneration)>,
    /// The hashes of `tokens`, in the order they came.
    order: VecDeque<(TokenHash, UnixMs)>,
}

impl fmt::Debug for VerifiedCache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("VerifiedCache")
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

impl VerifiedCache {
    /// A cache of at most `capacity` tokens, at least 1.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            inner: Mutex::default(),
        }
    }

    /// The token, as it was verified with the keys of `generation`; whether it still holds is for
    /// the caller to check.
    pub(super) fn get(
        &self,
        hash: &TokenHash,
        generation: KeyGeneration,
    ) -> Option<Arc<VerifiedToken>> {
        let inner = self.inner.lock();
        let (token, verified_with) = inner.tokens.get(hash)?;
        (*verified_with == generation).then(|| token.clone())
    }

    /// Remembers a token until `until`, or until it is driven out.
    pub(super) fn put(
        &self,
        hash: TokenHash,
        token: Arc<VerifiedToken>,
        generation: KeyGeneration,
        until: UnixMs,
        now: UnixMs,
    ) {
        let mut inner = self.inner.lock();
        let Inner { tokens, order } = &mut *inner;
        // Tokens hold equally long, so the oldest expire first; each is dropped once.
        while let Some((oldest, expires_at)) = order.front()
            && (tokens.len() >= self.capacity || *expires_at <= now)
        {
            tokens.remove(oldest);
            order.pop_front();
        }
        if tokens.insert(hash, (token, generation)).is_none() {
            order.push_back((hash, until));
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let inner = self.inner.lock();
        assert_eq!(inner.tokens.len(), inner.order.len());
        inner.tokens.len()
    }
}
