/**
 * The wheel, and a trackpad's pinch that comes as wheel with Ctrl, zoom at the pointer; with Shift
 * or Alt the wheel turns the canvas about it.
 */

import type { CameraChange } from '../viewport';

/** The parts of a `WheelEvent` that matter, with the position in CSS pixels from the corner. */
export interface WheelSample {
  readonly x: number;
  readonly y: number;
  /** Shift makes some systems report a vertical wheel as a sideways one. */
  readonly deltaX: number;
  readonly deltaY: number;
  /** 0 pixels, 1 lines, 2 pages, as in `WheelEvent.deltaMode`. */
  readonly deltaMode: number;
  readonly ctrlKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

/** Pixels that one line or page of wheel stands for; browsers use about these. */
const LINE_PX = 16;
const PAGE_PX = 400;

/** A usual notch of 100 px zooms by 2^(1/2); a trackpad pinch reports about a tenth of that. */
const ZOOM_PER_PX = Math.LN2 / 200;
const PINCH_FACTOR = 5;

/** One event zooms at most this much, however fast the wheel was thrown. */
const MAX_STEP = 2;

/** A usual notch of 100 px turns by 15 degrees: six of them make a quarter. */
const TURN_PER_PX = Math.PI / 12 / 100;

/** One event turns at most this much, in radians. */
const MAX_TURN = Math.PI / 12;

/** The camera movement of one wheel event. */
export function wheelChange(sample: WheelSample): CameraChange {
  const isTurn = (sample.shiftKey || sample.altKey) && !sample.ctrlKey;
  return isTurn ? wheelTurn(sample) : wheelZoom(sample);
}

function wheelTurn(sample: WheelSample): CameraChange {
  const way = sample.deltaY === 0 ? sample.deltaX : sample.deltaY;
  const angle = way * unitOf(sample) * TURN_PER_PX;
  return {
    x: sample.x,
    y: sample.y,
    dx: 0,
    dy: 0,
    factor: 1,
    angle: Math.min(Math.max(angle, -MAX_TURN), MAX_TURN),
  };
}

function wheelZoom(sample: WheelSample): CameraChange {
  const speed = sample.ctrlKey ? ZOOM_PER_PX * PINCH_FACTOR : ZOOM_PER_PX;
  const factor = Math.exp(-sample.deltaY * unitOf(sample) * speed);
  return {
    x: sample.x,
    y: sample.y,
    dx: 0,
    dy: 0,
    factor: Math.min(Math.max(factor, 1 / MAX_STEP), MAX_STEP),
    angle: 0,
  };
}

function unitOf({ deltaMode }: WheelSample): number {
  return deltaMode === 1 ? LINE_PX : deltaMode === 2 ? PAGE_PX : 1;
}
