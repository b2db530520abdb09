/** Binds DOM events to the gesture handlers and decides which of them has the pointers. */

import type { CameraChange, Point } from '../viewport';
import { LONG_PRESS_MS } from './long-press';
import { PointerGestures, type PointerSink } from './pointer-gestures';
import type { PointerKind, PointerSample } from './tap';
import { wheelChange } from './wheel';

/** Where gestures go; positions are CSS pixels from the element's corner. */
export interface GestureSink extends PointerSink {
  camera(change: CameraChange): void;
  /** The mouse or pen is over this point, or left. */
  hover(at: Point | null): void;
}

/** A wheel that was quiet this long has come to rest. */
const WHEEL_REST_MS = 160;

const LEFT_BUTTON = 0;
const MIDDLE_BUTTON = 1;
const RIGHT_BUTTON = 2;

/** Listens on one element until disposed. It knows pointers, nothing of the canvas. */
export class Gestures {
  private readonly element: HTMLElement;
  private readonly sink: GestureSink;
  private readonly pointers: PointerGestures;
  private readonly stop = new AbortController();
  private wheelTimer: ReturnType<typeof setTimeout> | undefined;
  private longPressTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(element: HTMLElement, sink: GestureSink) {
    this.element = element;
    this.sink = sink;
    this.pointers = new PointerGestures(sink);
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
  }

  /** Whether two fingers may turn the canvas. */
  allowTouchTurn(isAllowed: boolean): void {
    this.pointers.allowTouchTurn(isAllowed);
  }

  dispose(): void {
    this.stop.abort();
    clearTimeout(this.wheelTimer);
    clearTimeout(this.longPressTimer);
  }

  private down(event: PointerEvent): void {
    const { button } = event;
    if (button !== LEFT_BUTTON && button !== MIDDLE_BUTTON && button !== RIGHT_BUTTON) {
      return;
    }
    // Middle and right buttons would scroll and open menus; a click must still give the focus.
    if (button !== LEFT_BUTTON) {
      event.preventDefault();
    }
    const sample = this.sample(event);
    // The first pointer of its kind: whatever is still known of others never got its end.
    if (event.isPrimary) {
      this.pointers.forget();
    }
    if (!this.pointers.down(sample, buttonOf(event), this.middle())) {
      return;
    }
    this.element.setPointerCapture(event.pointerId);
    clearTimeout(this.longPressTimer);
    this.longPressTimer = setTimeout(() => {
      this.pointers.rested(sample.time + LONG_PRESS_MS);
    }, LONG_PRESS_MS);
  }

  private move(event: PointerEvent): void {
    if (event.pointerType !== 'touch') {
      this.sink.hover(this.position(event));
    }
    for (const each of singleEvents(event)) {
      this.pointers.move(this.sample(each));
    }
  }

  private up(event: PointerEvent): void {
    clearTimeout(this.longPressTimer);
    this.pointers.up(this.sample(event), { isShifted: event.shiftKey, hasAlt: event.altKey });
  }

  private lost(event: PointerEvent): void {
    this.pointers.lost(this.sample(event));
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const at = this.position(event);
    const { deltaX, deltaY, deltaMode, ctrlKey, shiftKey, altKey } = event;
    const sample = { ...at, deltaX, deltaY, deltaMode, ctrlKey, shiftKey, altKey };
    this.sink.camera(wheelChange(sample));
    clearTimeout(this.wheelTimer);
    this.wheelTimer = setTimeout(() => { this.sink.settle(at); }, WHEEL_REST_MS);
  }

  private sample(event: PointerEvent): PointerSample {
    const at = this.position(event);
    return { ...at, id: event.pointerId, time: event.timeStamp, kind: kindOf(event) };
  }

  private position(event: MouseEvent): Point {
    const box = this.element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  private middle(): Point {
    return { x: this.element.clientWidth / 2, y: this.element.clientHeight / 2 };
  }
}

/**
 * The events that one stands for, all since the last frame: how fast a drag ends is seen in their
 * times. Missing outside of secure contexts and in Safari before 18.2.
 */
function singleEvents(event: PointerEvent): readonly PointerEvent[] {
  const all = 'getCoalescedEvents' in event ? event.getCoalescedEvents() : [];
  return all.length === 0 ? [event] : all;
}

function kindOf({ pointerType }: PointerEvent): PointerKind {
  return pointerType === 'touch' || pointerType === 'pen' ? 'touch' : 'mouse';
}

function buttonOf({ button }: PointerEvent): 'left' | 'middle' | 'right' {
  return button === MIDDLE_BUTTON ? 'middle' : button === RIGHT_BUTTON ? 'right' : 'left';
}
