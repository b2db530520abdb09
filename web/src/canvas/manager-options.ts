/** What the canvas's manager is given and what it tells. */

import type { PointerKind } from './gestures/tap';
import type { CanvasTheme } from './scene';
import type { Insets, Point } from './viewport';

/** What happened on the canvas; cells are whole and lie on it. */
export interface CanvasEvents {
  /** The mouse is over another cell, or over none. */
  hover(cell: Point | null): void;
  tap(cell: Point, pointer: PointerKind): void;
  /** A finger rested on a cell, or a mouse clicked it with Shift: who placed it? */
  longPress(cell: Point, pointer: PointerKind): void;
  /** The middle button was clicked: take this cell's colour. */
  pickColor(cell: Point): void;
  /**
   * The camera moved: the canvas position (cells, fractional) in the middle of the view, CSS pixels
   * per cell, and the clockwise turn of the canvas in radians.
   */
  moved(center: Point, scale: number, angle: number): void;
}

/** A place to look at; `scale` in CSS pixels per cell, `angle` in radians, 0 unless told. */
export interface Look {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  readonly angle?: number;
}

/** Options of a manager. */
export interface ManagerOptions {
  readonly events: CanvasEvents;
  readonly theme: CanvasTheme;
  /** CSS pixels of each edge that controls cover; asked before the whole canvas is shown. */
  readonly insets: () => Insets;
  /** Whether the reader asked for less motion; asked before each animation. */
  readonly reducedMotion: () => boolean;
}
