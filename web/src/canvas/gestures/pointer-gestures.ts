/** Which gesture a set of pointers makes: pure, so that every order of events can be tried. */

import type { CameraChange, Point } from '../viewport';
import { DragSpeed } from './inertia';
import { LongPressGesture } from './long-press';
import { PanGesture } from './pan';
import { PinchGesture } from './pinch';
import {
  DoubleTapGesture,
  type PointerSample,
  TapGesture,
  TwoFingerTapGesture,
} from './tap';
import { TurnGesture } from './turn';

/** Where the gestures of pointers go; positions are CSS pixels. */
export interface PointerSink {
  camera(change: CameraChange): void;
  /** A pointer came down; whether it stopped something, and so is no tap. */
  hold(): boolean;
  /** A gesture came to rest at this point. */
  settle(at: Point): void;
  /** A drag was let go at this speed, in CSS pixels per millisecond. */
  fling(velocity: Point, at: Point): void;
  tap(at: PointerSample): void;
  doubleTap(at: PointerSample): void;
  twoFingerTap(at: Point): void;
  longPress(at: PointerSample): void;
  /** The middle button was clicked, or the left one with Alt. */
  pickColor(at: PointerSample): void;
}

/** A mouse's button; fingers and pens press the left one. */
export type Button = 'left' | 'middle' | 'right';

/** The keys that were down when a pointer was lifted. */
export interface HeldKeys {
  readonly isShifted: boolean;
  readonly hasAlt: boolean;
}

/** More pointers than two mean nothing and are ignored. */
const MAX_POINTERS = 2;

/** Follows the pointers that are down and tells the gestures they make. */
export class PointerGestures {
  private readonly sink: PointerSink;
  private readonly pointers = new Map<number, PointerSample>();
  private readonly tap = new TapGesture();
  private readonly doubleTap = new DoubleTapGesture();
  private readonly twoFingerTap = new TwoFingerTapGesture();
  private readonly longPress = new LongPressGesture();
  private readonly pan = new PanGesture();
  private readonly pinch = new PinchGesture();
  private readonly turn = new TurnGesture();
  private readonly speed = new DragSpeed();
  private button: Button = 'left';
  /** Whether the camera was moved since it came to rest. */
  private hasMoved = false;

  constructor(sink: PointerSink) {
    this.sink = sink;
  }

  /** Whether two fingers may turn the canvas. */
  allowTouchTurn(isAllowed: boolean): void {
    this.pinch.allowTurn(isAllowed);
  }

  /** A pointer came down; whether it is followed. `middle` is what a right button turns about. */
  down(sample: PointerSample, button: Button, middle: Point): boolean {
    if (this.pointers.size >= MAX_POINTERS) {
      return false;
    }
    const hasStopped = this.sink.hold();
    this.pointers.set(sample.id, sample);
    const [first, second] = [...this.pointers.values()];
    this.twoFingerTap.down(sample);
    if (first !== undefined && second !== undefined) {
      this.cancelSingle();
      this.doubleTap.cancel();
      this.pinch.down(first, second);
      return true;
    }
    this.button = button;
    if (!hasStopped) {
      this.tap.down(sample);
    }
    if (button === 'right') {
      this.turn.down(sample, middle);
    } else {
      this.startPan(sample);
      this.longPress.down(sample);
    }
    return true;
  }

  move(sample: PointerSample): void {
    if (!this.pointers.has(sample.id)) {
      return;
    }
    this.pointers.set(sample.id, sample);
    this.tap.move(sample);
    this.longPress.move(sample);
    this.twoFingerTap.move(sample);
    const change = this.pinch.active
      ? this.pinch.move(sample)
      : (this.pan.move(sample) ?? this.turn.move(sample));
    if (this.pan.active) {
      this.speed.add(sample);
    }
    if (change !== null) {
      this.hasMoved = true;
      this.sink.camera(change);
    }
  }

  /** A pointer left; with Shift a click asks about the cell, with Alt it takes the colour. */
  up(sample: PointerSample, keys: HeldKeys): void {
    if (!this.pointers.has(sample.id)) {
      return;
    }
    this.rested(sample.time);
    const tap = this.tap.up(sample);
    const middle = this.twoFingerTap.up(sample);
    const velocity = this.pan.active ? this.speed.at(sample.time) : null;
    this.release(sample, velocity);
    if (tap !== null) {
      this.tapped(tap, keys);
    } else if (middle !== null) {
      this.sink.twoFingerTap(middle);
    }
  }

  /** A pointer is gone without having been lifted. */
  lost(sample: PointerSample): void {
    if (this.pointers.has(sample.id)) {
      this.twoFingerTap.cancel();
      this.release(sample, null);
    }
  }

  /** Time has passed while a pointer was down, up to this moment. */
  rested(time: number): void {
    const pressed = this.longPress.due(time);
    if (pressed !== null) {
      this.tap.cancel();
      this.doubleTap.cancel();
      this.sink.longPress(pressed);
    }
  }

  /** Forgets every pointer, for when they cannot be down any more. */
  forget(): void {
    this.pointers.clear();
    this.cancelSingle();
    this.pinch.cancel();
    this.twoFingerTap.cancel();
    this.hasMoved = false;
  }

  private tapped(tap: PointerSample, { isShifted, hasAlt }: HeldKeys): void {
    const isClick = this.button === 'left' && tap.kind === 'mouse';
    if (this.button === 'middle' || (isClick && hasAlt)) {
      this.sink.pickColor(tap);
    } else if (isClick && isShifted) {
      this.sink.longPress(tap);
    } else if (this.button === 'left') {
      if (this.doubleTap.tap(tap)) {
        this.sink.doubleTap(tap);
      } else {
        this.sink.tap(tap);
      }
    }
  }

  private release(sample: PointerSample, velocity: Point | null): void {
    this.pointers.delete(sample.id);
    this.pinch.cancel();
    this.cancelSingle();
    const [rest] = [...this.pointers.values()];
    if (rest !== undefined) {
      this.startPan(rest);
    } else if (velocity !== null) {
      this.hasMoved = false;
      this.sink.fling(velocity, sample);
    } else if (this.hasMoved) {
      this.hasMoved = false;
      this.sink.settle(sample);
    }
  }

  private startPan(sample: PointerSample): void {
    this.pan.down(sample);
    this.speed.clear();
    this.speed.add(sample);
  }

  private cancelSingle(): void {
    this.tap.cancel();
    this.longPress.cancel();
    this.pan.cancel();
    this.turn.cancel();
    this.speed.clear();
  }
}
