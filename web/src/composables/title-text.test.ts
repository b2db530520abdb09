// @vitest-environment happy-dom
import { expect, it } from 'vitest';

import { titleChangesIn, titleText, type TitleState } from './title-text';

const NOW = 1_000_000;
const playing: TitleState = {
  status: 'playing',
  queuePosition: 0,
  charges: { available: 1, nextAt: null },
  rule: { max_charges: 1, regain_ms: 5_000 },
  isCalled: false,
};

it.each<[string, Partial<TitleState>, string]>([
  ['a guest', { status: 'guest' }, 'Pixel Wars'],
  ['the queue', { status: 'queued', queuePosition: 5 }, '(5) In the queue · Pixel Wars'],
  ['a turn that came', { isCalled: true }, 'Your turn! · Pixel Wars'],
  ['a charge', {}, 'Pixel Wars'],
  ['no charge', { charges: { available: 0, nextAt: NOW + 3_500 } }, '0:04 · Pixel Wars'],
  ['no cooldown', { rule: { max_charges: 6, regain_ms: 0 } }, 'Pixel Wars'],
  ['some charges', {
    rule: { max_charges: 6, regain_ms: 5_000 }, charges: { available: 3, nextAt: NOW + 900 },
  }, '3/6 · Pixel Wars'],
  ['none of some', {
    rule: { max_charges: 6, regain_ms: 5_000 }, charges: { available: 0, nextAt: NOW + 61_000 },
  }, '1:01 · Pixel Wars'],
  ['charges that came back since', {
    rule: { max_charges: 6, regain_ms: 5_000 }, charges: { available: 3, nextAt: NOW - 1 },
  }, '4/6 · Pixel Wars'],
])('the title tells of %s', (_, state, text) => {
  expect(titleText({ ...playing, ...state }, NOW)).toBe(text);
});

it('the title changes at whole seconds before a charge, and not more often', () => {
  const waiting = { ...playing, charges: { available: 0, nextAt: NOW + 3_500 } };
  expect(titleChangesIn(waiting, NOW)).toBe(500);
  expect(titleChangesIn(waiting, NOW + 500)).toBe(1_000);
  expect(titleChangesIn(playing, NOW)).toBeNull();
});
