/** What part of the canvas is seen, and how that moves: pure but for the times it is given. */

import { Glide } from './gestures/inertia';
import {
  alignedToPixels,
  between,
  type CameraChange,
  changed,
  isExact,
  limited,
  limitsFor,
  type Point,
  type Size,
  snapped,
  type Viewport,
  type ViewportLimits,
  withShortAngle,
} from './viewport';

/** Largest zoom in CSS pixels per cell. */
export const MAX_SCALE = 64;

/** A step of a button or key takes this long. */
const STEP_MS = 160;

/** A flight to another place takes this long. */
export const FLIGHT_MS = 450;

type Motion =
  | { readonly kind: 'way'; from: Viewport; to: Viewport; startedAt: number; lastsMs: number }
  | { readonly kind: 'glide'; glide: Glide; at: Point };

/** The camera over one canvas. Times are milliseconds of one clock, positions CSS pixels. */
export class Camera {
  private readonly reducedMotion: () => boolean;
  private view: Viewport = { centerX: 0, centerY: 0, zoom: 1, angle: 0, width: 0, height: 0 };
  private ratio = 1;
  private canvas: Size = { width: 1, height: 1 };
  private motion: Motion | null = null;

  /** `reducedMotion` is asked before each animation. */
  constructor(reducedMotion: () => boolean) {
    this.reducedMotion = reducedMotion;
  }

  /** What is seen now, in device pixels. */
  get viewport(): Viewport {
    return this.view;
  }

  /** Where a movement under way ends, or what is seen now. */
  get target(): Viewport {
    return this.motion?.kind === 'way' ? this.motion.to : this.view;
  }

  /** What is to be drawn: on whole pixels wherever that makes every cell equally wide. */
  get drawn(): Viewport {
    return isExact(this.view) ? alignedToPixels(this.view) : this.view;
  }

  /** Device pixels per CSS pixel. */
  get pixelRatio(): number {
    return this.ratio;
  }

  /** Whether it will move by itself at the next step. */
  get isMoving(): boolean {
    return this.motion !== null;
  }

  /** Takes the size of the canvas in cells. */
  setCanvas({ width, height }: Size): void {
    this.canvas = { width, height };
  }

  /** Takes the size of the view in device pixels; the middle and the scale in CSS pixels stay. */
  resize({ width, height }: Size, pixelRatio: number): void {
    const zoom = this.view.zoom * (pixelRatio / this.ratio);
    this.ratio = pixelRatio;
    this.motion = null;
    this.view = alignedToPixels({ ...this.view, zoom, width, height });
  }

  /** Shows this at once. */
  jump(view: Viewport): void {
    this.motion = null;
    this.view = withShortAngle(alignedToPixels(limited(view, this.limits())));
  }

  /** Applies a movement made by hand, which ends any other. */
  change(change: CameraChange): void {
    this.motion = null;
    this.view = this.changedBy(this.view, change);
  }

  /** What a movement would make of a view. */
  changedBy(view: Viewport, change: CameraChange): Viewport {
    const { ratio } = this;
    const inPixels = {
      ...change,
      x: change.x * ratio,
      y: change.y * ratio,
      dx: change.dx * ratio,
      dy: change.dy * ratio,
    };
    return changed(view, inPixels, this.limits());
  }

  /** Goes there in a short time, or at once for those who want no motion. */
  animate(to: Viewport, now: number, lastsMs: number = STEP_MS): void {
    if (this.reducedMotion()) {
      this.jump(to);
    } else {
      const goal = limited(to, this.limits());
      this.motion = { kind: 'way', from: this.view, to: goal, startedAt: now, lastsMs };
    }
  }

  /** Goes on from a drag at this speed (CSS pixels per millisecond), slower and slower. */
  fling(velocity: Point, at: Point, now: number): void {
    if (this.reducedMotion()) {
      this.settle(at, now);
    } else {
      this.motion = { kind: 'glide', glide: new Glide(velocity, now), at };
    }
  }

  /** Stops a glide where it is, not a step or a flight; whether there was one. */
  hold(): boolean {
    const isGliding = this.motion?.kind === 'glide';
    this.motion = isGliding ? null : this.motion;
    return isGliding;
  }

  /** Finds its resting place near what is seen, about this point. */
  settle(at: Point, now: number): void {
    this.animate(this.resting(this.view, at), now);
  }

  /** The resting place of a view, about this point. */
  resting(view: Viewport, at: Point): Viewport {
    return snapped(view, { x: at.x * this.ratio, y: at.y * this.ratio }, this.limits());
  }

  /** Moves by itself; whether anything moved. */
  step(now: number): boolean {
    const { motion } = this;
    if (motion === null) {
      return false;
    }
    if (motion.kind === 'glide') {
      this.stepGlide(motion.glide, motion.at, now);
      return true;
    }
    const share = Math.min(Math.max((now - motion.startedAt) / motion.lastsMs, 0), 1);
    if (share === 1) {
      this.motion = null;
      this.view = withShortAngle(motion.to);
    } else {
      this.view = between(motion.from, motion.to, 1 - (1 - share) ** 3);
    }
    return true;
  }

  private stepGlide(glide: Glide, at: Point, now: number): void {
    const way = glide.step(now);
    const from = this.view;
    this.view = this.changedBy(from, { x: 0, y: 0, dx: way.x, dy: way.y, factor: 1, angle: 0 });
    const hasStopped =
      Math.hypot(way.x, way.y) > 0 &&
      this.view.centerX === from.centerX &&
      this.view.centerY === from.centerY;
    if (hasStopped || glide.hasEnded(now)) {
      this.settle(at, now);
    }
  }

  private limits(): ViewportLimits {
    return limitsFor(this.view, this.canvas, MAX_SCALE * this.ratio);
  }
}
