import { describe, expect, it } from 'vitest';

import { ByteReader } from './byte-reader';
import { HistoryError } from './faults';

function numberOf(...bytes: readonly number[]): number {
  const reader = new ByteReader(Uint8Array.from(bytes), 'a test');
  const number = reader.leb128();
  reader.finish();
  return number;
}

describe('a number in LEB128', () => {
  it('is read up to the largest that counts exactly', () => {
    expect(numberOf(0)).toBe(0);
    expect(numberOf(0x7f)).toBe(127);
    expect(numberOf(0x80, 0x01)).toBe(128);
    expect(numberOf(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f)).toBe(2 ** 53 - 1);
  });

  it.each([
    ['a longer form of 0', [0x80, 0x00]],
    ['a longer form of 1', [0x81, 0x00]],
    ['a much longer form of 127', [0xff, 0x80, 0x80, 0x00]],
    ['a number above 2^53 - 1', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]],
    ['more groups than there are', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ['an end inside of it', [0x80]],
    ['nothing', []],
  ])('is refused: %s', (_, bytes) => {
    expect(() => numberOf(...bytes)).toThrow(HistoryError);
  });
});
