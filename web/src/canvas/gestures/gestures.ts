/** Binds DOM events to the gesture handlers and decides which of them has the pointers. */

import type { CameraChange, Point } from '../viewport';
import { type KeyCommand, keyCommand } from './keyboard';
import { PanGesture } from './pan';
import { PinchGesture } from './pinch';
import { type PointerKind, type PointerSample, TapGesture } from './tap';
import { wheelZoom } from './wheel-zoom';

/** Where gestures go; positions are CSS pixels from the element's corner. */
export interface GestureSink {
  camera(change: CameraChange): void;
  /** A gesture came to rest at this point. */
  settle(at: Point): void;
  tap(at: PointerSample): void;
  /** The mouse or pen is over this point, or left. */
  hover(at: Point | null): void;
  key(command: KeyCommand): void;
}

/** A wheel that was quiet this long has come to rest. */
const WHEEL_REST_MS = 160;

/** Listens on one element until disposed. It knows pointers and keys, nothing of the canvas. */
export class Gestures {
  private readonly element: HTMLElement;
  private readonly sink: GestureSink;
  private readonly stop = new AbortController();
  private readonly pointers = new Map<number, PointerSample>();
  private readonly tap = new TapGesture();
  private readonly pan = new PanGesture();
  private readonly pinch = new PinchGesture();
  private wheelTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(element: HTMLElement, sink: GestureSink) {
    this.element = element;
    this.sink = sink;
    const { signal } = this.stop;
    element.addEventListener('pointerdown', (event) => { this.down(event); }, { signal });
    element.addEventListener('pointermove', (event) => { this.move(event); }, { signal });
    element.addEventListener('pointerup', (event) => { this.up(event); }, { signal });
    element.addEventListener('pointercancel', (event) => { this.lost(event); }, { signal });
    element.addEventListener('lostpointercapture', (event) => { this.lost(event); }, { signal });
    element.addEventListener('pointerleave', () => { sink.hover(null); }, { signal });
    element.addEventListener('contextmenu', (event) => { event.preventDefault(); }, { signal });
    element.addEventListener('wheel', (event) => { this.wheel(event); }, {
      signal,
      passive: false,
    });
    document.addEventListener('keydown', (event) => { this.key(event); }, { signal });
  }

  dispose(): void {
    this.stop.abort();
    clearTimeout(this.wheelTimer);
  }

  private down(event: PointerEvent): void {
    if (event.pointerType === 'mouse' && event.button !== 0 && event.button !== 1) {
      return;
    }
    const sample = this.sample(event);
    this.element.setPointerCapture(event.pointerId);
    this.pointers.set(sample.id, sample);
    const [first, second] = [...this.pointers.values()];
    if (first !== undefined && second === undefined) {
      this.pan.down(sample);
      if (event.button === 0) {
        this.tap.down(sample);
      }
    } else if (first !== undefined && second !== undefined) {
      this.tap.cancel();
      this.pan.cancel();
      this.pinch.down(first, second);
    }
  }

  private move(event: PointerEvent): void {
    const sample = this.sample(event);
    if (event.pointerType !== 'touch') {
      this.sink.hover(sample);
    }
    if (!this.pointers.has(sample.id)) {
      return;
    }
    this.pointers.set(sample.id, sample);
    this.tap.move(sample);
    const change = this.pinch.active ? this.pinch.move(sample) : this.pan.move(sample);
    if (change !== null) {
      this.sink.camera(change);
    }
  }

  private up(event: PointerEvent): void {
    const sample = this.sample(event);
    const tap = this.tap.up(sample);
    this.release(sample);
    if (tap !== null) {
      this.sink.tap(tap);
    }
  }

  private lost(event: PointerEvent): void {
    if (this.pointers.has(event.pointerId)) {
      this.tap.cancel();
      this.release(this.sample(event));
    }
  }

  private release(sample: PointerSample): void {
    const moved = this.pinch.active || this.pan.active;
    this.pointers.delete(sample.id);
    this.pinch.cancel();
    this.pan.cancel();
    const [first, second] = [...this.pointers.values()];
    if (first !== undefined && second !== undefined) {
      this.pinch.down(first, second);
    } else if (first !== undefined) {
      this.pan.down(first);
    } else if (moved) {
      this.sink.settle(sample);
    }
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const at = this.position(event);
    const { deltaY, deltaMode, ctrlKey } = event;
    this.sink.camera(wheelZoom({ ...at, deltaY, deltaMode, ctrlKey }));
    clearTimeout(this.wheelTimer);
    this.wheelTimer = setTimeout(() => { this.sink.settle(at); }, WHEEL_REST_MS);
  }

  private key(event: KeyboardEvent): void {
    const command = keyCommand(event);
    if (command !== null && isMeantForCanvas(event)) {
      event.preventDefault();
      this.sink.key(command);
    }
  }

  private sample(event: PointerEvent): PointerSample {
    const at = this.position(event);
    return { ...at, id: event.pointerId, time: event.timeStamp, kind: kindOf(event) };
  }

  private position(event: MouseEvent): Point {
    const box = this.element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
}

/** Keys work wherever the focus is, except where they already have a meaning. */
function isMeantForCanvas({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element) || target.closest('input, textarea, select')) {
    return false;
  }
  // What lies over the canvas has the keys, wherever the focus is: Escape closes it.
  if (document.querySelector('dialog[open], :popover-open') !== null) {
    return false;
  }
  return key !== 'Enter' || target.closest('button, a') === null;
}

function kindOf(event: PointerEvent): PointerKind {
  return event.pointerType === 'touch' || event.pointerType === 'pen'
    ? event.pointerType
    : 'mouse';
}
