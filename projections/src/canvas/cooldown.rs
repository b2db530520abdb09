//! The charge bucket of a player, as one number.
//!
//! A bucket is known by the moment at which it is full again (the "theoretical arrival time" of the
//! generic cell rate algorithm, ITU-T I.371 annex A): every charge that is missing then lies
//! `regain_ms` before it. So nothing has to be done while time passes, and folding a placement is
//! one addition.

use event_store::{CooldownRule, UnixMs};
use serde::{Deserialize, Serialize};

/// A player's charges, whatever the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChargeBucket {
    full_at: UnixMs,
}

/// What a bucket allows at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Charges now, from 0 to the rule's `max_charges`.
    pub charges: u16,
    /// When the next charge comes; none when the bucket is full.
    pub next_charge_at: Option<UnixMs>,
    /// When a placement is allowed: now when there is a charge.
    pub ready_at: UnixMs,
}

impl Allowance {
    /// Whether a placement is allowed now.
    pub fn may_place(&self) -> bool {
        self.charges > 0
    }
}

impl ChargeBucket {
    /// A bucket that was never drawn from.
    pub const FULL: Self = Self {
        full_at: UnixMs(i64::MIN),
    };

    /// The bucket that is full from `full_at` on.
    pub(crate) const fn full_at(full_at: UnixMs) -> Self {
        Self { full_at }
    }

    /// When the bucket is full, if nothing more is spent; [`i64::MIN`] when it always was.
    pub const fn when_full(self) -> UnixMs {
        self.full_at
    }

    /// What the bucket allows at `now`.
    pub fn allowance(self, rule: CooldownRule, now: UnixMs) -> Allowance {
        let wait = self.wait_ms(now);
        if wait == 0 || rule.regain_ms == 0 {
            return Allowance {
                charges: rule.max_charges,
                next_charge_at: None,
                ready_at: now,
            };
        }
        let regain = u64::from(rule.regain_ms);
        let spent = wait.div_ceil(regain);
        let charges = u64::from(rule.max_charges).saturating_sub(spent);
        // Charge number `spent` counted from the full bucket is the next one to come.
        let until_next = wait - (spent - 1) * regain;
        let until_ready = match charges {
            0 => wait.saturating_sub((u64::from(rule.max_charges).max(1) - 1) * regain),
            _ => 0,
        };
        Allowance {
            charges: u16::try_from(charges).unwrap_or(u16::MAX),
            next_charge_at: Some(later(now, until_ready.max(until_next))),
            ready_at: later(now, until_ready),
        }
    }

    /// The bucket after a placement at `at`. From an empty bucket, which the rules refuse but a log
    /// from elsewhere may hold, the wait is at most that of an empty bucket.
    #[must_use]
    pub fn spend(self, rule: CooldownRule, at: UnixMs) -> Self {
        let wait = self.wait_ms(at).saturating_add(u64::from(rule.regain_ms));
        Self {
            full_at: later(at, wait.min(longest_wait_ms(rule))),
        }
    }

    /// The bucket after one charge was given back.
    #[must_use]
    pub fn refund(self, rule: CooldownRule) -> Self {
        Self {
            full_at: self.full_at.plus_ms(-i64::from(rule.regain_ms)),
        }
    }

    /// The bucket under another rule from `at` on: charges that were spent stay spent, what is left
    /// of the wait is stretched or shortened in proportion, and is at most that of an empty bucket.
    #[must_use]
    pub fn rescaled(self, from: CooldownRule, to: CooldownRule, at: UnixMs) -> Self {
        let wait = self.wait_ms(at);
        if wait == 0 {
            return self;
        }
        let scaled = match u128::from(from.regain_ms) {
            0 => 0,
            regain => (u128::from(wait) * u128::from(to.regain_ms)).div_ceil(regain),
        };
        let wait = u64::try_from(scaled).unwrap_or(u64::MAX);
        Self {
            full_at: later(at, wait.min(longest_wait_ms(to))),
        }
    }

    fn wait_ms(self, now: UnixMs) -> u64 {
        u64::try_from(i128::from(self.full_at.0) - i128::from(now.0)).unwrap_or(0)
    }
}

/// From empty to full; fits easily, it is a product of 16 and 32 bits.
fn longest_wait_ms(rule: CooldownRule) -> u64 {
    u64::from(rule.max_charges) * u64::from(rule.regain_ms)
}

fn later(at: UnixMs, wait_ms: u64) -> UnixMs {
    UnixMs(at.0.saturating_add_unsigned(wait_ms))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIX: CooldownRule = CooldownRule {
        max_charges: 6,
        regain_ms: 30_000,
    };
    const CLASSIC: CooldownRule = CooldownRule {
        max_charges: 1,
        regain_ms: 5_000,
    };

    #[test]
    fn a_classic_canvas_makes_the_player_wait_after_each_placement() {
        let bucket = ChargeBucket::FULL.spend(CLASSIC, UnixMs(1_000));
        let waiting = bucket.allowance(CLASSIC, UnixMs(5_999));
        assert!(!waiting.may_place());
        assert_eq!(waiting.next_charge_at, Some(UnixMs(6_000)));
        assert_eq!(waiting.ready_at, UnixMs(6_000));
        assert!(bucket.allowance(CLASSIC, UnixMs(6_000)).may_place());
    }

    #[test]
    fn no_cooldown_means_always_full() {
        let none = CooldownRule {
            max_charges: 3,
            regain_ms: 0,
        };
        let bucket = ChargeBucket::FULL
            .spend(none, UnixMs(10))
            .spend(none, UnixMs(10));
        let allowance = bucket.allowance(none, UnixMs(10));
        assert_eq!((allowance.charges, allowance.next_charge_at), (3, None));
    }

    #[test]
    fn a_changed_rule_keeps_spent_charges_spent_and_rescales_the_wait() {
        let bucket = ChargeBucket::FULL
            .spend(SIX, UnixMs(0))
            .spend(SIX, UnixMs(0));
        let faster = CooldownRule {
            max_charges: 6,
            regain_ms: 10_000,
        };
        let rescaled = bucket.rescaled(SIX, faster, UnixMs(15_000));
        let allowance = rescaled.allowance(faster, UnixMs(15_000));
        assert_eq!(allowance.charges, 4);
        assert_eq!(allowance.next_charge_at, Some(UnixMs(20_000)));
        let smaller = CooldownRule {
            max_charges: 1,
            regain_ms: 30_000,
        };
        let allowance = bucket
            .rescaled(SIX, smaller, UnixMs(0))
            .allowance(smaller, UnixMs(0));
        assert_eq!((allowance.charges, allowance.ready_at), (0, UnixMs(30_000)));
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        let ends = [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX];
        let hard = CooldownRule {
            max_charges: u16::MAX,
            regain_ms: u32::MAX,
        };
        for (bucket, now) in ends.iter().flat_map(|full| ends.map(|now| (*full, now))) {
            let bucket = ChargeBucket::full_at(UnixMs(bucket));
            let now = UnixMs(now);
            let used = bucket
                .refund(hard)
                .spend(hard, now)
                .rescaled(hard, CLASSIC, now);
            assert!(used.allowance(CLASSIC, now).charges <= 1);
            assert!(bucket.allowance(hard, now).ready_at >= now);
        }
    }

    /// The obvious bucket: a list of the charges that are on their way back.
    struct Reference {
        rule: CooldownRule,
        returns_at: Vec<i64>,
    }

    impl Reference {
        fn charges(&self, now: i64) -> u16 {
            let missing = self.returns_at.iter().filter(|at| **at > now).count();
            self.rule.max_charges - u16::try_from(missing).expect("few")
        }

        fn spend(&mut self, now: i64) {
            let begins = self.returns_at.last().copied().unwrap_or(now).max(now);
            self.returns_at
                .push(begins + i64::from(self.rule.regain_ms));
        }
    }

    proptest! {
        #[test]
        fn the_bucket_agrees_with_a_list_of_timestamps(
            max_charges in 1u16..8, regain_ms in 1u32..500,
            waits in proptest::collection::vec(0i64..700, 1..60),
        ) {
            let rule = CooldownRule { max_charges, regain_ms };
            let mut reference = Reference { rule, returns_at: Vec::new() };
            let mut bucket = ChargeBucket::FULL;
            let mut now = 0;
            for wait in waits {
                now += wait;
                let allowance = bucket.allowance(rule, UnixMs(now));
                prop_assert_eq!(allowance.charges, reference.charges(now));
                let next = reference.returns_at.iter().copied().find(|at| *at > now);
                prop_assert_eq!(allowance.next_charge_at, next.map(UnixMs));
                if allowance.may_place() {
                    prop_assert_eq!(allowance.ready_at, UnixMs(now));
                    reference.spend(now);
                    bucket = bucket.spend(rule, UnixMs(now));
                } else {
                    prop_assert_eq!(Some(allowance.ready_at), allowance.next_charge_at);
                }
            }
        }

        #[test]
        fn charges_are_never_above_the_maximum_and_a_refund_undoes_a_placement(
            full_at in -10_000i64..10_000, now in -10_000i64..10_000,
            max_charges in 1u16..8, regain_ms in 0u32..500,
        ) {
            let rule = CooldownRule { max_charges, regain_ms };
            let bucket = ChargeBucket::full_at(UnixMs(full_at));
            let before = bucket.allowance(rule, UnixMs(now));
            prop_assert!(before.charges <= max_charges);
            if before.may_place() {
                let after = bucket.spend(rule, UnixMs(now)).refund(rule);
                prop_assert_eq!(after.allowance(rule, UnixMs(now)), before);
            }
        }
    }
}
