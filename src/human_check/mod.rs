//! The seam for checks that somebody is no cheap script: at sign-in, and of players whose behaviour
//! looks like one.
//!
//! There is one kind so far, a proof of work that needs no other server. It costs a person's
//! browser a second, and a farm of scripts a second for each account and each hour. Another kind is
//! another variant of `Kind`.

mod altcha;
mod verified;

use std::collections::HashMap;
use std::path::Path;

use event_store::{PlayerId, UnixMs};
use parking_lot::Mutex;
use projections::behaviour::Statistics;

pub use self::altcha::{ChallengeError, ProofError};

use self::altcha::Altcha;
use self::verified::Verified;
use crate::config::{HumanCheck, HumanCheckKind};
use crate::secret_file::{Secret, SecretError};

/// The secret that challenges are signed with, in the folder `keys`.
const SECRET_FILE: &str = "human-check.secret";

/// The most players of whom it is remembered that they have given a proof, some 4 MB.
const MAX_CLEARED: usize = 1 << 16;

/// Checks that people are no cheap scripts.
#[derive(Debug)]
pub struct HumanChecks {
    kind: Kind,
    /// From which score on players have to give a proof before they place on.
    risk: u8,
    holds_ms: i64,
    /// Until when a proof of each player holds.
    cleared: Mutex<HashMap<PlayerId, UnixMs>>,
    verified: Verified,
}

#[derive(Debug)]
enum Kind {
    Off,
    Altcha(Altcha),
}

impl HumanChecks {
    /// The checks that the settings describe. Proofs are signed with a secret in `keys` in
    /// `data_dir`, which is made at the first start.
    ///
    /// # Errors
    /// [`SecretError`] by cause.
    pub fn open(settings: &HumanCheck, data_dir: &Path) -> Result<Self, SecretError> {
        let kind = match settings.kind {
            HumanCheckKind::Off => Kind::Off,
            HumanCheckKind::Altcha => {
                let secret = Secret::load_or_create(data_dir, SECRET_FILE)?;
                Kind::Altcha(Altcha::new(secret, settings.cost, settings.digits))
            }
        };
        Ok(Self {
            kind,
            risk: settings.risk,
            holds_ms: i64::from(settings.holds_s) * 1_000,
            cleared: Mutex::default(),
            verified: Verified::default(),
        })
    }

    /// The kind of proof that is demanded, as `GET /auth` tells it; none when none is.
    pub fn kind(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Off => None,
            Kind::Altcha(_) => Some("altcha"),
        }
    }

    /// What a client is to work on, as JSON; none when no proof is demanded.
    ///
    /// # Errors
    /// [`ChallengeError`]
    pub fn challenge(&self, now: UnixMs) -> Result<Option<serde_json::Value>, ChallengeError> {
        match &self.kind {
            Kind::Off => Ok(None),
            Kind::Altcha(altcha) => altcha.challenge(now).map(Some),
        }
    }

    /// Checks a proof and uses it up. Anything is good when no proof is demanded.
    ///
    /// # Errors
    /// [`ProofError`] by cause.
    pub async fn check(&self, proof: &str, now: UnixMs) -> Result<(), ProofError> {
        match &self.kind {
            Kind::Off => Ok(()),
            Kind::Altcha(altcha) => altcha.check(proof, now).await,
        }
    }

    /// Whether `player` has to give a proof before placing on. `statistics` are asked for only when
    /// it depends on them.
    pub fn is_demanded_of(
        &self,
        player: PlayerId,
        statistics: impl FnOnce() -> Option<Statistics>,
        now: UnixMs,
    ) -> bool {
        match self.kind {
            Kind::Off => false,
            Kind::Altcha(_) => {
                let is_risky = statistics().is_some_and(|known| known.risk() >= self.risk);
                is_risky && !self.is_cleared(player, now) && !self.verified.has(player)
            }
        }
    }

    fn is_cleared(&self, player: PlayerId, now: UnixMs) -> bool {
        let until = self.cleared.lock().get(&player).copied();
        until.is_some_and(|until| now < until)
    }

    /// Takes note that `player` has given a proof, and says until when it holds.
    pub fn clear(&self, player: PlayerId, now: UnixMs) -> UnixMs {
        let until = now.plus_ms(self.holds_ms);
        let mut cleared = self.cleared.lock();
        if cleared.len() >= MAX_CLEARED {
            cleared.retain(|_, until| now < *until);
            if cleared.len() >= MAX_CLEARED {
                // Those who come back are asked once more.
                cleared.clear();
            }
        }
        cleared.insert(player, until);
        until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_800_000_000_000);
    const ADA: PlayerId = PlayerId::from_bits(1);

    fn checks(kind: HumanCheckKind) -> HumanChecks {
        let folder = tempfile::tempdir().unwrap();
        let settings = HumanCheck {
            kind,
            cost: 1,
            digits: 1,
            risk: 70,
            holds_s: 60,
        };
        HumanChecks::open(&settings, folder.path()).unwrap()
    }

    fn regular(active_hours: u32) -> Statistics {
        Statistics {
            placements: 1_000,
            intervals: 999,
            mean_interval_ms: 5_000.0,
            interval_deviation_ms: 1.0,
            active_hours,
            raster_share: 0.0,
            last_at: NOW,
        }
    }

    #[test]
    fn a_risky_player_is_asked_once_in_a_while() {
        let checks = checks(HumanCheckKind::Altcha);
        let asked = |hours, now| checks.is_demanded_of(ADA, || Some(regular(hours)), now);
        assert!(asked(24, NOW));
        assert!(!asked(12, NOW), "a score of 40 is not 70");
        assert!(!checks.is_demanded_of(ADA, || None, NOW));
        let until = checks.clear(ADA, NOW);
        assert_eq!(until, NOW.plus_ms(60_000));
        assert!(!asked(24, until.plus_ms(-1)));
        assert!(asked(24, until));
        checks.verified.replace([ADA]);
        assert!(!asked(24, until));
        checks.verified.replace([]);
        assert!(asked(24, until));
        let bob = PlayerId::from_bits(2);
        assert!(checks.is_demanded_of(bob, || Some(regular(24)), NOW));
    }

    #[tokio::test]
    async fn nobody_is_asked_when_it_is_off() {
        let checks = checks(HumanCheckKind::Off);
        assert_eq!(checks.kind(), None);
        assert!(checks.challenge(NOW).unwrap().is_none());
        assert!(checks.check("", NOW).await.is_ok());
        assert!(!checks.is_demanded_of(ADA, || panic!("not looked at"), NOW));
    }
}
