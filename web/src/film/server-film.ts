/** Waits for a film that the server renders. */

import { ApiError, isFinal } from '../api/http';
import type { TimelapseState } from '../api/types';

/** The state of a film is asked for this often; docs/API.md. */
const ASK_MS = 1_000;

/** After so many questions in a row without an answer nobody waits any longer. */
const MAX_MISSED = 60;

/** Nobody waits longer than this: a full queue of the longest films takes less. */
const MAX_QUESTIONS = (12 * 3_600_000) / ASK_MS;

/** Whether a film will not change any more. */
export function isOver({ status }: TimelapseState): boolean {
  return status === 'done' || status === 'failed' || status === 'cancelled';
}

/**
 * Asks until the film is over; `told` hears every answer.
 * @returns the last state, or `null` when `signal` ended the wait
 * @throws errors of `ask`: the final ones at once, others when they do not end.
 */
export async function untilOver(
  ask: () => Promise<TimelapseState>,
  told: (state: TimelapseState) => void,
  signal: AbortSignal,
  waitMs = ASK_MS,
): Promise<TimelapseState | null> {
  let missed = 0;
  for (let question = 0; question < MAX_QUESTIONS; question += 1) {
    await pause(waitMs, signal);
    if (signal.aborted) {
      return null;
    }
    try {
      const state = await ask();
      missed = 0;
      told(state);
      if (isOver(state)) {
        return state;
      }
    } catch (error) {
      missed += 1;
      if (missed >= MAX_MISSED || (error instanceof ApiError && isFinal(error))) {
        throw error;
      }
    }
  }
  throw new Error('the film was not done in time');
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
