/** Tells a tap from a drag. */

import type { Point } from '../viewport';

/** What touched the canvas; a pen taps as a finger does. */
export type PointerKind = 'mouse' | 'touch';

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

/** Two taps are one double tap when the second begins this soon after the first began. */
const DOUBLE_TAP_MS = 350;

/** Two taps of one finger land this close (CSS pixels) to each other. */
const DOUBLE_TAP_DISTANCE_PX = 32;

/** Recognises a single short touch or click that does not move. */
export class TapGesture {
  private start: PointerSample | null = null;

  down(sample: PointerSample): void {
    this.start = sample;
  }

  move(sample: PointerSample): void {
    const { start } = this;
    if (start?.id === sample.id && distance(start, sample) >= DRAG_DISTANCE_PX) {
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
    const isTooLong = sample.kind !== 'mouse' && sample.time - start.time > TAP_MAX_MS;
    return isTooLong ? null : start;
  }

  cancel(): void {
    this.start = null;
  }
}

/** Recognises the second of two taps at about the same place. */
export class DoubleTapGesture {
  private first: PointerSample | null = null;

  /** Takes a tap; whether it completes a double tap. A third tap begins anew. */
  tap(sample: PointerSample): boolean {
    const { first } = this;
    const isSecond =
      first !== null &&
      sample.kind === 'touch' &&
      sample.time - first.time <= DOUBLE_TAP_MS &&
      distance(first, sample) <= DOUBLE_TAP_DISTANCE_PX;
    this.first = isSecond ? null : sample;
    return isSecond;
  }

  cancel(): void {
    this.first = null;
  }
}

/** Recognises two fingers that touch and leave shortly, without moving. */
export class TwoFingerTapGesture {
  private starts: PointerSample[] = [];

  /** The first finger starts; it may yet be joined by a second. */
  down(sample: PointerSample): void {
    this.starts = this.starts.length === 1 ? [...this.starts, sample] : [sample];
  }

  move(sample: PointerSample): void {
    const start = this.starts.find(({ id }) => id === sample.id);
    if (start !== undefined && distance(start, sample) >= DRAG_DISTANCE_PX) {
      this.cancel();
    }
  }

  /** The middle of the fingers when this release of the first of them completes the tap. */
  up(sample: PointerSample): Point | null {
    this.move(sample);
    const [first, second] = this.starts;
    this.cancel();
    if (first === undefined || second === undefined || sample.kind === 'mouse') {
      return null;
    }
    return sample.time - first.time > TAP_MAX_MS
      ? null
      : { x: (first.x + second.x) / 2, y: (first.y + second.y) / 2 };
  }

  cancel(): void {
    this.starts = [];
  }
}

/** Distance between two points in their own unit. */
export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
