/** The proof of work that a server may ask of those who sign in by name alone. */

import type { Challenge } from 'altcha/lib';
import workerUrl from 'altcha/workers/pbkdf2?url';

import { request } from './http';
import type { HumanCheck } from './types';

/** Longest time to work on one challenge; phones are several times slower than desktops. */
const MAX_WORK_MS = 60_000;

/** Workers at most: the page has to stay usable meanwhile. */
const MAX_WORKERS = 4;

/** The check cannot be done here: it is of an unknown kind, or took too long. */
export class HumanCheckError extends Error {
  override readonly name = 'HumanCheckError';
}

/** Fetches a challenge, solves it in the background, and returns the proof to send. */
export async function proveHuman(check: HumanCheck): Promise<string> {
  if (check.kind !== 'altcha') {
    throw new HumanCheckError(`this page knows no human check of the kind ${check.kind}`);
  }
  const answer = await request(check.challenge_url);
  const challenge = (await answer.json()) as Challenge;
  const { solveChallengeWorkers } = await import('altcha/lib');
  const solution = await solveChallengeWorkers({
    challenge,
    concurrency: Math.min(navigator.hardwareConcurrency, MAX_WORKERS),
    createWorker: () => new Worker(workerUrl),
    timeout: MAX_WORK_MS,
  });
  if (solution === null) {
    throw new HumanCheckError('the challenge was not solved in time');
  }
  const { parameters, signature } = challenge;
  return btoa(JSON.stringify({ challenge: { parameters, signature }, solution }));
}
