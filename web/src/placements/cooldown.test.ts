import { describe, expect, it } from 'vitest';

import { chargesAt, fullCharges, readyAt, shareOfNext, spend } from './cooldown';

const rule = { max_charges: 3, regain_ms: 1_000 };

describe('charges', () => {
  it('come back one after another and stop at the full bucket', () => {
    const empty = { available: 0, nextAt: 5_000 };
    expect(chargesAt(empty, rule, 4_999)).toEqual(empty);
    expect(chargesAt(empty, rule, 5_000)).toEqual({ available: 1, nextAt: 6_000 });
    expect(chargesAt(empty, rule, 6_500)).toEqual({ available: 2, nextAt: 7_000 });
    expect(chargesAt(empty, rule, 7_000)).toEqual(fullCharges(rule));
    expect(chargesAt(empty, rule, 1e9)).toEqual(fullCharges(rule));
  });

  it('are spent without moving the time of the next one', () => {
    const one = spend(fullCharges(rule), rule, 100);
    expect(one).toEqual({ available: 2, nextAt: 1_100 });
    expect(spend(one, rule, 600)).toEqual({ available: 1, nextAt: 1_100 });
    expect(spend({ available: 0, nextAt: 900 }, rule, 100).available).toBe(0);
  });

  it('are always there without a cooldown', () => {
    const none = { max_charges: 1, regain_ms: 0 };
    expect(chargesAt(spend(fullCharges(none), none, 0), none, 0)).toEqual(fullCharges(none));
  });
});

describe('what is shown of charges', () => {
  it('the charge that is waited for is the first after none, else the last', () => {
    expect(readyAt({ available: 0, nextAt: 5_000 }, rule, 4_500)).toBe(5_000);
    expect(readyAt({ available: 0, nextAt: 5_000 }, rule, 5_500)).toBe(7_000);
    expect(readyAt({ available: 1, nextAt: 5_000 }, rule, 4_500)).toBe(6_000);
    expect(readyAt(fullCharges(rule), rule, 0)).toBeNull();
  });

  it('the way to the next one is a share that never leaves its bounds', () => {
    const one = { available: 1, nextAt: 5_000 };
    expect(shareOfNext(one, rule, 4_250)).toBeCloseTo(0.25);
    expect(shareOfNext(one, rule, 3_000)).toBe(0);
    expect(shareOfNext(fullCharges(rule), rule, 0)).toBe(1);
    expect(shareOfNext(one, { max_charges: 3, regain_ms: 0 }, 0)).toBe(1);
  });
});
