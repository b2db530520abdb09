// @vitest-environment happy-dom
import { expect, it } from 'vitest';

import { formatAgo } from './times';

it.each([
  [0, 'now'],
  [-5_000, 'now'],
  [1_000, '1 second ago'],
  [59_999, '59 seconds ago'],
  [180_000, '3 minutes ago'],
  [86_400_000, 'yesterday'],
  [3 * 86_400_000, '3 days ago'],
])('%d ms are told as “%s”', (passed, text) => {
  expect(formatAgo(1e12 - passed, 1e12)).toBe(text);
});
