/** The charge bucket as the page shows it; the server alone decides. Times are local Unix ms. */

import type { CooldownRule } from '../api/types';

/** Charges known at some moment. */
export interface Charges {
  readonly available: number;
  /** When the next charge comes; `null` when the bucket is full or nothing is known. */
  readonly nextAt: number | null;
}

/** A full bucket. */
export function fullCharges(rule: CooldownRule): Charges {
  return { available: rule.max_charges, nextAt: null };
}

/** The charges at `now`, with those that came back since. */
export function chargesAt(charges: Charges, rule: CooldownRule, now: number): Charges {
  const { available, nextAt } = charges;
  if (rule.regain_ms === 0 || available >= rule.max_charges) {
    return fullCharges(rule);
  }
  if (nextAt === null || now < nextAt) {
    return charges;
  }
  const regained = 1 + Math.floor((now - nextAt) / rule.regain_ms);
  const total = Math.min(available + regained, rule.max_charges);
  return total === rule.max_charges
    ? fullCharges(rule)
    : { available: total, nextAt: nextAt + regained * rule.regain_ms };
}

/** The charges after one was spent at `now`; the bucket may go no lower than empty. */
export function spend(charges: Charges, rule: CooldownRule, now: number): Charges {
  const current = chargesAt(charges, rule, now);
  return {
    available: Math.max(current.available - 1, 0),
    nextAt: current.nextAt ?? now + rule.regain_ms,
  };
}

/**
 * When a charge that is waited for comes: the first after none, else the one that fills the bucket.
 * `null` when the bucket is full.
 */
export function readyAt(charges: Charges, rule: CooldownRule, now: number): number | null {
  const { available, nextAt } = chargesAt(charges, rule, now);
  if (nextAt === null) {
    return null;
  }
  const missing = available === 0 ? 1 : rule.max_charges - available;
  return nextAt + (missing - 1) * rule.regain_ms;
}

/** Share of the way to the next charge, 0 to 1; 1 when the bucket is full. */
export function shareOfNext(charges: Charges, rule: CooldownRule, now: number): number {
  const { nextAt } = chargesAt(charges, rule, now);
  return nextAt === null
    ? 1
    : Math.min(Math.max(1 - (nextAt - now) / rule.regain_ms, 0), 1);
}
