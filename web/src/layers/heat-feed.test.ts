import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { HeatLayer } from '../canvas/scene';
import type { Delta } from '../live/delta';
import { HEAT_LIFE_MS, HEAT_STEP_MS } from './heat';
import { HeatFeed, type HeatSource } from './heat-feed';

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

function fed(recent: HeatSource['recent']) {
  const shown: HeatLayer[] = [];
  const listeners = new Set<(delta: Delta | null) => void>();
  const feed = new HeatFeed({
    width: 4, height: 4, round: 2, recent,
    onChanges: (listener) => {
      listeners.add(listener);
      return () => { listeners.delete(listener); };
    },
  }, (layer) => { shown.push(layer); });
  const change = (index: number): void => {
    const delta = { indexes: Uint32Array.of(index), colors: Uint8Array.of(1) };
    listeners.forEach((listener) => { listener(delta); });
  };
  return { feed, shown, listeners, change };
}

it('the last minutes of this round are shown, then every change, and all of it fades', async () => {
  const now = 1_000_000_000;
  const { shown, change, feed } = fed(() => Promise.resolve({
    now,
    placements: [
      { round: 2, x: 1, y: 0, at: now - HEAT_LIFE_MS / 2 },
      { round: 1, x: 2, y: 0, at: now },
      { round: 2, x: 9, y: 0, at: now },
    ],
  }));
  await vi.advanceTimersByTimeAsync(1_000);
  expect([...(shown.at(-1)?.values.subarray(0, 4) ?? [])]).toEqual([0, 128, 0, 0]);
  change(3);
  change(3);
  const before = shown.length;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(shown).toHaveLength(before + 1);
  expect(shown.at(-1)?.values[3]).toBe(255);
  await vi.advanceTimersByTimeAsync(HEAT_STEP_MS);
  expect(shown.at(-1)?.values[3]).toBe(249);
  feed.stop();
});

it('without a log the heat begins now, and after its end nothing is shown', async () => {
  const { shown, change, feed, listeners } = fed(() => Promise.reject(new Error('away')));
  await vi.advanceTimersByTimeAsync(1_000);
  change(5);
  feed.stop();
  const before = shown.length;
  await vi.advanceTimersByTimeAsync(HEAT_STEP_MS * 2);
  expect(shown).toHaveLength(before);
  expect(listeners.size).toBe(0);
});
