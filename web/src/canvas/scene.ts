/** What a frame shows, and what the manager asks of a renderer. */

import type { Cells } from './cells';
import type { Palette } from './palette';
import { type Box, isSameViewport, type Point, type Viewport } from './viewport';

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

/** How a template lies over the canvas: whole cells, a dot in each, or only where it differs. */
export type TemplateStyle = 'full' | 'dots' | 'wrong';

/** A picture over the canvas. Layers are compared by identity: a changed one is a new object. */
export interface TemplateLayer {
  readonly id: string;
  /** The cell under the picture's top left corner; it may lie outside of the canvas. */
  readonly x: number;
  readonly y: number;
  /** Size in cells. */
  readonly width: number;
  readonly height: number;
  /** Palette indexes by rows; 255 is no cell. Other `cells` are uploaded, the same ones kept. */
  readonly cells: Uint8Array;
  /** 0 to 1. */
  readonly opacity: number;
  readonly style: TemplateStyle;
}

/** The cell value of a template that shows nothing. */
export const TEMPLATE_NONE = 255;

/**
 * How recently cells were placed, by rows: 0 never or long ago, 255 just now. It has the canvas's
 * size or half of it, rounded up. A changed one is a new object.
 */
export interface HeatLayer {
  readonly width: number;
  readonly height: number;
  readonly values: Uint8Array;
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
  /** A box of cells that is chosen. */
  readonly selection: Box | null;
  /** The box of cells that counts: all others are dimmed. */
  readonly focus: Box | null;
  /** The lowest first. */
  readonly templates: readonly TemplateLayer[];
  readonly heat: HeatLayer | null;
  /** Whether the grid is shown where cells are large enough. */
  readonly hasGrid: boolean;
  /** One glyph per palette colour, drawn in large cells; `null` for none. */
  readonly symbols: readonly string[] | null;
}

/** What came of drawing a frame. */
export interface DrawOutcome {
  /** Whether the picture was touched at all. */
  readonly hasDrawn: boolean;
  /** Whether another frame is needed to finish what this one had no time for. */
  readonly isUnfinished: boolean;
}

/** Draws one canvas into one canvas element. */
export interface Renderer {
  readonly kind: 'webgl2' | 'canvas-2d';
  /** Takes the cells to draw from now on; what is seen of them is uploaded when drawn. */
  setCells(cells: Cells): void;
  setPalette(palette: Palette): void;
  /** Uploads what changed and draws what of the picture that touches. */
  draw(scene: Scene): DrawOutcome;
  dispose(): void;
}

/** The grid fades in between these zooms, in CSS pixels per cell. */
const GRID_FROM_ZOOM = 8;
const GRID_FULL_ZOOM = 16;
const GRID_MAX_OPACITY = 0.32;

/** Smallest cells, in CSS pixels, that a glyph can be read in. */
const SYMBOLS_FROM_ZOOM = 14;

/** Smallest cells, in CSS pixels, whose middle dot can be told from the cell. */
const DOTS_FROM_ZOOM = 3;

/** Share of a cell's side that a template's dot takes. */
export const DOT_SHARE = 0.4;

/** Share of the canvas's own colours that the heat takes away everywhere. */
export const HEAT_DIMMING = 0.72;

/** The ramp of the heat from just warm to hottest: dark violet, red, orange, pale yellow. */
export const HEAT_RAMP: readonly Rgb[] = [
  [72, 12, 110], [200, 40, 60], [250, 150, 30], [255, 250, 190],
];

/** Opacity of the grid at a zoom, 0 to 1. */
export function gridOpacity(scene: Scene): number {
  const zoom = scaleOf(scene);
  if (zoom < GRID_FROM_ZOOM || !scene.hasGrid) {
    return 0;
  }
  const share = (zoom - GRID_FROM_ZOOM) / (GRID_FULL_ZOOM - GRID_FROM_ZOOM);
  // A first visible step at exactly 8x, so that the grid is there where it is said to be.
  return GRID_MAX_OPACITY * Math.min(0.3 + 0.7 * share, 1);
}

/** The glyphs to draw at this zoom, or `null` for none. */
export function symbolsOf(scene: Scene): readonly string[] | null {
  return scaleOf(scene) < SYMBOLS_FROM_ZOOM ? null : scene.symbols;
}

/** Whether a template is drawn as dots at this zoom; smaller cells are tinted whole. */
export function showsDots(scene: Scene, { style }: TemplateLayer): boolean {
  return style === 'dots' && scaleOf(scene) >= DOTS_FROM_ZOOM;
}

/** Whether all but the cells and the marks on them is as it was. */
export function isSameLook(a: Scene, b: Scene): boolean {
  return (
    isSameViewport(a.viewport, b.viewport) &&
    a.pixelRatio === b.pixelRatio &&
    a.theme === b.theme &&
    a.templates === b.templates &&
    a.heat === b.heat &&
    a.hasGrid === b.hasGrid &&
    a.symbols === b.symbols
  );
}

/** CSS pixels per cell. */
export function scaleOf({ viewport, pixelRatio }: Scene): number {
  return viewport.zoom / pixelRatio;
}
