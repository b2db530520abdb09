/** The browser's worker that does a proof of work, on the test's own thread. */

import { type Challenge, type ChallengeParameters, solveChallenge } from 'altcha/lib';

/** A challenge as the server gives it, of very little work. */
export const CHALLENGE: Challenge = {
  parameters: {
    algorithm: 'PBKDF2/SHA-256',
    nonce: '00112233445566778899aabbccddeeff',
    salt: 'ffeeddccbbaa99887766554433221100',
    cost: 1,
    keyLength: 32,
    keyPrefix: '0',
  },
  signature: 'signed',
};

/** Stands in for `Worker`. */
export class ChallengeWorker extends EventTarget {
  private readonly stop = new AbortController();

  /** Takes what `altcha/workers/pbkdf2` takes, and answers as it does. */
  postMessage(message: {
    type: string; challenge: Challenge; counterStart: number; counterStep: number;
  }): void {
    if (message.type !== 'work') {
      this.stop.abort();
      return;
    }
    const { challenge, counterStart, counterStep } = message;
    void solveChallenge({
      challenge,
      counterStart,
      counterStep,
      controller: this.stop,
      deriveKey,
    }).then((data) => this.dispatchEvent(new MessageEvent('message', { data })));
  }

  terminate(): void {
    this.stop.abort();
  }
}

/** PBKDF2 (RFC 8018, 5.2) as the challenge asks for it. */
async function deriveKey(
  { cost, keyLength }: ChallengeParameters,
  salt: Uint8Array,
  password: Uint8Array,
): Promise<{ derivedKey: Uint8Array }> {
  const key = await crypto.subtle.importKey('raw', password.slice(), 'PBKDF2', false, [
    'deriveBits',
  ]);
  const rule = { name: 'PBKDF2', hash: 'SHA-256', salt: salt.slice(), iterations: cost };
  const bits = await crypto.subtle.deriveBits(rule, key, keyLength * 8);
  return { derivedKey: new Uint8Array(bits) };
}
