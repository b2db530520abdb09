import { describe, expect, it } from 'vitest';

import {
  alignedToPixels,
  between,
  canvasToScreen,
  changed,
  fitted,
  inverseMatrix,
  isExact,
  limitsFor,
  nearestQuarter,
  overlaps,
  revealing,
  screenBox,
  screenToCanvas,
  snapped,
  type Viewport,
  visibleBox,
  visibleQuad,
  withShortAngle,
} from './viewport';

const canvas = { width: 1000, height: 600 };
const view: Viewport = {
  centerX: 400.25, centerY: 300.5, zoom: 7.3, angle: 0, width: 800, height: 500,
};
const turned: Viewport = { ...view, angle: 0.7 };
const limits = limitsFor(view, canvas, 64);

describe('screen and canvas positions', () => {
  it.each([view, turned])('are each other’s inverse at angle $angle', (at) => {
    const point = screenToCanvas(at, { x: 123, y: 456 });
    const back = canvasToScreen(at, point);
    expect(back.x).toBeCloseTo(123, 9);
    expect(back.y).toBeCloseTo(456, 9);
  });

  it('show the centre in the middle of the view', () => {
    expect(screenToCanvas(turned, { x: 400, y: 250 })).toEqual({ x: 400.25, y: 300.5 });
  });

  it('turn clockwise with the angle', () => {
    const quarter = { ...view, angle: Math.PI / 2 };
    const right = canvasToScreen(quarter, { x: view.centerX + 1, y: view.centerY });
    expect(right.x).toBeCloseTo(400, 9);
    expect(right.y).toBeCloseTo(250 + view.zoom, 9);
  });
});

describe('inverse matrix', () => {
  it.each([view, turned])('agrees with screenToCanvas at angle $angle', (at) => {
    const { matrix, base } = inverseMatrix(at);
    const [m0 = 0, m1 = 0, , m3 = 0, m4 = 0, , m6 = 0, m7 = 0] = matrix;
    const point = { x: 37.5, y: 411.5 };
    const expected = screenToCanvas(at, point);
    expect(base.x + m0 * point.x + m3 * point.y + m6).toBeCloseTo(expected.x, 4);
    expect(base.y + m1 * point.x + m4 * point.y + m7).toBeCloseTo(expected.y, 4);
  });

  it('keeps a pixel’s share of a cell exact far from the corner', () => {
    const far = { ...view, centerX: 8000.5, centerY: 8000.5, zoom: 64 };
    const { matrix, base } = inverseMatrix(far);
    const left = base.x + (matrix[0] ?? 0) * 400.5 + (matrix[6] ?? 0);
    expect(left).toBeCloseTo(screenToCanvas(far, { x: 400.5, y: 0 }).x, 5);
  });
});

describe('camera changes', () => {
  it.each([view, turned])('keep the point under the pointer while zooming at $angle', (at) => {
    const pointer = { x: 610, y: 90 };
    const before = screenToCanvas(at, pointer);
    const next = changed(at, { ...pointer, dx: 0, dy: 0, factor: 1.7, angle: 0 }, limits);
    const after = screenToCanvas(next, pointer);
    expect(next.zoom).toBeCloseTo(at.zoom * 1.7, 9);
    expect(after.x).toBeCloseTo(before.x, 9);
    expect(after.y).toBeCloseTo(before.y, 9);
  });

  it('carry the point under the fingers along, scaled and turned', () => {
    const before = screenToCanvas(turned, { x: 300, y: 200 });
    const next = changed(
      turned, { x: 300, y: 200, dx: 25, dy: -40, factor: 0.8, angle: 0.2 }, limits,
    );
    const after = screenToCanvas(next, { x: 325, y: 160 });
    expect(after.x).toBeCloseTo(before.x, 9);
    expect(after.y).toBeCloseTo(before.y, 9);
  });

  it('stop at the zoom limits and at the canvas’s edge', () => {
    const change = { x: 0, y: 0, dx: 1e6, dy: 1e6, factor: 1e6, angle: 0 };
    const next = changed(view, change, limits);
    expect(next.zoom).toBe(limits.maxZoom);
    expect([next.centerX, next.centerY]).toEqual([0, 0]);
  });
});

describe('resting places', () => {
  it('make a nearly whole zoom whole and leave others', () => {
    expect(snapped({ ...view, zoom: 8.2 }, { x: 1, y: 1 }, limits).zoom).toBe(8);
    expect(snapped({ ...view, zoom: 1.19 }, { x: 1, y: 1 }, limits).zoom).toBeCloseTo(1.19, 9);
    expect(snapped({ ...view, zoom: 0.97 }, { x: 1, y: 1 }, limits).zoom).toBe(1);
  });

  it.each([0, Math.PI / 2, Math.PI])('put the corner on a whole pixel at angle %s', (angle) => {
    const corner = canvasToScreen(alignedToPixels({ ...view, angle }), { x: 0, y: 0 });
    expect(corner.x).toBeCloseTo(Math.round(corner.x), 6);
    expect(corner.y).toBeCloseTo(Math.round(corner.y), 6);
  });

  it('leave a slanted view alone', () => {
    expect(alignedToPixels(turned)).toBe(turned);
  });
});

describe('showing things', () => {
  it('fits the whole canvas between the insets', () => {
    const insets = { top: 60, right: 0, bottom: 120, left: 0 };
    const whole = fitted(view, canvas, insets);
    const topLeft = canvasToScreen(whole, { x: 0, y: 0 });
    const bottomRight = canvasToScreen(whole, { x: 1000, y: 600 });
    expect(topLeft.x).toBeGreaterThanOrEqual(0);
    expect(topLeft.y).toBeGreaterThanOrEqual(60);
    expect(bottomRight.x).toBeLessThanOrEqual(800);
    expect(bottomRight.y).toBeLessThanOrEqual(380);
  });

  it('reveals a hidden cell and leaves a visible one', () => {
    const insets = { top: 10, right: 10, bottom: 200, left: 10 };
    const hidden = revealing(view, { x: 400, y: 330 }, insets);
    const at = canvasToScreen(hidden, { x: 400.5, y: 330.5 });
    expect(at.y).toBeLessThanOrEqual(300.5);
    expect(revealing(view, { x: 400, y: 300 }, insets)).toBe(view);
  });

  it('keeps the anchored point still all through an animated zoom', () => {
    const pointer = { x: 200, y: 400 };
    const change = { ...pointer, dx: 0, dy: 0, factor: 4, angle: 0 };
    const target = changed(view, change, limits);
    const before = screenToCanvas(view, pointer);
    for (const share of [0.1, 0.5, 0.9]) {
      const after = screenToCanvas(between(view, target, share), pointer);
      expect(after.x).toBeCloseTo(before.x, 6);
      expect(after.y).toBeCloseTo(before.y, 6);
    }
  });
});

/** Random numbers of 0 up to 1 that are the same in each run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('any view', () => {
  const random = numbers(4);
  const within = (low: number, high: number): number => low + random() * (high - low);
  const views = Array.from({ length: 200 }, (): Viewport => ({
    centerX: within(0, 1000),
    centerY: within(0, 600),
    zoom: 2 ** within(-4, 6),
    angle: within(-7, 7),
    width: Math.round(within(100, 4000)),
    height: Math.round(within(100, 2500)),
  }));

  it('has positions on screen and canvas that are each other’s inverse', () => {
    for (const at of views) {
      const point = { x: within(0, at.width), y: within(0, at.height) };
      const back = canvasToScreen(at, screenToCanvas(at, point));
      expect(back.x).toBeCloseTo(point.x, 6);
      expect(back.y).toBeCloseTo(point.y, 6);
    }
  });

  it('keeps two fingers on their cells while they move, spread and turn', () => {
    const wide = { ...limits, minZoom: 1e-6, maxZoom: 1e6 };
    for (const at of views) {
      const [first, second] = [{ x: 40, y: 60 }, { x: within(90, 300), y: within(80, 200) }];
      const [dx, dy] = [within(-5, 5), within(-5, 5)];
      const factor = within(0.7, 1.4);
      const angle = within(-0.5, 0.5);
      const middle = { x: (first.x + second.x) / 2, y: (first.y + second.y) / 2 };
      const next = changed(at, { ...middle, dx, dy, factor, angle }, wide);
      if (isHeldByEdge(next)) {
        continue;
      }
      for (const finger of [first, second]) {
        const [x, y] = [finger.x - middle.x, finger.y - middle.y];
        const cos = Math.cos(angle) * factor;
        const sin = Math.sin(angle) * factor;
        const moved = {
          x: middle.x + dx + x * cos - y * sin,
          y: middle.y + dy + x * sin + y * cos,
        };
        const [before, after] = [screenToCanvas(at, finger), screenToCanvas(next, moved)];
        expect(after.x).toBeCloseTo(before.x, 6);
        expect(after.y).toBeCloseTo(before.y, 6);
      }
    }
  });

  it('sees no cell outside of its box, nor draws one outside of its own', () => {
    for (const at of views) {
      const seen = visibleBox(at, canvas);
      const point = screenToCanvas(at, { x: within(0, at.width), y: within(0, at.height) });
      const cell = { x: Math.floor(point.x), y: Math.floor(point.y) };
      if (cell.x >= 0 && cell.y >= 0 && cell.x < canvas.width && cell.y < canvas.height) {
        const box = { left: cell.x, top: cell.y, right: cell.x + 1, bottom: cell.y + 1 };
        expect(overlaps(seen, box)).toBe(true);
        const shown = canvasToScreen(at, point);
        const pixels = screenBox(at, box);
        expect(shown.x).toBeGreaterThanOrEqual(pixels.left - 1e-6);
        expect(shown.x).toBeLessThanOrEqual(pixels.right + 1e-6);
        expect(shown.y).toBeGreaterThanOrEqual(pixels.top - 1e-6);
        expect(shown.y).toBeLessThanOrEqual(pixels.bottom + 1e-6);
      }
    }
  });

  /** A view that reached the canvas's edge stops there, and the fingers go on alone. */
  function isHeldByEdge({ centerX, centerY }: Viewport): boolean {
    return centerX <= 0 || centerY <= 0 || centerX >= canvas.width || centerY >= canvas.height;
  }
});

describe('turns', () => {
  const middle = { x: 400, y: 250 };

  it.each([[83, 90], [-7, 0], [187, 180], [97.9, 90]])(
    'that end at %s degrees snap to %s', (degrees, quarter) => {
      const still = snapped({ ...view, angle: (degrees * Math.PI) / 180 }, middle, limits);
      expect((still.angle * 180) / Math.PI).toBeCloseTo(quarter, 9);
      expect(nearestQuarter(still.angle)).toBe(still.angle);
    },
  );

  it.each([9, 45, -60])('that end at %s degrees stay', (degrees) => {
    const angle = (degrees * Math.PI) / 180;
    expect(snapped({ ...view, angle }, middle, limits).angle).toBeCloseTo(angle, 9);
  });

  it('are exact at quarters and whole zooms only', () => {
    expect(isExact({ ...view, zoom: 4, angle: -Math.PI / 2 })).toBe(true);
    expect(isExact({ ...view, zoom: 4.5 })).toBe(false);
    expect(isExact({ ...view, zoom: 4, angle: 0.1 })).toBe(false);
  });

  it('are told by the shorter way round', () => {
    expect(withShortAngle({ ...view, angle: 1.5 * Math.PI }).angle).toBeCloseTo(-Math.PI / 2, 9);
    expect(withShortAngle(turned)).toBe(turned);
  });

  it('turn the corners of what is seen along', () => {
    const half = visibleQuad({ ...view, angle: Math.PI });
    const upright = visibleQuad(view);
    expect(half[0].x).toBeCloseTo(upright[2].x, 9);
    expect(half[0].y).toBeCloseTo(upright[2].y, 9);
  });
});
