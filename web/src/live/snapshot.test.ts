import { expect, it } from 'vitest';

import { WireError } from './bytes';
import { type Snapshot, SnapshotReader } from './snapshot';

/** The example of docs/FORMATS.md: 3 x 2 cells at version 7 of round 1, at time 5. */
const EXAMPLE = [
  0x50, 0x58, 0x53, 0x4e, 0x01, 0x00, 0x20, 0x00, 0x07, 0, 0, 0, 0, 0, 0, 0,
  0x01, 0, 0, 0, 0x03, 0x00, 0x02, 0x00, 0x05, 0, 0, 0, 0, 0, 0, 0,
  0x00, 0x01, 0x02, 0x03, 0x04, 0xff,
];

/** Reads bytes that arrive in pieces of this length. */
function decoded(bytes: readonly number[], pieceLength = 1_000): Snapshot {
  const reader = new SnapshotReader();
  for (let at = 0; at < bytes.length; at += pieceLength) {
    reader.take(Uint8Array.from(bytes.slice(at, at + pieceLength)));
  }
  return reader.finish();
}

it('a snapshot is read with its header', () => {
  const { cells, ...header } = decoded(EXAMPLE);
  expect(header).toEqual({ version: 7, round: 1, width: 3, height: 2, at: 5, highestColor: 4 });
  expect([...cells]).toEqual([0, 1, 2, 3, 4, 255]);
});

it.each([1, 7, 31, 32, 33, 37])('a snapshot may arrive in pieces of %s bytes', (length) => {
  expect(decoded(EXAMPLE, length)).toEqual(decoded(EXAMPLE));
});

it('a canvas without an open cell has no colour', () => {
  expect(decoded([...EXAMPLE.slice(0, 32), ...Array<number>(6).fill(255)]).highestColor).toBe(-1);
});

it('what lies between header and cells is stepped over', () => {
  const longer = [...EXAMPLE.slice(0, 32), 9, 9, ...EXAMPLE.slice(32)];
  longer[6] = 34;
  expect([...decoded(longer).cells]).toEqual([0, 1, 2, 3, 4, 255]);
  expect(decoded(longer, 3)).toEqual(decoded(longer));
});

it.each([
  ['another file', [0x89, ...EXAMPLE.slice(1)]],
  ['a later format', [...EXAMPLE.slice(0, 4), 2, ...EXAMPLE.slice(5)]],
  ['a missing cell', EXAMPLE.slice(0, -1)],
  ['a cell too many', [...EXAMPLE, 0]],
  ['half a header', EXAMPLE.slice(0, 20)],
  ['nothing', []],
  ['a canvas larger than any', [...EXAMPLE.slice(0, 21), 0x20, ...EXAMPLE.slice(22)]],
])('%s is refused', (_, bytes) => {
  expect(() => decoded(bytes)).toThrow(WireError);
});
