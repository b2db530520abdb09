import { expect, it } from 'vitest';

import { Heat, HEAT_LIFE_MS, HEAT_STEP_MS } from './heat';

function step(heat: Heat): number {
  heat.beginStep();
  let chunks = 1;
  while (!heat.coolOn()) {
    chunks += 1;
  }
  return chunks;
}

it('a placement is hottest, and cold after its life', () => {
  const heat = new Heat(5, 3);
  heat.placed([7]);
  expect(heat.at(2, 1)).toBe(255);
  const steps = HEAT_LIFE_MS / HEAT_STEP_MS;
  for (let done = 0; done < steps / 2; done += 1) {
    step(heat);
  }
  expect(heat.at(2, 1)).toBeGreaterThan(120);
  expect(heat.at(2, 1)).toBeLessThan(135);
  for (let done = 0; done < steps / 2; done += 1) {
    step(heat);
  }
  expect(heat.at(2, 1)).toBe(0);
});

it('an old placement is as warm as its age says, and never cools a newer one', () => {
  const heat = new Heat(5, 3);
  heat.placed([0], HEAT_LIFE_MS / 2);
  heat.placed([1], HEAT_LIFE_MS * 2);
  heat.placed([2]);
  heat.placed([2], HEAT_LIFE_MS / 2);
  expect([heat.at(0, 0), heat.at(1, 0), heat.at(2, 0)]).toEqual([128, 0, 255]);
});

it('a clock that is ahead makes nothing hotter than hot', () => {
  const heat = new Heat(2, 2);
  heat.placed([3], -60_000);
  expect(heat.at(1, 1)).toBe(255);
});

it('the last cells of a canvas cool too, also where they fill no word', () => {
  const heat = new Heat(3, 3);
  heat.placed([8]);
  step(heat);
  expect(heat.at(2, 2)).toBe(249);
});

it('a huge canvas is kept at half its size', () => {
  const heat = new Heat(8192, 4097);
  expect([heat.layer.width, heat.layer.height]).toEqual([4096, 2049]);
  heat.placed([8192 * 4096 + 8191]);
  expect(heat.at(8190, 4096)).toBe(255);
  expect(heat.at(8188, 4096)).toBe(0);
});

it('a large canvas cools in many small parts, and a cold one not at all', () => {
  const heat = new Heat(4096, 4096);
  heat.beginStep();
  expect(heat.isCooling).toBe(false);
  heat.placed([4096 * 4096 - 1]);
  expect(step(heat)).toBe(32);
  expect(heat.at(4095, 4095)).toBe(249);
});
