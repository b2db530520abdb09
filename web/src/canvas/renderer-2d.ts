/** The fallback where WebGL2 is missing or its context stays lost: plain Canvas 2D. */

import type { Cells } from './cells';
import { isSameMarks, type Mark, marksOf, RINGS_SHARE } from './marks';
import { isLight, NOT_OPEN, type Palette, parsePalette } from './palette';
import { CellScratch } from './scratch-2d';
import {
  type CanvasTheme,
  DOT_SHARE,
  type DrawOutcome,
  gridOpacity,
  isSameLook,
  type Renderer,
  type Rgb,
  type Scene,
  showsDots,
  symbolsOf,
} from './scene';
import { type Box, canvasToScreen, visibleBox } from './viewport';

const CHECKER_PX = 8;

/** Share of a cell that a glyph is high, and how strong its ink is. */
const GLYPH_SHARE = 0.62;
const INK = 0.8;

/** Draws a canvas with Canvas 2D: what is seen of the cells as an image, scaled. */
export class Canvas2dRenderer implements Renderer {
  readonly kind = 'canvas-2d';
  private readonly context: CanvasRenderingContext2D;
  private readonly scratch = new CellScratch();
  private palette: Palette = parsePalette([]);
  private cells: Cells | null = null;
  private checker: { theme: CanvasTheme; pattern: CanvasPattern | null } | null = null;
  private last: { scene: Scene; marks: readonly Mark[] } | null = null;

  /** A renderer for this element, or `null` when the browser refuses even a 2D context. */
  static create(element: HTMLCanvasElement): Canvas2dRenderer | null {
    const context = element.getContext('2d', { alpha: false });
    return context === null ? null : new Canvas2dRenderer(context);
  }

  private constructor(context: CanvasRenderingContext2D) {
    this.context = context;
  }

  setPalette(palette: Palette): void {
    this.palette = palette;
    this.last = null;
  }

  setCells(cells: Cells): void {
    this.cells = cells;
    this.last = null;
  }

  draw(scene: Scene): DrawOutcome {
    const { context, cells, palette } = this;
    const { viewport, theme } = scene;
    const marks = cells === null ? [] : marksOf(scene, cells, palette);
    const seen = visibleBox(viewport, cells ?? { width: 0, height: 0 });
    const changed = cells?.drainDirty(seen) ?? [];
    const isSameView = this.last !== null && isSameLook(this.last.scene, scene);
    if (isSameView && changed.length === 0 && isSameMarks(this.last?.marks ?? [], marks)) {
      return { hasDrawn: false, isUnfinished: false };
    }
    this.last = { scene, marks };
    context.resetTransform();
    context.fillStyle = css(theme.outside);
    context.fillRect(0, 0, viewport.width, viewport.height);
    if (cells !== null && seen.left < seen.right && seen.top < seen.bottom) {
      const corner = canvasToScreen(viewport, { x: 0, y: 0 });
      context.translate(corner.x, corner.y);
      context.rotate(viewport.angle);
      const { zoom } = viewport;
      context.fillStyle = this.checkerPattern(scene) ?? css(theme.checkerLight);
      const size = { width: seen.right - seen.left, height: seen.bottom - seen.top };
      context.fillRect(seen.left * zoom, seen.top * zoom, size.width * zoom, size.height * zoom);
      this.scratch.paint({ scene, cells, palette, seen }, isSameView ? changed : null);
      this.scratch.drawOn(context, zoom);
      this.drawDots(scene, cells, seen);
      this.drawSymbols(scene, cells, seen);
      this.drawGrid(scene, seen);
      marks.forEach((mark) => { this.drawMark(scene, mark); });
    }
    return { hasDrawn: true, isUnfinished: false };
  }

  dispose(): void {
    this.cells = null;
  }

  private drawDots(scene: Scene, cells: Cells, seen: Box): void {
    const { context, palette } = this;
    const { zoom } = scene.viewport;
    const side = DOT_SHARE * zoom;
    for (const layer of scene.templates.filter((template) => showsDots(scene, template))) {
      context.globalAlpha = layer.opacity;
      const right = Math.min(seen.right, layer.x + layer.width);
      const bottom = Math.min(seen.bottom, layer.y + layer.height);
      for (let y = Math.max(seen.top, layer.y); y < bottom; y += 1) {
        for (let x = Math.max(seen.left, layer.x); x < right; x += 1) {
          const index = layer.cells[(y - layer.y) * layer.width + x - layer.x] ?? NOT_OPEN;
          const color = palette.colors[index];
          if (color !== undefined && cells.contains(x, y)) {
            context.fillStyle = color;
            const [left, top] = [(x + 0.5) * zoom - side / 2, (y + 0.5) * zoom - side / 2];
            context.fillRect(left, top, side, side);
          }
        }
      }
      context.globalAlpha = 1;
    }
  }

  private drawSymbols(scene: Scene, cells: Cells, seen: Box): void {
    const symbols = symbolsOf(scene);
    if (symbols === null) {
      return;
    }
    const { context, palette } = this;
    const { zoom } = scene.viewport;
    const inks = palette.colors.map((color) => (isLight(color) ? '#000' : '#fff'));
    context.font = `600 ${Math.round(zoom * GLYPH_SHARE)}px system-ui, sans-serif`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.globalAlpha = INK;
    for (let y = seen.top; y < seen.bottom; y += 1) {
      for (let x = seen.left; x < seen.right; x += 1) {
        const index = cells.shownColor(cells.indexOf(x, y));
        const [glyph, ink] = [symbols[index], inks[index]];
        if (glyph !== undefined && ink !== undefined) {
          context.fillStyle = ink;
          context.fillText(glyph, (x + 0.5) * zoom, (y + 0.5) * zoom, zoom * 0.8);
        }
      }
    }
    context.globalAlpha = 1;
  }

  /** Lines only where cells are seen: the canvas may be thousands of cells wide. */
  private drawGrid(scene: Scene, seen: Box): void {
    const opacity = gridOpacity(scene);
    if (opacity === 0) {
      return;
    }
    const { context } = this;
    const { zoom } = scene.viewport;
    // Darkens what is light and lightens what is dark.
    context.globalCompositeOperation = 'exclusion';
    const level = Math.round(opacity * 255);
    context.fillStyle = `rgb(${level} ${level} ${level})`;
    for (let x = seen.left; x < seen.right; x += 1) {
      context.fillRect(x * zoom, seen.top * zoom, 1, (seen.bottom - seen.top) * zoom);
    }
    for (let y = seen.top; y < seen.bottom; y += 1) {
      context.fillRect(seen.left * zoom, y * zoom, (seen.right - seen.left) * zoom, 1);
    }
    context.globalCompositeOperation = 'source-over';
  }

  private drawMark({ viewport, pixelRatio }: Scene, mark: Mark): void {
    const { context } = this;
    const { zoom } = viewport;
    const { left, top, right, bottom } = mark.box;
    const [width, height] = [(right - left) * zoom, (bottom - top) * zoom];
    context.globalAlpha = mark.fillOpacity;
    context.fillStyle = css(mark.fill);
    context.fillRect(left * zoom, top * zoom, width, height);
    context.globalAlpha = 1;
    const white = mark.ringPx * pixelRatio;
    const black = white * (RINGS_SHARE - 1);
    // A line of no width would be drawn as wide as the one before.
    const rings = mark.ringPx === 0
      ? []
      : [['#fff', white / 2, white], ['#000', white + black / 2, black]] as const;
    for (const [color, offset, line] of rings) {
      context.strokeStyle = color;
      context.lineWidth = line;
      context.strokeRect(
        left * zoom - offset, top * zoom - offset, width + 2 * offset, height + 2 * offset,
      );
    }
  }

  private checkerPattern({ theme, pixelRatio }: Scene): CanvasPattern | null {
    if (this.checker?.theme !== theme) {
      const side = Math.round(CHECKER_PX * pixelRatio);
      const element = document.createElement('canvas');
      element.width = element.height = side * 2;
      const tile = element.getContext('2d');
      if (tile === null) {
        return null;
      }
      tile.fillStyle = css(theme.checkerLight);
      tile.fillRect(0, 0, side * 2, side * 2);
      tile.fillStyle = css(theme.checkerDark);
      tile.fillRect(0, 0, side, side);
      tile.fillRect(side, side, side, side);
      this.checker = { theme, pattern: this.context.createPattern(element, 'repeat') };
    }
    return this.checker.pattern;
  }
}

function css([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}
