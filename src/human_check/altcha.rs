//! Proofs of work after ALTCHA's protocol, version 2 (altcha.org): the client looks for a counter
//! with which PBKDF2 gives a key that begins with zeros. A challenge is signed, ends, and is good
//! once, so the server keeps only those that were used.

use std::collections::HashSet;
use std::collections::VecDeque;

use altcha::{
    Challenge, CreateChallengeOptions, Payload, VerifySolutionOptions, create_challenge,
    verify_solution,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use event_store::UnixMs;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::secret_file::Secret;

/// How long a challenge holds, in milliseconds: a slow phone has time, and a hoard of proofs does
/// not keep.
const CHALLENGE_TTL_MS: i64 = 10 * 60 * 1_000;

/// The largest proof, in bytes; a proof has some 700.
const MAX_PROOF_BYTES: usize = 4_096;

/// The most proofs of the last ten minutes, some 10 MB. Each took a client a second of work.
const MAX_USED: usize = 1 << 17;

/// The most proofs that are checked at a time: each takes a core for as long as one try.
const MAX_CHECKS: usize = 2;

/// No challenge could be made.
#[derive(Debug, thiserror::Error)]
pub enum ChallengeError {
    /// The settings make none.
    #[error("could not make challenge")]
    Create(#[source] altcha::Error),
    /// It cannot be written as JSON.
    #[error("could not write challenge")]
    Write(#[source] serde_json::Error),
}

/// Why a proof is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// It cannot be read.
    #[error("the proof cannot be read; send what the ALTCHA client gives, as one text")]
    Malformed,
    /// Its challenge is not one of this server's.
    #[error("the challenge is not one of this server's; fetch one")]
    Forged,
    /// Its challenge ended.
    #[error("the challenge has expired; fetch another one")]
    Expired,
    /// It solves something else.
    #[error("the proof does not solve its challenge")]
    Wrong,
    /// It was used before.
    #[error("the proof was used before; fetch another challenge")]
    Used,
    /// More proofs were used than can be remembered.
    #[error("too many proofs are being used; try again in a minute")]
    Full,
    /// The check did not end.
    #[error("the proof could not be checked; try again")]
    Interrupted,
}

/// Makes challenges and checks their proofs.
#[derive(Debug)]
pub(super) struct Altcha {
    secret: Secret,
    cost: u32,
    prefix: String,
    used: Mutex<Used>,
    checks: Semaphore,
}

/// The nonces of challenges that were used, until they end.
#[derive(Debug, Default)]
struct Used {
    nonces: HashSet<u128>,
    /// In the order of use; each ends within [`CHALLENGE_TTL_MS`] of that.
    order: VecDeque<(u128, UnixMs)>,
}

impl Altcha {
    /// Challenges of 16 to the power of `digits` tries on average, each of `cost` rounds.
    pub(super) fn new(secret: Secret, cost: u32, digits: u32) -> Self {
        Self {
            secret,
            cost,
            prefix: "0".repeat(digits as usize),
            used: Mutex::default(),
            checks: Semaphore::new(MAX_CHECKS),
        }
    }

    pub(super) fn challenge(&self, now: UnixMs) -> Result<serde_json::Value, ChallengeError> {
        let options = CreateChallengeOptions {
            cost: self.cost,
            key_prefix: self.prefix.clone(),
            expires_at: Some(now.plus_ms(CHALLENGE_TTL_MS).0.div_euclid(1_000)),
            hmac_signature_secret: Some(self.secret.expose_hex()),
            ..CreateChallengeOptions::default()
        };
        let challenge = create_challenge(options).map_err(ChallengeError::Create)?;
        serde_json::to_value(challenge).map_err(ChallengeError::Write)
    }

    pub(super) async fn check(&self, proof: &str, now: UnixMs) -> Result<(), ProofError> {
        let payload = read(proof)?;
        let nonce = may_be_ours(&payload.challenge, now)?;
        if self.used.lock().nonces.contains(&nonce) {
            return Err(ProofError::Used);
        }
        let secret = self.secret.clone();
        let Ok(_place) = self.checks.acquire().await else {
            return Err(ProofError::Interrupted);
        };
        let solved = tokio::task::spawn_blocking(move || is_solved(&payload, &secret)).await;
        solved.unwrap_or(Err(ProofError::Interrupted))?;
        self.used.lock().use_up(nonce, now)
    }
}

fn read(proof: &str) -> Result<Payload, ProofError> {
    if proof.len() > MAX_PROOF_BYTES {
        return Err(ProofError::Malformed);
    }
    let text = STANDARD.decode(proof).map_err(|_| ProofError::Malformed)?;
    serde_json::from_slice(&text).map_err(|_| ProofError::Malformed)
}

/// The nonce of a challenge that has not ended, if it is signed by us, which takes longer to find
/// out.
fn may_be_ours(challenge: &Challenge, now: UnixMs) -> Result<u128, ProofError> {
    let parameters = &challenge.parameters;
    let nonce = u128::from_str_radix(&parameters.nonce, 16).map_err(|_| ProofError::Forged)?;
    match parameters.expires_at {
        None => Err(ProofError::Forged),
        Some(ends_at_s) if ends_at_s.saturating_mul(1_000) <= now.0 => Err(ProofError::Expired),
        Some(_) => Ok(nonce),
    }
}

fn is_solved(payload: &Payload, secret: &Secret) -> Result<(), ProofError> {
    let secret = secret.expose_hex();
    let options = VerifySolutionOptions::new(&payload.challenge, &payload.solution, &secret);
    // An error is of parameters that we would not have signed.
    let result = verify_solution(options).map_err(|_| ProofError::Forged)?;
    match (result.verified, result.expired, result.invalid_signature) {
        (true, ..) => Ok(()),
        (false, true, _) => Err(ProofError::Expired),
        (false, false, Some(true)) => Err(ProofError::Forged),
        (false, false, Some(false) | None) => Err(ProofError::Wrong),
    }
}

impl Used {
    /// Of many who use one proof at once, exactly one succeeds.
    fn use_up(&mut self, nonce: u128, now: UnixMs) -> Result<(), ProofError> {
        while let Some((oldest, ended_at)) = self.order.front()
            && *ended_at <= now
        {
            self.nonces.remove(oldest);
            self.order.pop_front();
        }
        if self.order.len() >= MAX_USED {
            return Err(ProofError::Full);
        }
        if !self.nonces.insert(nonce) {
            return Err(ProofError::Used);
        }
        self.order.push_back((nonce, now.plus_ms(CHALLENGE_TTL_MS)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use altcha::{SolveChallengeOptions, solve_challenge};

    use super::*;

    fn altcha() -> Altcha {
        let folder = tempfile::tempdir().unwrap();
        Altcha::new(
            Secret::load_or_create(folder.path(), "test.secret").unwrap(),
            1,
            1,
        )
    }

    fn challenge(altcha: &Altcha, now: UnixMs) -> Challenge {
        serde_json::from_value(altcha.challenge(now).unwrap()).unwrap()
    }

    fn solved(challenge: Challenge) -> Payload {
        let solution = solve_challenge(SolveChallengeOptions::new(&challenge));
        Payload {
            solution: solution.unwrap().unwrap(),
            challenge,
        }
    }

    fn proof(payload: &Payload) -> String {
        STANDARD.encode(serde_json::to_vec(payload).unwrap())
    }

    #[tokio::test]
    async fn a_proof_is_good_once() {
        let (altcha, now) = (altcha(), UnixMs::now());
        let proof = proof(&solved(challenge(&altcha, now)));
        assert_eq!(altcha.check(&proof, now).await, Ok(()));
        assert_eq!(altcha.check(&proof, now).await, Err(ProofError::Used));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn of_many_who_use_one_proof_one_succeeds() {
        let (altcha, now) = (Arc::new(altcha()), UnixMs::now());
        let proof = proof(&solved(challenge(&altcha, now)));
        let uses: Vec<_> = (0..16)
            .map(|_| {
                let (altcha, proof) = (Arc::clone(&altcha), proof.clone());
                tokio::spawn(async move { altcha.check(&proof, now).await.is_ok() })
            })
            .collect();
        let mut successes = 0;
        for used in uses {
            successes += u32::from(used.await.unwrap());
        }
        assert_eq!(successes, 1);
    }

    #[tokio::test]
    async fn a_proof_ends_with_its_challenge() {
        let (altcha, now) = (altcha(), UnixMs::now());
        let payload = solved(challenge(&altcha, now));
        let late = now.plus_ms(CHALLENGE_TTL_MS);
        let expired = altcha.check(&proof(&payload), late).await;
        assert_eq!(expired, Err(ProofError::Expired));
        let mut longer = payload.clone();
        longer.challenge.parameters.expires_at = Some(late.0 / 1_000 + 600);
        let forged = altcha.check(&proof(&longer), late).await;
        assert_eq!(forged, Err(ProofError::Forged));
        longer.challenge.parameters.expires_at = None;
        let forged = altcha.check(&proof(&longer), now).await;
        assert_eq!(forged, Err(ProofError::Forged));
    }

    #[tokio::test]
    async fn what_was_not_worked_for_is_refused() {
        let (ours, now) = (altcha(), UnixMs::now());
        let refused = async |payload: &Payload| ours.check(&proof(payload), now).await;
        let payload = solved(challenge(&ours, now));

        let mut wrong = payload.clone();
        wrong.solution.counter += 1;
        assert_eq!(refused(&wrong).await, Err(ProofError::Wrong));
        let mut wrong = payload.clone();
        wrong.solution.derived_key = "00".repeat(32);
        assert_eq!(refused(&wrong).await, Err(ProofError::Wrong));

        let foreign = solved(challenge(&altcha(), now));
        assert_eq!(refused(&foreign).await, Err(ProofError::Forged));
        let mut easier = challenge(&ours, now);
        easier.parameters.key_prefix = String::new();
        assert_eq!(refused(&solved(easier)).await, Err(ProofError::Forged));
        let mut unsigned = payload.clone();
        unsigned.challenge.signature = None;
        assert_eq!(refused(&unsigned).await, Err(ProofError::Forged));
        let mut renamed = payload.clone();
        renamed.challenge.parameters.nonce.insert(0, '0');
        assert_eq!(refused(&renamed).await, Err(ProofError::Forged));

        assert_eq!(refused(&payload).await, Ok(()), "it was not used up");
    }

    #[tokio::test]
    async fn junk_is_refused() {
        let altcha = altcha();
        let long = "A".repeat(MAX_PROOF_BYTES + 4);
        for junk in ["", "x", "e30=", "bnVsbA==", "é", &long] {
            let refused = altcha.check(junk, UnixMs::now()).await;
            assert_eq!(refused, Err(ProofError::Malformed), "{junk}");
        }
    }

    #[test]
    fn used_proofs_are_forgotten_once_they_have_ended() {
        let mut used = Used::default();
        let start = UnixMs(1_800_000_000_000);
        for nonce in 0..MAX_USED as u128 {
            assert_eq!(used.use_up(nonce, start), Ok(()));
        }
        assert_eq!(used.use_up(u128::MAX, start), Err(ProofError::Full));
        let later = start.plus_ms(CHALLENGE_TTL_MS);
        assert_eq!(used.use_up(u128::MAX, later), Ok(()));
        assert_eq!((used.nonces.len(), used.order.len()), (1, 1));
    }
}
