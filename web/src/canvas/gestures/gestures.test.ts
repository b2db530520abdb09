import { describe, expect, it } from 'vitest';

import { keyCommand } from './keyboard';
import { PanGesture } from './pan';
import { PinchGesture } from './pinch';
import { type PointerSample, TapGesture } from './tap';
import { wheelChange } from './wheel';

function touch(x: number, y: number, time = 0, id = 1): PointerSample {
  return { id, x, y, time, kind: 'touch' };
}

describe('tap', () => {
  it('is a short touch that stays within 8 px', () => {
    const tap = new TapGesture();
    tap.down(touch(10, 10));
    tap.move(touch(15, 14, 100));
    expect(tap.up(touch(15, 14, 300))).toMatchObject({ x: 10, y: 10 });
  });

  it.each([
    ['moved 8 px', touch(18, 10, 100)],
    ['lasted over 300 ms', touch(10, 10, 301)],
    ['came from another finger', touch(10, 10, 50, 2)],
  ])('is not a touch that %s', (_, end) => {
    const tap = new TapGesture();
    tap.down(touch(10, 10));
    expect(tap.up(end)).toBeNull();
  });

  it('is a mouse click however long the button was held', () => {
    const tap = new TapGesture();
    tap.down({ ...touch(10, 10), kind: 'mouse' });
    expect(tap.up({ ...touch(10, 10, 5_000), kind: 'mouse' })).not.toBeNull();
  });

  it('is not a drag that came back', () => {
    const tap = new TapGesture();
    tap.down(touch(10, 10));
    tap.move(touch(40, 10, 50));
    expect(tap.up(touch(10, 10, 100))).toBeNull();
  });
});

describe('pan', () => {
  it('begins past the drag threshold without a jump', () => {
    const pan = new PanGesture();
    pan.down(touch(0, 0));
    expect(pan.move(touch(5, 0))).toBeNull();
    expect(pan.active).toBe(false);
    expect(pan.move(touch(10, 0))?.dx).toBeCloseTo(2, 9);
    expect(pan.active).toBe(true);
    expect(pan.move(touch(13, 3))).toMatchObject({ dx: 3, dy: 3, factor: 1 });
  });
});

describe('pinch', () => {
  it('scales about the middle of the fingers', () => {
    const pinch = new PinchGesture();
    pinch.down(touch(0, 0, 0, 1), touch(100, 0, 0, 2));
    expect(pinch.move(touch(200, 0, 10, 2))).toEqual({
      x: 50, y: 0, dx: 50, dy: 0, factor: 2, angle: 0,
    });
  });

  it('moves without scaling when both fingers go along', () => {
    const pinch = new PinchGesture();
    pinch.down(touch(0, 0, 0, 1), touch(100, 0, 0, 2));
    const first = pinch.move(touch(0, 20, 10, 1));
    const second = pinch.move(touch(100, 20, 10, 2));
    expect((first?.dy ?? 0) + (second?.dy ?? 0)).toBe(20);
    expect((first?.factor ?? 0) * (second?.factor ?? 0)).toBeCloseTo(1, 9);
  });
});

describe('wheel', () => {
  const notch = {
    x: 3, y: 4, deltaX: 0, deltaY: 100, deltaMode: 0,
    ctrlKey: false, shiftKey: false, altKey: false,
  };

  it('zooms out downwards and in upwards by the same step', () => {
    const out = wheelChange(notch);
    const back = wheelChange({ ...notch, deltaY: -100 });
    expect(out.factor).toBeLessThan(1);
    expect(out.factor * back.factor).toBeCloseTo(1, 9);
  });

  it('takes lines and pages for pixels and bounds a step', () => {
    expect(wheelChange({ ...notch, deltaY: 3, deltaMode: 1 }).factor).toBeCloseTo(
      wheelChange({ ...notch, deltaY: 48 }).factor, 9,
    );
    expect(wheelChange({ ...notch, deltaY: -1e9 }).factor).toBe(2);
  });

  it('takes Ctrl for a trackpad’s pinch, which reports less', () => {
    const pinch = wheelChange({ ...notch, deltaY: -10, ctrlKey: true });
    expect(pinch.factor).toBeGreaterThan(wheelChange({ ...notch, deltaY: -10 }).factor);
  });
});

describe('keys', () => {
  const plain = { shiftKey: false, ctrlKey: false, altKey: false, metaKey: false };

  it('mean acts on the canvas', () => {
    const command = (key: string) => keyCommand({ ...plain, key });
    expect(command('ArrowUp')).toEqual({ kind: 'move', dx: 0, dy: -1 });
    expect(command('+')).toEqual({ kind: 'zoom', direction: 1 });
    expect(command('9')).toEqual({ kind: 'color', index: 8 });
    expect(command('Enter')).toEqual({ kind: 'place' });
    expect(command('Escape')).toEqual({ kind: 'deselect' });
    expect(command('Tab')).toBeNull();
  });

  it('move ten cells with Shift and belong to the browser with Ctrl', () => {
    expect(keyCommand({ ...plain, key: 'ArrowLeft', shiftKey: true })).toMatchObject({ dx: -10 });
    expect(keyCommand({ ...plain, key: '+', ctrlKey: true })).toBeNull();
  });
});
