import { encode, decode } from '@msgpack/msgpack';
import { expect, it } from 'vitest';

import { placementsOf } from './recent-events';

/** The example of docs/API.md, and an undo after it. */
const PAGE = [
  [2, [1, 0, 1_795_248_773_813, [1, 0x3113b60ea2b34a12n, [3, 4, 5]]]],
  [3, [1, 1, 1_795_248_773_900, [1, 0x3113b60ea2b34a12n, 2, [3, 4], 0]]],
];

it('placements are read, other events are not', () => {
  const page = decode(encode(PAGE, { useBigInt64: true }));
  expect(placementsOf(page)).toEqual([{ round: 1, x: 3, y: 4, at: 1_795_248_773_813 }]);
});

it.each([null, {}, [1], [[1]], [[1, [1, 0]]], [[1, [1, 0, 5, [1, 2, ['a', 4, 5]]]]]])(
  '%j has none',
  (page) => {
    expect(placementsOf(page)).toEqual([]);
  },
);
