import { describe, expect, it } from 'vitest';

import { Camera } from './camera';

const STILL = { x: 400, y: 300, dx: 0, dy: 0, factor: 1, angle: 0 };

/** A camera over 1000 x 1000 cells at 4 CSS pixels each, on a screen of two device pixels. */
function camera(isReduced = false): Camera {
  const made = new Camera(() => isReduced);
  made.setCanvas({ width: 1000, height: 1000 });
  made.resize({ width: 1600, height: 1200 }, 2);
  made.jump({ ...made.viewport, centerX: 500, centerY: 500, zoom: 8 });
  return made;
}

describe('camera', () => {
  it('takes changes in CSS pixels', () => {
    const made = camera();
    made.change({ ...STILL, dx: 40, dy: -20 });
    expect(made.viewport).toMatchObject({ centerX: 490, centerY: 505, zoom: 8 });
  });

  it('keeps middle and scale when the screen changes its pixels', () => {
    const made = camera();
    made.resize({ width: 800, height: 600 }, 1);
    expect(made.viewport).toMatchObject({ centerX: 500, centerY: 500, zoom: 4 });
  });

  it('goes to a place in steps, or at once for those who want no motion', () => {
    const [moving, still] = [camera(), camera(true)];
    for (const made of [moving, still]) {
      made.animate({ ...made.viewport, centerX: 600 }, 1_000);
    }
    expect(still.viewport.centerX).toBe(600);
    expect(still.isMoving).toBe(false);
    expect(moving.step(1_080)).toBe(true);
    expect(moving.viewport.centerX).toBeGreaterThan(500);
    expect(moving.viewport.centerX).toBeLessThan(600);
    moving.step(1_160);
    expect(moving.viewport.centerX).toBe(600);
    expect(moving.step(1_200)).toBe(false);
  });

  it('glides on after a drag until it is slow, and then rests on whole pixels', () => {
    const made = camera();
    made.fling({ x: -1, y: 0.3 }, { x: 400, y: 300 }, 0);
    for (let time = 16; made.isMoving && time < 10_000; time += 16) {
      made.step(time);
    }
    expect(made.isMoving).toBe(false);
    expect(made.viewport.centerX).toBeGreaterThan(550);
    expect(made.viewport).toEqual(made.drawn);
  });

  it('does not glide for those who want no motion, nor beyond the canvas', () => {
    const still = camera(true);
    still.fling({ x: 2, y: 0 }, { x: 400, y: 300 }, 0);
    expect(still.viewport.centerX).toBeCloseTo(500, 6);
    const made = camera();
    made.jump({ ...made.viewport, centerX: 300 });
    made.fling({ x: 6, y: 0 }, { x: 400, y: 300 }, 0);
    for (let time = 16; time < 5_000; time += 16) {
      made.step(time);
    }
    expect(made.viewport.centerX).toBe(0);
    expect(made.isMoving).toBe(false);
  });

  it('is held while it glides, but finishes a step', () => {
    const made = camera();
    made.fling({ x: 1, y: 0 }, { x: 400, y: 300 }, 0);
    expect(made.hold()).toBe(true);
    expect(made.isMoving).toBe(false);
    made.animate({ ...made.viewport, centerX: 600 }, 0);
    expect(made.hold()).toBe(false);
    expect(made.isMoving).toBe(true);
  });

  it('finds the quarter turn by the short way and tells it short', () => {
    const made = camera(true);
    made.change({ ...STILL, angle: (265 * Math.PI) / 180 });
    made.settle({ x: 400, y: 300 }, 0);
    expect(made.viewport.angle).toBeCloseTo(-Math.PI / 2, 9);
  });
});
