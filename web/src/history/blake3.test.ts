import { blake3 } from '@noble/hashes/blake3.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';

import { randomNumbers } from '../../tests/support/history-model';
import { Blake3 } from './blake3';

function hashOf(...pieces: readonly Uint8Array[]): string {
  const hash = new Blake3();
  pieces.forEach((piece) => { hash.update(piece); });
  return hash.hex();
}

/** The input of the specification's own examples. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index % 251);
}

describe('the hash', () => {
  it('is the one that is known of nothing, and of three letters', () => {
    expect(hashOf()).toBe('af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262');
    expect(hashOf(new TextEncoder().encode('abc')))
      .toBe('6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85');
  });

  it.each([
    1, 63, 64, 65, 127, 128, 1_023, 1_024, 1_025, 2_047, 2_048, 2_049, 3_072, 3_073, 4_096, 5_121,
    8_192, 8_193, 16_384, 31_744, 102_400, 1_000_003,
  ])('of %i bytes is that of another implementation', (length) => {
    expect(hashOf(pattern(length))).toBe(bytesToHex(blake3(pattern(length))));
  });

  it('does not depend on the pieces that the bytes come in, nor on where they lie', () => {
    const random = randomNumbers(3);
    for (let trial = 0; trial < 40; trial += 1) {
      const whole = pattern(random(20_000) + 3).subarray(random(4));
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < whole.length;) {
        const end = Math.min(at + random(3_000), whole.length);
        pieces.push(whole.subarray(at, end));
        at = end;
      }
      expect(hashOf(...pieces)).toBe(bytesToHex(blake3(whole)));
    }
  });
});
