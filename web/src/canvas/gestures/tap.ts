/** Tells a tap from a drag. */

import type { Point } from '../viewport';

/** What touched the screen. */
export type PointerKind = 'mouse' | 'touch' | 'pen';

/** One pointer event: position in CSS pixels from the view's corner, time in milliseconds. */
export interface PointerSample extends Point {
  readonly id: number;
  readonly kind: PointerKind;
  readonly time: number;
}

/** A pointer that moved this far (CSS pixels) drags; a shorter way is a shaky finger. */
export const DRAG_DISTANCE_PX = 8;

/** A finger that rests longer is not tapping. A mouse button may be held as long as one likes. */
export const TAP_MAX_MS = 300;

/** Recognises a single short touch or click that does not move. */
export class TapGesture {
  private start: PointerSample | null = null;

  down(sample: PointerSample): void {
    this.start = sample;
  }

  move(sample: PointerSample): void {
    if (this.start !== null && distance(this.start, sample) >= DRAG_DISTANCE_PX) {
      this.start = null;
    }
  }

  /** The tap that this release completes, or `null`. */
  up(sample: PointerSample): PointerSample | null {
    this.move(sample);
    const { start } = this;
    this.start = null;
    if (start?.id !== sample.id) {
      return null;
    }
    const tooLong = sample.kind !== 'mouse' && sample.time - start.time > TAP_MAX_MS;
    return tooLong ? null : start;
  }

  cancel(): void {
    this.start = null;
  }
}

/** Distance between two points in their own unit. */
export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
