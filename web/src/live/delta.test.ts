import { describe, expect, it } from 'vitest';

import { WireError } from './bytes';
import { decodeDelta, differenceOf } from './delta';

function decoded(...bytes: number[]): [number[], number[]] {
  const { indexes, colors } = decodeDelta(Uint8Array.from(bytes), 1000);
  return [[...indexes], [...colors]];
}

describe('delta', () => {
  it('reads the example of docs/FORMATS.md', () => {
    expect(decoded(0x00, 0x07, 0x01, 0x1f, 0xac, 0x02, 0x00)).toEqual([[0, 1, 301], [7, 31, 0]]);
  });

  it('reads no change from no bytes', () => {
    expect(decoded()).toEqual([[], []]);
  });

  it('reaches the last cell of the largest canvas', () => {
    const bytes = Uint8Array.from([0xff, 0xff, 0xff, 0x1f, 0x03]);
    expect([...decodeDelta(bytes, 8192 * 8192).indexes]).toEqual([8192 * 8192 - 1]);
  });

  it.each([
    ['an end inside a distance', [0x80]],
    ['an end before the colour', [0x05]],
    ['a cell past the end', [0xe8, 0x07, 0x01]],
    ['a repeated cell', [0x05, 0x01, 0x00, 0x02]],
    ['a longer form than needed', [0x85, 0x00, 0x01]],
    ['a distance of five bytes', [0x80, 0x80, 0x80, 0x80, 0x01, 0x01]],
  ])('refuses %s', (_, bytes) => {
    expect(() => decoded(...bytes)).toThrow(WireError);
  });
});

it('the difference of two states is what a delta between them would tell', () => {
  const { indexes, colors } = differenceOf(
    Uint8Array.of(1, 2, 3, 255), Uint8Array.of(1, 5, 3, 0),
  );
  expect([...indexes]).toEqual([1, 3]);
  expect([...colors]).toEqual([5, 0]);
});
