/** How long to wait before connecting again. */

/** The first retry waits a random part of a range, so that a restart is no stampede: its start. */
export const FIRST_DELAY_MIN_MS = 500;

/** The end of that range. */
export const FIRST_DELAY_MAX_MS = 5_000;

/** No wait is longer than this. */
export const MAX_DELAY_MS = 30_000;

/**
 * The wait before retry `attempt` (from 0) in milliseconds. The range 0.5..5 s doubles with each
 * attempt up to 30 s; `random` is in [0, 1).
 */
export function backoffDelay(attempt: number, random: number): number {
  const growth = 2 ** Math.min(attempt, 16);
  const high = Math.min(FIRST_DELAY_MAX_MS * growth, MAX_DELAY_MS);
  const low = Math.min(FIRST_DELAY_MIN_MS * growth, MAX_DELAY_MS / 2);
  return low + random * (high - low);
}

/** Waits before a failed fetch is tried again: from about this, doubling, up to `RETRY_MAX_MS`. */
const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 10_000;

/** The wait before fetch attempt `attempt` (from 0) is repeated, in milliseconds; jittered. */
export function retryDelay(attempt: number, random: number): number {
  const delay = Math.min(RETRY_FIRST_MS * 2 ** Math.min(attempt, 16), RETRY_MAX_MS);
  return delay * (0.5 + random / 2);
}
