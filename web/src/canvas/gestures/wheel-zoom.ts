/** The wheel, and a trackpad's pinch that comes as wheel with Ctrl, zoom at the pointer. */

import type { CameraChange } from '../viewport';

/** The parts of a `WheelEvent` that matter, with the position in CSS pixels from the corner. */
export interface WheelSample {
  readonly x: number;
  readonly y: number;
  readonly deltaY: number;
  /** 0 pixels, 1 lines, 2 pages, as in `WheelEvent.deltaMode`. */
  readonly deltaMode: number;
  readonly ctrlKey: boolean;
}

/** Pixels that one line or page of wheel stands for; browsers use about these. */
const LINE_PX = 16;
const PAGE_PX = 400;

/** A usual notch of 100 px zooms by 2^(1/2); a trackpad pinch reports about a tenth of that. */
const ZOOM_PER_PX = Math.LN2 / 200;
const PINCH_FACTOR = 5;

/** One event zooms at most this much, however fast the wheel was thrown. */
const MAX_STEP = 2;

/** The camera movement of one wheel event. */
export function wheelZoom(sample: WheelSample): CameraChange {
  const unit = sample.deltaMode === 1 ? LINE_PX : sample.deltaMode === 2 ? PAGE_PX : 1;
  const speed = sample.ctrlKey ? ZOOM_PER_PX * PINCH_FACTOR : ZOOM_PER_PX;
  const factor = Math.exp(-sample.deltaY * unit * speed);
  return {
    x: sample.x,
    y: sample.y,
    dx: 0,
    dy: 0,
    factor: Math.min(Math.max(factor, 1 / MAX_STEP), MAX_STEP),
    angle: 0,
  };
}
