import { describe, expect, it } from 'vitest';

import type { CameraChange } from '../viewport';
import { type Button, type HeldKeys, PointerGestures } from './pointer-gestures';
import type { PointerSample } from './tap';

const MIDDLE = { x: 400, y: 300 };

/** Pointer gestures whose outcomes are listed as words. */
class Hand {
  readonly told: string[] = [];
  readonly changes: CameraChange[] = [];
  isGliding = false;
  readonly gestures = new PointerGestures({
    camera: (change) => { this.changes.push(change); },
    hold: () => {
      const wasGliding = this.isGliding;
      this.isGliding = false;
      return wasGliding;
    },
    settle: () => { this.told.push('settle'); },
    fling: () => { this.told.push('fling'); },
    tap: ({ x, y }) => { this.told.push(`tap ${x},${y}`); },
    doubleTap: ({ x, y }) => { this.told.push(`double ${x},${y}`); },
    twoFingerTap: ({ x, y }) => { this.told.push(`two ${x},${y}`); },
    longPress: ({ x, y }) => { this.told.push(`long ${x},${y}`); },
    pickColor: ({ x, y }) => { this.told.push(`pick ${x},${y}`); },
  });

  down(at: PointerSample, button: Button = 'left'): boolean {
    return this.gestures.down(at, button, MIDDLE);
  }

  move(...samples: PointerSample[]): void {
    samples.forEach((at) => { this.gestures.move(at); });
  }

  up(at: PointerSample, keys: Partial<HeldKeys> = {}): void {
    this.gestures.up(at, { isShifted: false, hasAlt: false, ...keys });
  }

  /** Nothing is left of what happened: a tap is a tap again. */
  expectFresh(): void {
    this.told.length = 0;
    this.down(touch(5, 5, 90_000, 99));
    this.up(touch(5, 5, 90_050, 99));
    expect(this.told).toEqual(['tap 5,5']);
  }
}

function touch(x: number, y: number, time = 0, id = 1): PointerSample {
  return { id, x, y, time, kind: 'touch' };
}

function mouse(x: number, y: number, time = 0): PointerSample {
  return { id: 1, x, y, time, kind: 'mouse' };
}

describe('one pointer', () => {
  it('taps, even with a shaky finger, and moves nothing by it', () => {
    const hand = new Hand();
    hand.down(touch(10, 10));
    hand.move(touch(14, 13, 60), touch(9, 12, 90));
    hand.up(touch(12, 12, 120));
    expect(hand.told).toEqual(['tap 10,10']);
    expect(hand.changes).toEqual([]);
  });

  it('drags and never taps by it, fast or slow', () => {
    const hand = new Hand();
    hand.down(touch(0, 0));
    hand.move(touch(40, 0, 20), touch(80, 0, 40));
    hand.up(touch(80, 0, 45));
    hand.down(touch(0, 0, 2_000));
    hand.move(touch(40, 0, 2_500), touch(40, 0, 2_900));
    hand.up(touch(40, 0, 2_950));
    expect(hand.told).toEqual(['fling', 'settle']);
  });

  it('does not tap where it only stopped a glide', () => {
    const hand = new Hand();
    hand.isGliding = true;
    hand.down(touch(10, 10));
    hand.up(touch(10, 10, 80));
    expect(hand.told).toEqual([]);
    hand.expectFresh();
  });

  it('presses long once, and taps no more after it', () => {
    const hand = new Hand();
    hand.down(touch(10, 10));
    hand.gestures.rested(500);
    hand.gestures.rested(900);
    hand.up(touch(10, 10, 950));
    expect(hand.told).toEqual(['long 10,10']);
  });

  it('presses long even when no timer came in between', () => {
    const hand = new Hand();
    hand.down(touch(10, 10));
    hand.up(touch(10, 10, 700));
    expect(hand.told).toEqual(['long 10,10']);
  });

  it('taps twice to zoom; only the first tap is one', () => {
    const hand = new Hand();
    for (const time of [0, 200]) {
      hand.down(touch(10, 10, time));
      hand.up(touch(10, 10, time + 50));
    }
    expect(hand.told).toEqual(['tap 10,10', 'double 10,10']);
  });

  it('clicks with each button in its own way', () => {
    const hand = new Hand();
    const click = (button: Button, keys: Partial<HeldKeys> = {}): void => {
      hand.down(mouse(10, 10), button);
      hand.up(mouse(10, 10, 900), keys);
    };
    click('left');
    click('left');
    click('left', { isShifted: true });
    click('left', { hasAlt: true });
    click('middle');
    click('right');
    expect(hand.told).toEqual([
      'tap 10,10', 'tap 10,10', 'long 10,10', 'pick 10,10', 'pick 10,10',
    ]);
  });

  it('takes no colour by a drag with Alt', () => {
    const hand = new Hand();
    hand.down(mouse(10, 10));
    hand.move(mouse(60, 10, 100));
    hand.up(mouse(60, 10, 900), { hasAlt: true });
    expect(hand.told.filter((what) => /pick|tap|long/.test(what))).toEqual([]);
  });

  it('turns with the right button, about the middle', () => {
    const hand = new Hand();
    hand.down(mouse(0, 0), 'right');
    hand.move(mouse(20, 0, 20), mouse(200, 0, 40));
    hand.up(mouse(200, 0, 60));
    expect(hand.changes).toHaveLength(1);
    expect(hand.changes[0]).toMatchObject({ ...MIDDLE, angle: Math.PI / 2 });
    expect(hand.told).toEqual(['settle']);
  });
});

describe('two pointers', () => {
  it('cancel the tap of the first', () => {
    const hand = new Hand();
    hand.down(touch(10, 10));
    hand.down(touch(200, 10, 30, 2));
    hand.move(touch(260, 10, 60, 2));
    hand.up(touch(260, 10, 100, 2));
    expect(hand.told).toEqual([]);
    hand.up(touch(10, 10, 120));
    expect(hand.told).toEqual(['settle']);
    hand.expectFresh();
  });

  it('come to rest once, when the last of them leaves', () => {
    const hand = new Hand();
    hand.down(touch(0, 0));
    hand.down(touch(100, 0, 10, 2));
    hand.move(touch(140, 60, 20, 2));
    hand.up(touch(0, 0, 30));
    expect(hand.told).toEqual([]);
    hand.up(touch(140, 60, 30, 2));
    expect(hand.told).toEqual(['settle']);
    hand.expectFresh();
  });

  it('tap together between them', () => {
    const hand = new Hand();
    hand.down(touch(10, 10));
    hand.down(touch(90, 10, 30, 2));
    hand.up(touch(10, 10, 120));
    hand.up(touch(90, 10, 130, 2));
    expect(hand.told).toEqual(['two 50,10']);
  });

  it('go over into a drag of the one that is left, without a jump', () => {
    const hand = new Hand();
    hand.down(touch(0, 0));
    hand.down(touch(100, 0, 10, 2));
    hand.move(touch(140, 0, 20, 2));
    hand.up(touch(0, 0, 30));
    hand.changes.length = 0;
    hand.move(touch(150, 0, 40, 2), touch(160, 0, 60, 2));
    expect(hand.changes.map(({ dx }) => Math.round(dx * 1e6) / 1e6)).toEqual([2, 10]);
    hand.up(touch(160, 0, 400, 2));
    expect(hand.told).toEqual(['settle']);
  });

  it('are followed, a third is not', () => {
    const hand = new Hand();
    expect(hand.down(touch(0, 0))).toBe(true);
    expect(hand.down(touch(100, 0, 10, 2))).toBe(true);
    expect(hand.down(touch(50, 50, 20, 3))).toBe(false);
    hand.move(touch(300, 300, 30, 3));
    hand.up(touch(300, 300, 40, 3));
    expect(hand.changes).toEqual([]);
    expect(hand.told).toEqual([]);
  });
});

describe('pointers that are lost', () => {
  it('tap nothing and leave nothing behind', () => {
    const hand = new Hand();
    hand.down(touch(10, 10));
    hand.gestures.lost(touch(10, 10, 50));
    hand.gestures.lost(touch(10, 10, 60));
    hand.gestures.rested(900);
    expect(hand.told).toEqual([]);
    hand.expectFresh();
  });

  it('end their drag', () => {
    const hand = new Hand();
    hand.down(touch(0, 0));
    hand.move(touch(60, 0, 20));
    hand.gestures.lost(touch(0, 0, 30));
    expect(hand.told).toEqual(['settle']);
    hand.move(touch(90, 0, 40));
    expect(hand.changes).toHaveLength(1);
    hand.expectFresh();
  });

  it('end the pinch and leave the other finger dragging', () => {
    const hand = new Hand();
    hand.down(touch(0, 0));
    hand.down(touch(100, 0, 10, 2));
    hand.gestures.lost(touch(0, 0, 20));
    hand.move(touch(120, 0, 30, 2));
    expect(hand.changes[0]).toMatchObject({ factor: 1, angle: 0 });
    hand.gestures.lost(touch(120, 0, 40, 2));
    hand.expectFresh();
  });

  it('are forgotten as a whole when their end never came', () => {
    const hand = new Hand();
    hand.down(touch(0, 0));
    hand.down(touch(100, 0, 10, 2));
    hand.gestures.forget();
    hand.move(touch(150, 0, 20, 2));
    expect(hand.changes).toEqual([]);
    hand.expectFresh();
  });
});
