/** The fallback where WebGL2 is missing or its context stays lost: plain Canvas 2D. */

import type { Cells, DirtyRegion } from './cells';
import { type Palette, parsePalette } from './palette';
import { type CanvasTheme, gridOpacity, type Renderer, type Rgb, type Scene } from './scene';
import { canvasToScreen, screenToCanvas, type Viewport } from './viewport';

const CHECKER_PX = 8;
const RING_PX = 2;

/** Draws a canvas with Canvas 2D: an RGBA copy of the cells, scaled at each frame. */
export class Canvas2dRenderer implements Renderer {
  readonly kind = 'canvas-2d';
  private readonly context: CanvasRenderingContext2D;
  private palette: Palette = parsePalette([]);
  private cells: Cells | null = null;
  private image: CanvasRenderingContext2D | null = null;
  private checker: { theme: CanvasTheme; pattern: CanvasPattern | null } | null = null;

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
    this.cells?.markAllDirty();
  }

  setCells(cells: Cells): void {
    const element = document.createElement('canvas');
    element.width = cells.width;
    element.height = cells.height;
    this.cells = cells;
    this.image = element.getContext('2d');
    cells.markAllDirty();
  }

  draw(scene: Scene): void {
    const { context, cells, image } = this;
    const { viewport, theme } = scene;
    context.resetTransform();
    context.fillStyle = css(theme.outside);
    context.fillRect(0, 0, viewport.width, viewport.height);
    if (cells === null || image === null) {
      return;
    }
    for (const region of cells.drainDirty()) {
      this.paint(cells, image, region);
    }
    const corner = canvasToScreen(viewport, { x: 0, y: 0 });
    context.translate(corner.x, corner.y);
    context.rotate(viewport.angle);
    const width = cells.width * viewport.zoom;
    const height = cells.height * viewport.zoom;
    context.fillStyle = this.checkerPattern(scene) ?? css(theme.checkerLight);
    context.fillRect(0, 0, width, height);
    context.imageSmoothingEnabled = viewport.zoom < 1;
    context.drawImage(image.canvas, 0, 0, width, height);
    this.drawGrid(scene, cells);
    this.drawCursor(scene);
  }

  dispose(): void {
    this.cells = null;
    this.image = null;
  }

  private paint(cells: Cells, image: CanvasRenderingContext2D, region: DirtyRegion): void {
    const width = region.right - region.left;
    const height = region.bottom - region.top;
    const box = image.createImageData(width, height);
    for (let row = 0; row < height; row += 1) {
      for (let column = 0; column < width; column += 1) {
        const index = cells.indexOf(region.left + column, region.top + row);
        const entry = cells.shownColor(index) * 4;
        box.data.set(this.palette.rgba.subarray(entry, entry + 4), (row * width + column) * 4);
      }
    }
    image.putImageData(box, region.left, region.top);
  }

  /** Lines only where cells are seen: the canvas may be thousands of cells wide. */
  private drawGrid(scene: Scene, cells: Cells): void {
    const opacity = gridOpacity(scene);
    if (opacity === 0) {
      return;
    }
    const { zoom } = scene.viewport;
    const seen = visibleBox(scene.viewport, cells);
    this.context.fillStyle = `rgb(0 0 0 / ${opacity})`;
    for (let x = seen.left; x < seen.right; x += 1) {
      this.context.fillRect(x * zoom, seen.top * zoom, 1, (seen.bottom - seen.top) * zoom);
    }
    for (let y = seen.top; y < seen.bottom; y += 1) {
      this.context.fillRect(seen.left * zoom, y * zoom, (seen.right - seen.left) * zoom, 1);
    }
  }

  private drawCursor({ viewport, cursor, ghostColor, pixelRatio }: Scene): void {
    if (cursor === null) {
      return;
    }
    const { context } = this;
    const left = cursor.x * viewport.zoom;
    const top = cursor.y * viewport.zoom;
    const ghost = ghostColor === null ? undefined : this.palette.colors[ghostColor];
    if (ghost !== undefined) {
      context.fillStyle = ghost;
      context.fillRect(left, top, viewport.zoom, viewport.zoom);
    }
    const ring = RING_PX * pixelRatio;
    for (const [color, offset, width] of [['#fff', ring / 2, ring], ['#000', ring, 1]] as const) {
      context.strokeStyle = color;
      context.lineWidth = width;
      const side = viewport.zoom + 2 * offset;
      context.strokeRect(left - offset, top - offset, side, side);
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

/** The box of cells that the view shows, whatever its angle; right and bottom are excluded. */
function visibleBox(
  view: Viewport,
  cells: Cells,
): { left: number; top: number; right: number; bottom: number } {
  const corners = [
    { x: 0, y: 0 },
    { x: view.width, y: 0 },
    { x: 0, y: view.height },
    { x: view.width, y: view.height },
  ].map((corner) => screenToCanvas(view, corner));
  const xs = corners.map((corner) => corner.x);
  const ys = corners.map((corner) => corner.y);
  return {
    left: Math.max(Math.floor(Math.min(...xs)), 0),
    top: Math.max(Math.floor(Math.min(...ys)), 0),
    right: Math.min(Math.ceil(Math.max(...xs)), cells.width),
    bottom: Math.min(Math.ceil(Math.max(...ys)), cells.height),
  };
}

function css([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}
