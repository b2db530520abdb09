import { describe, expect, it } from 'vitest';

import { Damage } from './damage';
import type { Box } from './viewport';

function box(left: number, top: number, right: number, bottom: number): Box {
  return { left, top, right, bottom };
}

/** How often each pixel of a picture lies in one of the boxes. */
function coverage(boxes: readonly Box[], width: number, height: number): Uint8Array {
  const counts = new Uint8Array(width * height);
  for (const { left, top, right, bottom } of boxes) {
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1) {
        counts[y * width + x] = (counts[y * width + x] ?? 0) + 1;
      }
    }
  }
  return counts;
}

describe('damage', () => {
  it('is nothing at first, and nothing beside the picture', () => {
    const damage = new Damage({ width: 100, height: 60 });
    damage.add(box(-20, 0, 0, 60));
    damage.add(box(120, 0, 140, 60));
    expect(damage.isEmpty).toBe(true);
    expect(damage.boxes()).toEqual([]);
  });

  it('of everything is one box, cut at the picture’s edge', () => {
    const damage = new Damage({ width: 101, height: 61 });
    damage.addAll();
    expect(damage.boxes()).toEqual([box(0, 0, 101, 61)]);
  });

  it('covers all that was added, and no pixel twice', () => {
    const [width, height] = [150, 90];
    const damage = new Damage({ width, height });
    const added = [
      box(3, 3, 5, 5), box(4, 4, 40, 9), box(140, 80, 160, 95), box(-9, 30, 2, 50),
      box(70, 20, 71, 21), box(64, 16, 80, 48),
    ];
    added.forEach((each) => { damage.add(each); });
    const counts = coverage(damage.boxes(), width, height);
    expect(Math.max(...counts)).toBe(1);
    for (const { left, top, right, bottom } of added) {
      for (let y = Math.max(top, 0); y < Math.min(bottom, height); y += 1) {
        for (let x = Math.max(left, 0); x < Math.min(right, width); x += 1) {
          expect(counts[y * width + x]).toBe(1);
        }
      }
    }
  });

  it('of very many places is one box around them', () => {
    const damage = new Damage({ width: 1600, height: 1600 });
    for (let y = 8; y < 1600; y += 16) {
      for (let x = 8; x < 1600; x += 16) {
        damage.add(box(x, y, x + 1, y + 1));
      }
    }
    expect(damage.boxes()).toEqual([box(8, 8, 1600, 1600)]);
  });
});
