/** A finger that rests on one place asks about it. */

import { distance, DRAG_DISTANCE_PX, type PointerSample } from './tap';

/** A finger that rests this long presses long; what phones' own long presses take. */
export const LONG_PRESS_MS = 500;

/** Recognises a touch that neither moves nor ends. */
export class LongPressGesture {
  private start: PointerSample | null = null;

  down(sample: PointerSample): void {
    this.start = sample.kind === 'touch' ? sample : null;
  }

  move(sample: PointerSample): void {
    const { start } = this;
    if (start?.id === sample.id && distance(start, sample) > DRAG_DISTANCE_PX) {
      this.start = null;
    }
  }

  /** The press that is complete at this time (milliseconds, as in the samples), given once. */
  due(time: number): PointerSample | null {
    const { start } = this;
    if (start === null || time - start.time < LONG_PRESS_MS) {
      return null;
    }
    this.start = null;
    return start;
  }

  cancel(): void {
    this.start = null;
  }
}
