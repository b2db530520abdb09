/** A film that the browser is to make, and what is said of it; a worker can be sent all of it. */

import type { Box } from '../canvas/viewport';
import type { FilmScale, FrameSize } from './layout';

/** The forms that a browser can make. */
export type BrowserFormat = 'mp4' | 'webm';

/** A film that is asked for. */
export interface FilmOrder {
  readonly format: BrowserFormat;
  /** Where the table of contents of the history is. */
  readonly history: string;
  /** Versions that the first and the last frame show. */
  readonly from: number;
  readonly to: number;
  /** The part shown, in cells; all of the canvas as it is at the end when `null`. */
  readonly region: Box | null;
  readonly framesPerSecond: number;
  readonly seconds: number;
  readonly scale: FilmScale | null;
  readonly frame: FrameSize | null;
  readonly pace: 'time' | 'events';
  /** To what length stretches without an event are cut, ms; they are not when `null`. */
  readonly idleMs: number | null;
}

/** Why there is no film. */
export type FilmFault = 'unsupported' | 'too-large' | 'history' | 'fault';

/** What the worker says. */
export type FilmNews =
  | { readonly kind: 'progress'; readonly frames: number; readonly of: number }
  | { readonly kind: 'done'; readonly bytes: ArrayBuffer; readonly type: string }
  | { readonly kind: 'failed'; readonly fault: FilmFault; readonly message: string };

/** A film that could not be made. */
export class FilmError extends Error {
  override readonly name = 'FilmError';
  readonly fault: FilmFault;

  constructor(fault: FilmFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** How many frames a film has. */
export function framesOf({ seconds, framesPerSecond }: FilmOrder): number {
  return Math.max(Math.round(seconds * framesPerSecond), 1);
}
