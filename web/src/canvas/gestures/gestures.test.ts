import { describe, expect, it } from 'vitest';

import { DragSpeed, Glide } from './inertia';
import { LongPressGesture } from './long-press';
import { PanGesture } from './pan';
import { PinchGesture } from './pinch';
import { DoubleTapGesture, type PointerSample, TapGesture, TwoFingerTapGesture } from './tap';
import { TurnGesture } from './turn';
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

describe('wheel with Shift or Alt', () => {
  const notch = {
    x: 3, y: 4, deltaX: 0, deltaY: 100, deltaMode: 0,
    ctrlKey: false, shiftKey: true, altKey: false,
  };

  it('turns by 15 degrees a notch about the pointer, whichever way it is reported', () => {
    const down = wheelChange(notch);
    expect(down).toMatchObject({ x: 3, y: 4, factor: 1 });
    expect(down.angle).toBeCloseTo(Math.PI / 12, 9);
    expect(wheelChange({ ...notch, deltaX: 100, deltaY: 0 }).angle).toBeCloseTo(Math.PI / 12, 9);
    const byAlt = wheelChange({ ...notch, shiftKey: false, altKey: true, deltaY: -50 });
    expect(byAlt.angle).toBeCloseTo(-Math.PI / 24, 9);
  });

  it('turns no faster however it is thrown, and leaves a trackpad’s pinch alone', () => {
    expect(wheelChange({ ...notch, deltaY: 1e6 }).angle).toBeCloseTo(Math.PI / 12, 9);
    expect(wheelChange({ ...notch, ctrlKey: true }).angle).toBe(0);
  });
});

describe('turning with two fingers', () => {
  /** Two fingers 200 px apart about (100, 100), turned by `degrees`, one after the other. */
  function turnTo(pinch: PinchGesture, degrees: number): number {
    const angle = (degrees * Math.PI) / 180;
    const [x, y] = [100 * Math.cos(angle), 100 * Math.sin(angle)];
    const first = pinch.move(touch(100 - x, 100 - y, 0, 1))?.angle ?? 0;
    return first + (pinch.move(touch(100 + x, 100 + y, 0, 2))?.angle ?? 0);
  }

  function started(): PinchGesture {
    const pinch = new PinchGesture();
    pinch.down(touch(0, 100, 0, 1), touch(200, 100, 0, 2));
    return pinch;
  }

  it('begins beyond 12 degrees, without a jump', () => {
    const pinch = started();
    expect(turnTo(pinch, 6)).toBe(0);
    expect(turnTo(pinch, 11.9)).toBe(0);
    expect((turnTo(pinch, 14) * 180) / Math.PI).toBeCloseTo(2, 6);
    expect((turnTo(pinch, 44) * 180) / Math.PI).toBeCloseTo(30, 6);
    expect((turnTo(pinch, 4) * 180) / Math.PI).toBeCloseTo(-40, 6);
  });

  it('does not begin when close fingers move side by side in large steps', () => {
    const pinch = new PinchGesture();
    pinch.down(touch(0, 0, 0, 1), touch(50, 0, 0, 2));
    for (let y = 30; y <= 300; y += 30) {
      expect(pinch.move(touch(0, y, y, 1))?.angle).toBe(0);
      expect(pinch.move(touch(50, y, y, 2))?.angle).toBe(0);
    }
  });

  it('goes on over the half turn where directions wrap around', () => {
    const pinch = started();
    turnTo(pinch, 100);
    turnTo(pinch, 170);
    expect((turnTo(pinch, 190) * 180) / Math.PI).toBeCloseTo(20, 6);
  });

  it('can be switched off', () => {
    const pinch = started();
    pinch.allowTurn(false);
    expect(turnTo(pinch, 90)).toBe(0);
  });
});

describe('double tap', () => {
  it('is two touches shortly after one another at one place, and not a third', () => {
    const double = new DoubleTapGesture();
    expect(double.tap(touch(50, 50, 0))).toBe(false);
    expect(double.tap(touch(60, 55, 250))).toBe(true);
    expect(double.tap(touch(60, 55, 450))).toBe(false);
  });

  it.each([
    ['later', touch(50, 50, 400)],
    ['elsewhere', touch(90, 50, 200)],
    ['by mouse', { ...touch(50, 50, 200), kind: 'mouse' as const }],
  ])('is not a second tap %s', (_, second) => {
    const double = new DoubleTapGesture();
    double.tap(touch(50, 50, 0));
    expect(double.tap(second)).toBe(false);
  });
});

describe('two-finger tap', () => {
  it('is in the middle of two fingers that come and go shortly', () => {
    const tap = new TwoFingerTapGesture();
    tap.down(touch(0, 0, 0, 1));
    tap.down(touch(80, 20, 40, 2));
    expect(tap.up(touch(1, 1, 150, 1))).toEqual({ x: 40, y: 10 });
    expect(tap.up(touch(80, 20, 160, 2))).toBeNull();
  });

  it.each([
    ['moved', 20, 150],
    ['stayed', 0, 400],
  ])('is not of fingers that %s', (_, x, time) => {
    const tap = new TwoFingerTapGesture();
    tap.down(touch(0, 0, 0, 1));
    tap.down(touch(80, 0, 40, 2));
    tap.move(touch(x, 0, 100, 1));
    expect(tap.up(touch(x, 0, time, 1))).toBeNull();
  });
});

describe('long press', () => {
  it('is a touch that rests for 500 ms, told once', () => {
    const press = new LongPressGesture();
    press.down(touch(10, 10, 1_000));
    press.move(touch(18, 10, 1_200));
    expect(press.due(1_499)).toBeNull();
    expect(press.due(1_500)).toMatchObject({ x: 10, y: 10 });
    expect(press.due(1_600)).toBeNull();
  });

  it('is not a drag, and not a mouse', () => {
    const press = new LongPressGesture();
    press.down(touch(10, 10));
    press.move(touch(19, 10, 100));
    expect(press.due(600)).toBeNull();
    press.down({ ...touch(10, 10), kind: 'mouse' });
    expect(press.due(600)).toBeNull();
  });
});

describe('inertia', () => {
  it('measures the last moments of a drag', () => {
    const speed = new DragSpeed();
    speed.add(touch(0, 0, 0));
    speed.add(touch(1, 0, 500));
    speed.add(touch(31, 0, 530));
    speed.add(touch(61, 0, 560));
    expect(speed.at(560)?.x).toBeCloseTo(1, 9);
  });

  it('has no speed after a rest, at a slow end, or at a single moment', () => {
    const speed = new DragSpeed();
    speed.add(touch(0, 0, 0));
    speed.add(touch(60, 0, 30));
    expect(speed.at(200)).toBeNull();
    speed.clear();
    speed.add(touch(0, 0, 0));
    speed.add(touch(2, 0, 60));
    expect(speed.at(60)).toBeNull();
    speed.clear();
    speed.add(touch(0, 0, 0));
    speed.add(touch(9, 0, 0));
    expect(speed.at(0)).toBeNull();
  });

  it('bounds a speed that no finger has', () => {
    const speed = new DragSpeed();
    speed.add(touch(0, 0, 0));
    speed.add(touch(300, 400, 1));
    const { x = 0, y = 0 } = speed.at(1) ?? {};
    expect(Math.hypot(x, y)).toBeCloseTo(6, 9);
    expect(y / x).toBeCloseTo(4 / 3, 9);
  });

  it('glides the same way however many steps it takes, and comes to an end', () => {
    const wayIn = (steps: readonly number[]): number => {
      const glide = new Glide({ x: 2, y: 0 }, 100);
      return steps.reduce((way, time) => way + glide.step(time).x, 0);
    };
    expect(wayIn([116, 133, 600])).toBeCloseTo(wayIn([600]), 9);
    expect(wayIn([90, 100])).toBe(0);
    const glide = new Glide({ x: 2, y: 0 }, 100);
    expect(glide.hasEnded(200)).toBe(false);
    expect(glide.hasEnded(2_000)).toBe(true);
  });
});

describe('turning with the right button', () => {
  it('turns about the given point once past the threshold', () => {
    const turn = new TurnGesture();
    turn.down(touch(10, 10), { x: 400, y: 300 });
    expect(turn.move(touch(14, 10))).toBeNull();
    expect(turn.move(touch(20, 10))).toBeNull();
    expect(turn.active).toBe(true);
    const change = turn.move(touch(200, 40));
    expect(change).toMatchObject({ x: 400, y: 300, dx: 0, dy: 0, factor: 1 });
    expect(change?.angle).toBeCloseTo(Math.PI / 2, 9);
    turn.cancel();
    expect(turn.move(touch(300, 40))).toBeNull();
  });
});
