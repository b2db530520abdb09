/**
 * The canvas element with its renderer: created here so that it can be replaced. An element that
 * once gave a WebGL2 context never gives a 2D one, so the fallback needs a new element.
 */

import type { Cells } from './cells';
import type { Palette } from './palette';
import type { DrawOutcome, Renderer, Scene } from './scene';
import { WebGl2Renderer } from './webgl/renderer';

/** A lost WebGL context that is not given back in this time is replaced by Canvas 2D. */
const CONTEXT_RESTORE_MS = 3_000;

/** Size of the surface in device pixels and how many of them make a CSS pixel. */
export interface SurfaceSize {
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
}

/** What the surface tells its manager. */
export interface SurfaceEvents {
  resized(size: SurfaceSize): void;
  /** The picture is gone and has to be drawn anew. */
  stale(): void;
}

/** Keeps one canvas element in a host element and a working renderer on it. */
export class Surface {
  private readonly host: HTMLElement;
  private readonly events: SurfaceEvents;
  private readonly resizes: ResizeObserver;
  private element = document.createElement('canvas');
  private renderer: Renderer | null = null;
  private cells: Cells | null = null;
  private palette: Palette | null = null;
  private webGlAllowed = true;
  private contextLost = false;
  private restoreTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: HTMLElement, events: SurfaceEvents) {
    this.host = host;
    this.events = events;
    this.resizes = new ResizeObserver((entries) => {
      const entry = entries.at(-1);
      if (entry !== undefined) {
        events.resized(sizeOf(entry));
      }
    });
    this.mount();
  }

  /** Which renderer is in use, for diagnostics. */
  get rendererKind(): Renderer['kind'] | 'none' {
    return this.renderer?.kind ?? 'none';
  }

  /** Shows these cells in these colours from the next frame on. */
  show(cells: Cells, palette: Palette): void {
    const isSame = this.renderer !== null && cells === this.cells;
    // A new state of the same canvas comes with the same colours in a new list.
    if (isSame && isSamePalette(palette, this.palette)) {
      return;
    }
    this.cells = cells;
    this.palette = palette;
    if (this.renderer === null) {
      this.begin(this.webGlAllowed ? WebGl2Renderer.create(this.element, cells) : null);
    } else {
      this.fill(this.renderer, cells, palette);
    }
  }

  /** Draws what of the scene is not on the screen yet. */
  draw(scene: Scene): DrawOutcome {
    if (this.contextLost || this.renderer === null) {
      return { hasDrawn: false, isUnfinished: false };
    }
    const { width, height } = scene.viewport;
    // Setting a size, even the same one, clears the element.
    if (this.element.width !== width || this.element.height !== height) {
      this.element.width = width;
      this.element.height = height;
    }
    return this.renderer.draw(scene);
  }

  /** A PNG of a scene; taken in the task that drew it, so that it is what is seen. */
  image(scene: Scene): Promise<Blob | null> {
    this.draw(scene);
    return new Promise((resolve) => { this.element.toBlob(resolve, 'image/png'); });
  }

  dispose(): void {
    clearTimeout(this.restoreTimer);
    this.resizes.disconnect();
    this.renderer?.dispose();
    this.element.remove();
  }

  private mount(): void {
    this.element.className = 'canvas-surface';
    this.element.setAttribute('aria-hidden', 'true');
    this.element.addEventListener('webglcontextlost', (event) => { this.lost(event); });
    this.element.addEventListener('webglcontextrestored', () => { this.rebuild(); });
    this.host.append(this.element);
    try {
      this.resizes.observe(this.element, { box: 'device-pixel-content-box' });
    } catch {
      // Safari knows no device pixel box; the CSS box times the ratio is close enough.
      this.resizes.observe(this.element);
    }
  }

  /** Takes a renderer into use; without one the fallback is fetched, which few ever need. */
  private begin(renderer: Renderer | null): void {
    if (renderer === null) {
      void this.beginFallback();
    } else if (this.cells !== null && this.palette !== null) {
      this.renderer = renderer;
      this.fill(renderer, this.cells, this.palette);
    }
  }

  private fill(renderer: Renderer, cells: Cells, palette: Palette): void {
    renderer.setPalette(palette);
    renderer.setCells(cells);
  }

  private async beginFallback(): Promise<void> {
    const { element } = this;
    const { Canvas2dRenderer } = await import('./renderer-2d');
    if (this.renderer !== null || element !== this.element || !element.isConnected) {
      return;
    }
    const renderer = Canvas2dRenderer.create(element);
    if (renderer === null && this.webGlAllowed) {
      // The element has a WebGL context already, though one that is of no use.
      this.fallBack();
    } else if (renderer !== null) {
      this.begin(renderer);
      this.events.stale();
    }
  }

  private lost(event: Event): void {
    // Without this the browser never restores the context.
    event.preventDefault();
    this.contextLost = true;
    this.restoreTimer = setTimeout(() => { this.fallBack(); }, CONTEXT_RESTORE_MS);
  }

  private fallBack(): void {
    this.webGlAllowed = false;
    this.resizes.unobserve(this.element);
    this.element.remove();
    this.element = document.createElement('canvas');
    this.mount();
    this.rebuild();
  }

  private rebuild(): void {
    clearTimeout(this.restoreTimer);
    this.contextLost = false;
    this.renderer = null;
    if (this.cells !== null && this.palette !== null) {
      this.show(this.cells, this.palette);
    }
    this.events.stale();
  }
}

function isSamePalette(a: Palette, b: Palette | null): boolean {
  return a.colors.join() === b?.colors.join();
}

function sizeOf(entry: ResizeObserverEntry): SurfaceSize {
  const css = entry.contentBoxSize[0];
  // Missing in Safari although the type says otherwise.
  const device = entry.devicePixelContentBoxSize as readonly ResizeObserverSize[] | undefined;
  const cssWidth = css?.inlineSize ?? entry.contentRect.width;
  const cssHeight = css?.blockSize ?? entry.contentRect.height;
  const width = deviceSize(cssWidth, device?.[0]?.inlineSize);
  const height = deviceSize(cssHeight, device?.[0]?.blockSize);
  const pixelRatio = cssWidth > 0 ? width / cssWidth : window.devicePixelRatio;
  return { width, height, pixelRatio };
}

/** A box that is told in device pixels differs from the reckoned size by its rounding alone. */
const MOST_ROUNDING_PX = 2;

/**
 * Device pixels of a side, as the browser says; one that emulates another screen tells its own
 * pixels instead, which shows by their number.
 */
function deviceSize(cssSize: number, told: number | undefined): number {
  const reckoned = Math.round(cssSize * window.devicePixelRatio);
  return told !== undefined && Math.abs(told - reckoned) <= MOST_ROUNDING_PX ? told : reckoned;
}
