// @vitest-environment happy-dom
import { expect, it } from 'vitest';

import { formatDuration } from './duration';

it.each([
  [0, '0 sec'],
  [2_500, '2.5 sec'],
  [5_000, '5 sec'],
  [120_000, '2 min'],
  [90_000, '1 min 30 sec'],
  [3_900_000, '1 hr 5 min'],
  [3_601_000, '1 hr'],
  [90_000_000, '1 day 1 hr'],
])('%d ms are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text.replaceAll(' ', '\u00a0'));
});
