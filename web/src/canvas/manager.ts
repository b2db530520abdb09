/** The one owner of the camera and the frame loop; everything else only asks it. */

import type { Cells } from './cells';
import { Gestures } from './gestures/gestures';
import type { KeyCommand } from './gestures/keyboard';
import type { PointerKind } from './gestures/tap';
import type { Palette } from './palette';
import type { CanvasTheme, Renderer, Scene } from './scene';
import { Surface, type SurfaceSize } from './surface';
import {
  between,
  type CameraChange,
  canvasToScreen,
  changed,
  fitted,
  type Insets,
  limited,
  limitsFor,
  type Point,
  revealing,
  screenToCanvas,
  snapped,
  alignedToPixels,
  type Viewport,
  type ViewportLimits,
} from './viewport';

/** Largest zoom in CSS pixels per cell. */
export const MAX_SCALE = 64;

/** One press of a zoom button or key. */
const ZOOM_STEP = 2;

const ANIMATION_MS = 160;

/** A cell brought into view stays this far (CSS pixels) from the edges and the controls. */
const REVEAL_MARGIN_PX = 48;

/** What happened on the canvas; cells are whole and lie on it. */
export interface CanvasEvents {
  /** The mouse is over another cell, or over none. */
  hover(cell: Point | null): void;
  tap(cell: Point, pointer: PointerKind): void;
  key(command: KeyCommand): void;
  /** The camera moved; `scale` is CSS pixels per cell. */
  moved(center: Point, scale: number): void;
}

/** A place to look at; `scale` in CSS pixels per cell. */
export interface Look {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
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

interface Animation {
  readonly from: Viewport;
  readonly to: Viewport;
  readonly startedAt: number;
}

/** Shows one canvas in a host element and draws only when something changed. */
export class CanvasManager {
  private readonly options: ManagerOptions;
  private readonly host: HTMLElement;
  private readonly surface: Surface;
  private readonly gestures: Gestures;
  private viewport: Viewport = {
    centerX: 0, centerY: 0, zoom: 1, angle: 0, width: 0, height: 0,
  };
  private pixelRatio = 1;
  private cells: Cells | null = null;
  private theme: CanvasTheme;
  private cursor: Point | null = null;
  private ghostColor: number | null = null;
  private hovered: Point | null = null;
  /** Where to look once both the canvas and the view have a size; `'fit'` shows all of it. */
  private firstLook: Look | 'fit' | null = 'fit';
  private animation: Animation | null = null;
  private frameRequest: number | null = null;

  constructor(host: HTMLElement, options: ManagerOptions) {
    this.host = host;
    this.options = options;
    this.theme = options.theme;
    this.surface = new Surface(host, {
      resized: (size) => { this.resized(size); },
      stale: () => { this.requestFrame(); },
    });
    this.gestures = new Gestures(host, {
      camera: (change) => { this.moveCamera(change); },
      settle: (at) => { this.settle(at); },
      tap: (at) => { this.tapped(at, at.kind); },
      hover: (at) => { this.hover(at); },
      key: (command) => { this.key(command); },
    });
  }

  /** Which renderer draws, for diagnostics. */
  get rendererKind(): Renderer['kind'] | 'none' {
    return this.surface.rendererKind;
  }

  /** Shows a canvas. The camera stays unless the canvas has another size. */
  show(cells: Cells, palette: Palette): void {
    const sameSize = this.cells?.width === cells.width && this.cells.height === cells.height;
    this.cells = cells;
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
    this.theme = theme;
    this.requestFrame();
  }

  /** Rings a cell, filled with a palette colour unless `null`. */
  setCursor(cell: Point | null, ghostColor: number | null): void {
    this.cursor = cell;
    this.ghostColor = ghostColor;
    this.requestFrame();
  }

  /** Brings a cell into view, moving as little as needed. */
  reveal(cell: Point): void {
    const from = this.animation?.to ?? this.viewport;
    this.animateTo(revealing(from, cell, this.insets(REVEAL_MARGIN_PX)));
  }

  /** Zooms about the middle of the view by a power of the step. */
  zoom(direction: 1 | -1): void {
    const { width, height } = this.viewport;
    const factor = direction === 1 ? ZOOM_STEP : 1 / ZOOM_STEP;
    const from = this.animation?.to ?? this.viewport;
    const middle = { x: width / 2, y: height / 2 };
    const target = changed(from, { ...middle, dx: 0, dy: 0, factor, angle: 0 }, this.limits());
    this.animateTo(snapped(target, middle, this.limits()));
  }

  /** Shows the whole canvas. */
  fit(): void {
    if (this.cells !== null) {
      this.animateTo(fitted(this.viewport, this.cells, this.insets()));
    }
  }

  /** Looks at a place at once, or as soon as there is a canvas. */
  lookAt(look: Look): void {
    this.firstLook = look;
    this.lookFirst();
  }

  /** The cell in the middle of the view, kept on the canvas. */
  middleCell(): Point {
    const { centerX, centerY } = this.viewport;
    return {
      x: Math.min(Math.floor(centerX), (this.cells?.width ?? 1) - 1),
      y: Math.min(Math.floor(centerY), (this.cells?.height ?? 1) - 1),
    };
  }

  /** Client position (CSS pixels of the page) of a cell's middle. */
  clientPositionOf(cell: Point): Point {
    const box = this.host.getBoundingClientRect();
    const at = canvasToScreen(this.viewport, { x: cell.x + 0.5, y: cell.y + 0.5 });
    return { x: box.left + at.x / this.pixelRatio, y: box.top + at.y / this.pixelRatio };
  }

  dispose(): void {
    if (this.frameRequest !== null) {
      cancelAnimationFrame(this.frameRequest);
    }
    this.gestures.dispose();
    this.surface.dispose();
  }

  /** Device pixels of each edge that controls cover, and `extra` CSS pixels more. */
  private insets(extra = 0): Insets {
    const { top, right, bottom, left } = this.options.insets();
    const toDevice = (css: number): number => (css + extra) * this.pixelRatio;
    return {
      top: toDevice(top),
      right: toDevice(right),
      bottom: toDevice(bottom),
      left: toDevice(left),
    };
  }

  private limits(): ViewportLimits {
    const canvas = this.cells ?? { width: 1, height: 1 };
    return limitsFor(this.viewport, canvas, MAX_SCALE * this.pixelRatio);
  }

  private resized({ width, height, pixelRatio }: SurfaceSize): void {
    const zoom = this.viewport.zoom * (pixelRatio / this.pixelRatio);
    this.pixelRatio = pixelRatio;
    this.animation = null;
    this.viewport = alignedToPixels({ ...this.viewport, zoom, width, height });
    this.lookFirst();
    // Drawn now, not at the next frame: a resized element is empty until it is drawn.
    this.frame();
  }

  private lookFirst(): void {
    if (this.firstLook === null || this.cells === null || this.viewport.width === 0) {
      return;
    }
    const look = this.firstLook;
    this.firstLook = null;
    this.animation = null;
    this.viewport =
      look === 'fit'
        ? fitted(this.viewport, this.cells, this.insets())
        : alignedToPixels(limited(this.looking(look), this.limits()));
    this.viewMoved();
  }

  private looking(look: Look): Viewport {
    return {
      ...this.viewport,
      centerX: look.x + 0.5,
      centerY: look.y + 0.5,
      zoom: look.scale * this.pixelRatio,
    };
  }

  private moveCamera(change: CameraChange): void {
    const ratio = this.pixelRatio;
    this.animation = null;
    this.viewport = changed(this.viewport, {
      ...change,
      x: change.x * ratio,
      y: change.y * ratio,
      dx: change.dx * ratio,
      dy: change.dy * ratio,
    }, this.limits());
    this.viewMoved();
  }

  private settle(at: Point): void {
    this.animateTo(snapped(this.viewport, this.toDevice(at), this.limits()));
  }

  private animateTo(to: Viewport): void {
    if (this.options.reducedMotion()) {
      this.animation = null;
      this.viewport = to;
    } else {
      this.animation = { from: this.viewport, to, startedAt: performance.now() };
    }
    this.viewMoved();
  }

  private viewMoved(): void {
    const { centerX, centerY, zoom } = this.viewport;
    this.options.events.moved({ x: centerX, y: centerY }, zoom / this.pixelRatio);
    this.requestFrame();
  }

  private tapped(at: Point, pointer: PointerKind): void {
    const cell = this.cellAt(at);
    if (cell !== null) {
      this.options.events.tap(cell, pointer);
    }
  }

  private hover(at: Point | null): void {
    const cell = at === null ? null : this.cellAt(at);
    if (cell?.x !== this.hovered?.x || cell?.y !== this.hovered?.y) {
      this.hovered = cell;
      this.options.events.hover(cell);
    }
  }

  private key(command: KeyCommand): void {
    switch (command.kind) {
      case 'zoom':
        this.zoom(command.direction);
        break;
      case 'fit':
        this.fit();
        break;
      case 'move':
      case 'place':
      case 'color':
      case 'deselect':
        this.options.events.key(command);
        break;
    }
  }

  private cellAt(at: Point): Point | null {
    const position = screenToCanvas(this.viewport, this.toDevice(at));
    const cell = { x: Math.floor(position.x), y: Math.floor(position.y) };
    return this.cells?.contains(cell.x, cell.y) === true ? cell : null;
  }

  private toDevice(at: Point): Point {
    return { x: at.x * this.pixelRatio, y: at.y * this.pixelRatio };
  }

  private requestFrame(): void {
    this.frameRequest ??= requestAnimationFrame(() => {
      this.frameRequest = null;
      this.frame();
    });
  }

  private frame(): void {
    if (this.viewport.width === 0 || this.viewport.height === 0) {
      return;
    }
    this.stepAnimation();
    const { viewport, pixelRatio, theme, cursor, ghostColor } = this;
    const scene: Scene = { viewport, pixelRatio, theme, cursor, ghostColor };
    this.surface.draw(scene);
  }

  private stepAnimation(): void {
    if (this.animation === null) {
      return;
    }
    const { from, to, startedAt } = this.animation;
    const share = Math.min((performance.now() - startedAt) / ANIMATION_MS, 1);
    if (share === 1) {
      this.animation = null;
      this.viewport = to;
    } else {
      this.viewport = between(from, to, 1 - (1 - share) ** 3);
    }
    this.viewMoved();
  }
}
