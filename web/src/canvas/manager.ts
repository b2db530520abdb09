/** The one owner of the camera and the frame loop; everything else only asks it. */

import { Camera, FLIGHT_MS } from './camera';
import type { Cells } from './cells';
import { Gestures, type GestureSink } from './gestures/gestures';
import { shortTurn } from './gestures/pinch';
import type { Look, ManagerOptions } from './manager-options';
import type { Palette } from './palette';
import type { CanvasTheme, HeatLayer, Renderer, Scene, TemplateLayer } from './scene';
import { Surface, type SurfaceSize } from './surface';
import {
  type Box,
  type CameraChange,
  canvasToScreen,
  fitted,
  type Insets,
  type Point,
  revealing,
  screenToCanvas,
  type Viewport,
  visibleQuad,
} from './viewport';

export { MAX_SCALE } from './camera';
export type { CanvasEvents, Look, ManagerOptions } from './manager-options';

/** One press of a zoom button or key, one double tap, one two-finger tap. */
const ZOOM_STEP = 2;

/** A cell brought into view stays this far (CSS pixels) from the edges and the controls. */
const REVEAL_MARGIN_PX = 48;

/** Shows one canvas in a host element and draws only when something changed. */
export class CanvasManager {
  private readonly options: ManagerOptions;
  private readonly host: HTMLElement;
  private readonly surface: Surface;
  private readonly gestures: Gestures;
  private readonly camera: Camera;
  private cells: Cells | null = null;
  /** What is shown besides the cells and the view. */
  private shown: Omit<Scene, 'viewport' | 'pixelRatio'>;
  private hovered: Point | null = null;
  /** Where to look once both the canvas and the view have a size; `'fit'` shows all of it. */
  private firstLook: Look | 'fit' | null = 'fit';
  private frameRequest: number | null = null;
  private isWatched = true;
  private frames = 0;

  constructor(host: HTMLElement, options: ManagerOptions) {
    this.host = host;
    this.options = options;
    this.camera = new Camera(options.reducedMotion);
    this.shown = {
      theme: options.theme,
      cursor: null,
      ghostColor: null,
      selection: null,
      focus: null,
      templates: [],
      heat: null,
      hasGrid: true,
      symbols: null,
    };
    this.surface = new Surface(host, {
      resized: (size) => { this.resized(size); },
      stale: () => { this.requestFrame(); },
    });
    this.gestures = new Gestures(host, this.gestureSink());
  }

  /** Which renderer draws, for diagnostics. */
  get rendererKind(): Renderer['kind'] | 'none' {
    return this.surface.rendererKind;
  }

  /** Frames that touched the picture so far, for tests and measurements. */
  get framesDrawn(): number {
    return this.frames;
  }

  /** Clockwise turn of the canvas in radians, 0 when upright. */
  get angle(): number {
    return this.camera.viewport.angle;
  }

  /** Shows a canvas. The camera stays unless the canvas has another size. */
  show(cells: Cells, palette: Palette): void {
    const sameSize = this.cells?.width === cells.width && this.cells.height === cells.height;
    this.cells = cells;
    this.camera.setCanvas(cells);
    this.surface.show(cells, palette);
    if (!sameSize) {
      this.firstLook ??= 'fit';
      this.lookFirst();
    }
    this.requestFrame();
  }

  /** Tells that the shown cells changed. */
  cellsChanged(): void {
    this.requestFrame();
  }

  setTheme(theme: CanvasTheme): void {
    this.change({ theme });
  }

  /** Rings a cell, filled with a palette colour unless `null`. */
  setCursor(cursor: Point | null, ghostColor: number | null): void {
    this.change({ cursor, ghostColor });
  }

  /** Lays pictures over the canvas, the lowest first. A changed one has to be a new object. */
  setTemplates(templates: readonly TemplateLayer[]): void {
    this.change({ templates });
  }

  /** Shows how recently cells were placed, or the plain canvas again. */
  setHeat(heat: HeatLayer | null): void {
    this.change({ heat });
  }

  /** Marks a box of cells as chosen. */
  setSelection(selection: Box | null): void {
    this.change({ selection });
  }

  /** Dims all but a box of cells. */
  setFocus(focus: Box | null): void {
    this.change({ focus });
  }

  /** Whether the grid is shown from 8 CSS pixels per cell on; it is unless told. */
  setGrid(isShown: boolean): void {
    this.change({ hasGrid: isShown });
  }

  /** Draws each palette colour's glyph in its cells from 14 CSS pixels per cell on. */
  setSymbols(glyphs: readonly string[] | null): void {
    this.change({ symbols: glyphs });
  }

  /** Whether two fingers may turn the canvas; they may unless told. */
  setTouchTurn(isAllowed: boolean): void {
    this.gestures.allowTouchTurn(isAllowed);
  }

  /** Draws nothing while nobody looks, and all that changed since once somebody does again. */
  setWatched(isWatched: boolean): void {
    this.isWatched = isWatched;
    this.requestFrame();
  }

  /** Brings a cell into view, moving as little as needed. */
  reveal(cell: Point): void {
    this.animate(revealing(this.camera.target, cell, this.insets(REVEAL_MARGIN_PX)));
  }

  /** Zooms by one step about a point in CSS pixels of the host, its middle unless told. */
  zoom(direction: 1 | -1, at: Point = this.middle()): void {
    const factor = direction === 1 ? ZOOM_STEP : 1 / ZOOM_STEP;
    this.step({ ...at, dx: 0, dy: 0, factor, angle: 0 });
  }

  /** Turns the canvas clockwise about the middle of the view. */
  rotate(radians: number): void {
    this.step({ ...this.middle(), dx: 0, dy: 0, factor: 1, angle: radians });
  }

  /** Turns the canvas upright again by the shorter way. */
  turnUpright(): void {
    this.rotate(-shortTurn(this.camera.target.angle));
  }

  /** Moves the canvas on the screen by CSS pixels, so that what is opposite comes into view. */
  panBy(dx: number, dy: number): void {
    this.step({ x: 0, y: 0, dx, dy, factor: 1, angle: 0 });
  }

  /** Shows the whole canvas, upright. */
  fit(): void {
    if (this.cells !== null) {
      this.animate(fitted(this.camera.viewport, this.cells, this.insets()));
    }
  }

  /** Looks at a place at once, or as soon as there is a canvas. */
  lookAt(look: Look): void {
    this.firstLook = look;
    this.lookFirst();
  }

  /** Flies to a cell; the scale stays unless told. */
  flyTo({ x, y, scale }: Point & { readonly scale?: number }): void {
    const { camera } = this;
    const { target } = camera;
    const zoom = scale === undefined ? target.zoom : scale * camera.pixelRatio;
    const to = { ...target, centerX: x + 0.5, centerY: y + 0.5, zoom };
    this.animate(camera.resting(to, this.middle()), FLIGHT_MS);
  }

  /** The cell in the middle of the view, kept on the canvas. */
  middleCell(): Point {
    const { centerX, centerY } = this.camera.viewport;
    return {
      x: Math.min(Math.floor(centerX), (this.cells?.width ?? 1) - 1),
      y: Math.min(Math.floor(centerY), (this.cells?.height ?? 1) - 1),
    };
  }

  /** The four corners of the view in cells, clockwise from the screen's top left one. */
  visibleQuad(): readonly Point[] {
    return visibleQuad(this.camera.viewport);
  }

  /** Client position (CSS pixels of the page) of a cell's middle. */
  clientPositionOf(cell: Point): Point {
    const box = this.host.getBoundingClientRect();
    const { viewport, pixelRatio } = this.camera;
    const at = canvasToScreen(viewport, { x: cell.x + 0.5, y: cell.y + 0.5 });
    return { x: box.left + at.x / pixelRatio, y: box.top + at.y / pixelRatio };
  }

  /** The canvas position (cells, fractional) under a client position (CSS pixels of the page). */
  positionAt(client: Point): Point {
    const box = this.host.getBoundingClientRect();
    const { viewport, pixelRatio } = this.camera;
    const [x, y] = [client.x - box.left, client.y - box.top];
    return screenToCanvas(viewport, { x: x * pixelRatio, y: y * pixelRatio });
  }

  /** A PNG of what is seen, or `null` when there is nothing to see. */
  viewImage(): Promise<Blob | null> {
    return this.cells === null ? Promise.resolve(null) : this.surface.image(this.scene());
  }

  dispose(): void {
    if (this.frameRequest !== null) {
      cancelAnimationFrame(this.frameRequest);
    }
    this.gestures.dispose();
    this.surface.dispose();
  }

  private gestureSink(): GestureSink {
    const { events } = this.options;
    const { camera } = this;
    return {
      camera: (change) => {
        camera.change(change);
        this.viewMoved();
      },
      hold: () => camera.hold(),
      settle: (at) => {
        camera.settle(at, performance.now());
        this.viewMoved();
      },
      fling: (velocity, at) => {
        camera.fling(velocity, at, performance.now());
        this.viewMoved();
      },
      tap: (at) => { this.onCell(at, (cell) => { events.tap(cell, at.kind); }); },
      doubleTap: (at) => { this.zoom(1, at); },
      twoFingerTap: (at) => { this.zoom(-1, at); },
      longPress: (at) => { this.onCell(at, (cell) => { events.longPress(cell, at.kind); }); },
      pickColor: (at) => { this.onCell(at, (cell) => { events.pickColor(cell); }); },
      hover: (at) => { this.hover(at); },
    };
  }

  private change(shown: Partial<typeof this.shown>): void {
    this.shown = { ...this.shown, ...shown };
    this.requestFrame();
  }

  private middle(): Point {
    const { viewport, pixelRatio } = this.camera;
    return { x: viewport.width / 2 / pixelRatio, y: viewport.height / 2 / pixelRatio };
  }

  /** Device pixels of each edge that controls cover, and `extra` CSS pixels more. */
  private insets(extra = 0): Insets {
    const { top, right, bottom, left } = this.options.insets();
    const toDevice = (css: number): number => (css + extra) * this.camera.pixelRatio;
    return {
      top: toDevice(top),
      right: toDevice(right),
      bottom: toDevice(bottom),
      left: toDevice(left),
    };
  }

  private resized(size: SurfaceSize): void {
    this.camera.resize(size, size.pixelRatio);
    this.lookFirst();
    // Drawn now, not at the next frame: a resized element is empty until it is drawn.
    this.frame();
  }

  private lookFirst(): void {
    const { camera, firstLook, cells } = this;
    if (firstLook === null || cells === null || camera.viewport.width === 0) {
      return;
    }
    this.firstLook = null;
    camera.jump(
      firstLook === 'fit'
        ? fitted(camera.viewport, cells, this.insets())
        : this.looking(firstLook),
    );
    this.viewMoved();
  }

  private looking({ x, y, scale, angle = 0 }: Look): Viewport {
    const { viewport, pixelRatio } = this.camera;
    return { ...viewport, centerX: x + 0.5, centerY: y + 0.5, zoom: scale * pixelRatio, angle };
  }

  /** Goes one step on from where a movement under way ends, about the change's point. */
  private step(change: CameraChange): void {
    const { camera } = this;
    this.animate(camera.resting(camera.changedBy(camera.target, change), change));
  }

  private animate(to: Viewport, lastsMs?: number): void {
    this.camera.animate(to, performance.now(), lastsMs);
    this.viewMoved();
  }

  private viewMoved(): void {
    const { centerX, centerY, zoom, angle } = this.camera.viewport;
    const center = { x: centerX, y: centerY };
    this.options.events.moved(center, zoom / this.camera.pixelRatio, angle);
    this.requestFrame();
  }

  private onCell(at: Point, tell: (cell: Point) => void): void {
    const cell = this.cellAt(at);
    if (cell !== null) {
      tell(cell);
    }
  }

  private hover(at: Point | null): void {
    const cell = at === null ? null : this.cellAt(at);
    if (cell?.x !== this.hovered?.x || cell?.y !== this.hovered?.y) {
      this.hovered = cell;
      this.options.events.hover(cell);
    }
  }

  private cellAt(at: Point): Point | null {
    const { viewport, pixelRatio } = this.camera;
    const position = screenToCanvas(viewport, { x: at.x * pixelRatio, y: at.y * pixelRatio });
    const cell = { x: Math.floor(position.x), y: Math.floor(position.y) };
    return this.cells?.contains(cell.x, cell.y) === true ? cell : null;
  }

  private scene(): Scene {
    const { drawn, pixelRatio } = this.camera;
    return { ...this.shown, viewport: drawn, pixelRatio };
  }

  private requestFrame(): void {
    this.frameRequest ??= requestAnimationFrame(() => {
      this.frameRequest = null;
      if (this.isWatched) {
        this.frame();
      }
    });
  }

  private frame(): void {
    const { camera } = this;
    if (camera.viewport.width === 0 || camera.viewport.height === 0) {
      return;
    }
    if (camera.step(performance.now())) {
      this.viewMoved();
    }
    const { hasDrawn, isUnfinished } = this.surface.draw(this.scene());
    this.frames += hasDrawn ? 1 : 0;
    if (isUnfinished) {
      this.requestFrame();
    }
  }
}
