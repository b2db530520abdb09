/** What a frame shows, and what the manager asks of a renderer. */

import type { Cells } from './cells';
import type { Palette } from './palette';
import type { Point, Viewport } from './viewport';

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Colours of what is not a cell; they follow the page's theme. */
export interface CanvasTheme {
  /** Around the canvas. */
  readonly outside: Rgb;
  /** The two colours of the checker that stands for cells that are not open. */
  readonly checkerLight: Rgb;
  readonly checkerDark: Rgb;
}

/** Everything one frame shows besides the cells themselves. */
export interface Scene {
  readonly viewport: Viewport;
  /** Device pixels per CSS pixel. */
  readonly pixelRatio: number;
  readonly theme: CanvasTheme;
  /** The cell with a ring around it. */
  readonly cursor: Point | null;
  /** Palette index shown in the cursor's cell before it is placed. */
  readonly ghostColor: number | null;
}

/** Draws one canvas into one canvas element. */
export interface Renderer {
  readonly kind: 'webgl2' | 'canvas-2d';
  /** Takes the cells to draw from now on; they are uploaded whole at the next frame. */
  setCells(cells: Cells): void;
  setPalette(palette: Palette): void;
  /** Uploads what changed and draws one frame. */
  draw(scene: Scene): void;
  dispose(): void;
}

/** The grid fades in between these zooms, in CSS pixels per cell. */
const GRID_FROM_ZOOM = 8;
const GRID_FULL_ZOOM = 16;
const GRID_MAX_OPACITY = 0.32;

/** Opacity of the grid at a zoom, 0 to 1. */
export function gridOpacity(scene: Scene): number {
  const zoom = scene.viewport.zoom / scene.pixelRatio;
  const share = (zoom - GRID_FROM_ZOOM) / (GRID_FULL_ZOOM - GRID_FROM_ZOOM);
  // A first visible step at exactly 8x, so that the grid is there where it is said to be.
  return zoom < GRID_FROM_ZOOM ? 0 : GRID_MAX_OPACITY * Math.min(0.3 + 0.7 * share, 1);
}
