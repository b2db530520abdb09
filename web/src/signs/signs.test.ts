import { expect, it } from 'vitest';

import { SAME_SIGN_MS, SignRate, Sounds, WINDOW_MS, WINDOW_SIGNS } from './signs';

it('the same sign is not given twice at once', () => {
  const rate = new SignRate();
  expect(rate.allows('placed', 0)).toBe(true);
  expect(rate.allows('placed', SAME_SIGN_MS - 1)).toBe(false);
  expect(rate.allows('refused', SAME_SIGN_MS - 1)).toBe(true);
  expect(rate.allows('placed', SAME_SIGN_MS)).toBe(true);
});

it('a burst of placements makes no more than a few sounds', () => {
  const rate = new SignRate();
  const given = Array.from({ length: 2_000 }, (_, ms) => rate.allows('placed', ms));
  expect(given.filter(Boolean)).toHaveLength(WINDOW_SIGNS);
  expect(rate.allows('placed', WINDOW_MS + WINDOW_SIGNS * SAME_SIGN_MS)).toBe(true);
});

it('a device without sound is left in peace', () => {
  const sounds = new Sounds();
  sounds.unlock();
  expect(() => { sounds.play('placed'); }).not.toThrow();
  sounds.dispose();
});
