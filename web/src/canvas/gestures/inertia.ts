/** The canvas goes on for a while after a drag that was let go in motion. */

import type { Point } from '../viewport';
import type { PointerSample } from './tap';

/** The speed of a drag is that of its last so many milliseconds. */
const MEASURED_MS = 80;

/** The speed falls to 1/e in this time; that of native scrolling (UIScrollView's normal rate). */
const DECAY_MS = 325;

/** Slower drags (CSS pixels per millisecond) just stop. */
const MIN_SPEED = 0.1;

/** A glide that has become this slow has ended: less than a pixel a frame. */
const END_SPEED = 0.03;

/** No finger is faster; an event with a wrong time is not to throw the canvas away. */
const MAX_SPEED = 6;

/** Remembers the way of a drag to know how fast it was when let go. */
export class DragSpeed {
  private samples: PointerSample[] = [];

  /** Takes the next position of the drag. */
  add(sample: PointerSample): void {
    const since = sample.time - MEASURED_MS;
    this.samples = [...this.samples.filter(({ time }) => time >= since), sample];
  }

  /** CSS pixels per millisecond at this time, or `null` when too slow to go on. */
  at(time: number): Point | null {
    const recent = this.samples.filter((sample) => sample.time >= time - MEASURED_MS);
    const [first, last] = [recent[0], recent.at(-1)];
    if (first === undefined || last === undefined || last.time <= first.time) {
      return null;
    }
    const span = last.time - first.time;
    const velocity = { x: (last.x - first.x) / span, y: (last.y - first.y) / span };
    const speed = Math.hypot(velocity.x, velocity.y);
    if (speed < MIN_SPEED) {
      return null;
    }
    const share = Math.min(speed, MAX_SPEED) / speed;
    return { x: velocity.x * share, y: velocity.y * share };
  }

  clear(): void {
    this.samples = [];
  }
}

/** A movement that slows down exponentially. */
export class Glide {
  private readonly velocity: Point;
  private time: number;
  private readonly startedAt: number;

  /** `velocity` in CSS pixels per millisecond at the time `startedAt`, in milliseconds. */
  constructor(velocity: Point, startedAt: number) {
    this.velocity = velocity;
    this.startedAt = startedAt;
    this.time = startedAt;
  }

  /** The way since the last step, in CSS pixels. */
  step(time: number): Point {
    const way = this.wayAt(time) - this.wayAt(this.time);
    this.time = Math.max(time, this.time);
    return { x: this.velocity.x * way, y: this.velocity.y * way };
  }

  /** Whether it has become too slow to be seen. */
  hasEnded(time: number): boolean {
    const speed = Math.hypot(this.velocity.x, this.velocity.y);
    return speed * Math.exp(-(time - this.startedAt) / DECAY_MS) < END_SPEED;
  }

  /** The integral of the decay, in milliseconds of full speed. */
  private wayAt(time: number): number {
    return DECAY_MS * (1 - Math.exp(-Math.max(time - this.startedAt, 0) / DECAY_MS));
  }
}
