/** One pointer that turns the canvas: a drag with the right mouse button. */

import type { CameraChange, Point } from '../viewport';
import { distance, DRAG_DISTANCE_PX, type PointerSample } from './tap';

/** A drag over this many CSS pixels turns the canvas once. */
const PX_PER_TURN = 720;

/** Turns a sideways drag into a turn about a fixed point, from the drag threshold on. */
export class TurnGesture {
  private last: PointerSample | null = null;
  private pivot: Point = { x: 0, y: 0 };
  private turning = false;

  /** Whether the pointer has passed the drag threshold. */
  get active(): boolean {
    return this.turning;
  }

  /** `pivot` is the point that stays, in CSS pixels. */
  down(sample: PointerSample, pivot: Point): void {
    this.last = sample;
    this.pivot = pivot;
    this.turning = false;
  }

  move(sample: PointerSample): CameraChange | null {
    const { last, pivot } = this;
    if (last?.id !== sample.id) {
      return null;
    }
    if (!this.turning) {
      if (distance(last, sample) < DRAG_DISTANCE_PX) {
        return null;
      }
      this.turning = true;
      this.last = sample;
      return null;
    }
    this.last = sample;
    const angle = ((sample.x - last.x) / PX_PER_TURN) * 2 * Math.PI;
    return { ...pivot, dx: 0, dy: 0, factor: 1, angle };
  }

  cancel(): void {
    this.last = null;
    this.turning = false;
  }
}
