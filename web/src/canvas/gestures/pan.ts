/** One pointer drags the canvas. */

import type { CameraChange } from '../viewport';
import { distance, DRAG_DISTANCE_PX, type PointerSample } from './tap';

/** Turns the drag of one pointer into camera movements, from the drag threshold on. */
export class PanGesture {
  private last: PointerSample | null = null;
  private dragging = false;

  /** Whether the pointer has passed the drag threshold. */
  get active(): boolean {
    return this.dragging;
  }

  down(sample: PointerSample): void {
    this.last = sample;
    this.dragging = false;
  }

  move(sample: PointerSample): CameraChange | null {
    const { last } = this;
    if (last?.id !== sample.id) {
      return null;
    }
    const way = distance(last, sample);
    if (!this.dragging && way < DRAG_DISTANCE_PX) {
      return null;
    }
    // The way up to the threshold is not made up for: a jump would feel worse.
    const skipped = this.dragging ? 0 : DRAG_DISTANCE_PX / way;
    this.dragging = true;
    this.last = sample;
    return {
      x: last.x,
      y: last.y,
      dx: (sample.x - last.x) * (1 - skipped),
      dy: (sample.y - last.y) * (1 - skipped),
      factor: 1,
      angle: 0,
    };
  }

  cancel(): void {
    this.last = null;
    this.dragging = false;
  }
}
