import { describe, expect, it } from 'vitest';

import type { DeltaFrame } from './frames';
import { CanvasSync, MAX_HELD_BYTES, MAX_HELD_FRAMES } from './sync';

function delta(after: number, to: number, bytes = 2): DeltaFrame {
  return { kind: 'delta', after, to, changes: new Uint8Array(bytes) };
}

function based(version: number): CanvasSync {
  const sync = new CanvasSync();
  sync.rebase(1, version);
  return sync;
}

describe('before there is a base', () => {
  it('holds frames back and applies those that continue it', () => {
    const sync = new CanvasSync();
    expect(sync.receive(delta(10, 12))).toEqual([]);
    expect(sync.receive(delta(12, 15))).toEqual([]);
    expect(sync.rebase(1, 12)).toEqual([delta(12, 15)]);
    expect([sync.version, sync.isBehind]).toEqual([15, false]);
  });

  it('knows afterwards that a base is older than what it saw', () => {
    const sync = new CanvasSync();
    sync.receive(delta(10, 12));
    expect(sync.rebase(1, 8)).toEqual([]);
    expect([sync.version, sync.isBehind, sync.hasGap]).toEqual([8, true, true]);
  });
});

describe('with a base', () => {
  it('applies the frame that continues it', () => {
    const sync = based(10);
    expect(sync.receive(delta(10, 12))).toEqual([delta(10, 12)]);
    expect(sync.version).toBe(12);
  });

  it('drops a frame that is already shown', () => {
    const sync = based(12);
    expect(sync.receive(delta(10, 12))).toEqual([]);
    expect([sync.version, sync.hasGap]).toEqual([12, false]);
  });

  it('applies a frame whole that begins before and ends after', () => {
    const sync = based(11);
    expect(sync.receive(delta(10, 14))).toEqual([delta(10, 14)]);
    expect(sync.version).toBe(14);
  });

  it('holds what comes after a gap until the gap is repaired', () => {
    const sync = based(10);
    expect(sync.receive(delta(12, 13))).toEqual([]);
    expect(sync.receive(delta(13, 16))).toEqual([]);
    expect([sync.version, sync.isBehind, sync.hasGap]).toEqual([10, true, true]);
    expect(sync.repair(delta(10, 12))).toEqual([delta(10, 12), delta(12, 13), delta(13, 16)]);
    expect([sync.version, sync.isBehind, sync.hasGap]).toEqual([16, false, false]);
  });

  it('drops held frames that the repair already brought', () => {
    const sync = based(10);
    sync.receive(delta(12, 13));
    expect(sync.repair(delta(10, 20))).toEqual([delta(10, 20)]);
    expect([sync.version, sync.isBehind, sync.hasGap]).toEqual([20, false, false]);
  });

  it('does not apply a repair that begins after the shown version', () => {
    const sync = based(10);
    expect(sync.repair(delta(11, 20))).toEqual([]);
    expect([sync.version, sync.isBehind]).toEqual([10, true]);
  });

  it('is behind as soon as a newer version is known to exist', () => {
    const sync = based(10);
    sync.expect(11);
    expect([sync.isBehind, sync.hasGap]).toEqual([true, false]);
  });
});

describe('bounds', () => {
  it('drops all held frames above the count and still knows what is missing', () => {
    const sync = based(1);
    for (let at = 0; at <= MAX_HELD_FRAMES; at += 1) {
      sync.receive(delta(10 + at, 11 + at));
    }
    expect(sync.hasGap).toBe(false);
    expect(sync.isBehind).toBe(true);
    expect(sync.repair(delta(1, 10))).toEqual([delta(1, 10)]);
    expect(sync.isBehind).toBe(true);
  });

  it('drops all held frames above the bytes', () => {
    const sync = based(1);
    sync.receive(delta(10, 11, MAX_HELD_BYTES));
    expect(sync.hasGap).toBe(true);
    sync.receive(delta(11, 12, 1));
    expect([sync.hasGap, sync.isBehind]).toEqual([false, true]);
  });
});

describe('starting anew', () => {
  it('keeps the knowledge of newer versions over a reset', () => {
    const sync = based(10);
    sync.expect(30);
    sync.reset();
    expect([sync.version, sync.round, sync.isBehind]).toEqual([null, null, false]);
    sync.rebase(2, 20);
    expect(sync.isBehind).toBe(true);
  });

  it('forgets it when the server turns out to hold another log', () => {
    const sync = based(10);
    sync.forget();
    sync.rebase(1, 2);
    expect(sync.isBehind).toBe(false);
  });
});

it('any split and order of overlapping frames ends at the newest version, never going back', () => {
  // A small linear congruential generator (Numerical Recipes), so that a failure repeats.
  let seed = 20_260_401;
  const random = (below: number): number => {
    seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let run = 0; run < 300; run += 1) {
    const sync = based(0);
    let shown = 0;
    const check = (applied: readonly DeltaFrame[]): void => {
      for (const frame of applied) {
        expect(frame.after).toBeLessThanOrEqual(shown);
        expect(frame.to).toBeGreaterThan(shown);
        shown = frame.to;
      }
      expect(sync.version).toBe(shown);
    };
    for (let step = 0; step < 30; step += 1) {
      const after = random(60);
      check(sync.receive(delta(after, after + 1 + random(6))));
      if (sync.isBehind && random(4) === 0) {
        check(sync.repair(delta(shown, shown + 1 + random(8))));
      }
    }
    check(sync.repair(delta(shown, 100)));
    expect([sync.version, sync.isBehind, sync.hasGap]).toEqual([100, false, false]);
  }
});
