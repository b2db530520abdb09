import { expect, it } from 'vitest';

import { WireError } from './bytes';
import { decodeSnapshot } from './snapshot';

/** The example of docs/FORMATS.md: 3 x 2 cells at version 7 of round 1, at time 5. */
const EXAMPLE = [
  0x50, 0x58, 0x53, 0x4e, 0x01, 0x00, 0x20, 0x00, 0x07, 0, 0, 0, 0, 0, 0, 0,
  0x01, 0, 0, 0, 0x03, 0x00, 0x02, 0x00, 0x05, 0, 0, 0, 0, 0, 0, 0,
  0x00, 0x01, 0x02, 0x03, 0x04, 0xff,
];

function decoded(bytes: readonly number[]) {
  return decodeSnapshot(Uint8Array.from(bytes).buffer);
}

it('a snapshot is read with its header', () => {
  const { cells, ...header } = decoded(EXAMPLE);
  expect(header).toEqual({ version: 7, round: 1, width: 3, height: 2, at: 5 });
  expect([...cells]).toEqual([0, 1, 2, 3, 4, 255]);
});

it('what lies between header and cells is stepped over', () => {
  const longer = [...EXAMPLE.slice(0, 32), 9, 9, ...EXAMPLE.slice(32)];
  longer[6] = 34;
  expect([...decoded(longer).cells]).toEqual([0, 1, 2, 3, 4, 255]);
});

it.each([
  ['another file', [0x89, ...EXAMPLE.slice(1)]],
  ['a later format', [...EXAMPLE.slice(0, 4), 2, ...EXAMPLE.slice(5)]],
  ['a missing cell', EXAMPLE.slice(0, -1)],
  ['a cell too many', [...EXAMPLE, 0]],
  ['half a header', EXAMPLE.slice(0, 20)],
])('%s is refused', (_, bytes) => {
  expect(() => decoded(bytes)).toThrow(WireError);
});
