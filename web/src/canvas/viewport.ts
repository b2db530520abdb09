/**
 * Pure maths of what part of the canvas is seen. All screen positions and sizes here are
 * device pixels from the view's top left corner; canvas positions are cells, x right, y down.
 */

/** A point, in device pixels or in cells as the function that takes it says. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The visible part of the canvas. */
export interface Viewport {
  /** Canvas position (cells, fractional) shown in the middle of the view. */
  readonly centerX: number;
  readonly centerY: number;
  /** Device pixels per cell, above 0. */
  readonly zoom: number;
  /** Clockwise turn of the canvas on the screen, in radians. */
  readonly angle: number;
  /** Size of the view in device pixels. */
  readonly width: number;
  readonly height: number;
}

/** What a viewport may not leave. */
export interface ViewportLimits {
  /** Canvas size in cells. */
  readonly canvasWidth: number;
  readonly canvasHeight: number;
  /** Bounds of `zoom`, both included, in device pixels per cell. */
  readonly minZoom: number;
  readonly maxZoom: number;
}

/**
 * One camera movement: the canvas point under (x, y) ends up under (x + dx, y + dy), scaled by
 * `factor` and turned by `angle` about it. Gestures make these; only the manager applies them.
 */
export interface CameraChange {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly factor: number;
  readonly angle: number;
}

/** A size in the unit that its user says. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Device pixels along the view's edges that controls cover. */
export interface Insets {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

const NO_INSETS: Insets = { top: 0, right: 0, bottom: 0, left: 0 };

/** Share of the view that a fitted canvas fills, so that its edge is seen. */
const FIT_SHARE = 0.96;

/** The most cells the view's longer side shows is twice the fitted canvas. */
const MIN_ZOOM_OF_FIT = 0.5;

/**
 * A zoom this close to a whole number (relative) becomes it when a gesture ends. Small enough
 * that one wheel notch always gets out of the snap's reach.
 */
const SNAP_TOLERANCE = 0.06;

/** The canvas position (cells, fractional) under a screen point. */
export function screenToCanvas(view: Viewport, point: Point): Point {
  const dx = (point.x - view.width / 2) / view.zoom;
  const dy = (point.y - view.height / 2) / view.zoom;
  const cos = Math.cos(view.angle);
  const sin = Math.sin(view.angle);
  return {
    x: view.centerX + dx * cos + dy * sin,
    y: view.centerY - dx * sin + dy * cos,
  };
}

/** The screen point at which a canvas position (cells, fractional) is shown. */
export function canvasToScreen(view: Viewport, point: Point): Point {
  const dx = (point.x - view.centerX) * view.zoom;
  const dy = (point.y - view.centerY) * view.zoom;
  const cos = Math.cos(view.angle);
  const sin = Math.sin(view.angle);
  return {
    x: view.width / 2 + dx * cos - dy * sin,
    y: view.height / 2 + dx * sin + dy * cos,
  };
}

/**
 * The matrix from device pixels to cells relative to the whole cell `base` (the cell at the
 * view's middle). Relative, because 32-bit floats in a shader cannot hold both a far cell and a
 * fraction of a pixel.
 */
export function inverseMatrix(view: Viewport): { matrix: Float32Array; base: Point } {
  const base = { x: Math.floor(view.centerX), y: Math.floor(view.centerY) };
  const cos = Math.cos(view.angle) / view.zoom;
  const sin = Math.sin(view.angle) / view.zoom;
  const halfWidth = view.width / 2;
  const halfHeight = view.height / 2;
  const offsetX = view.centerX - base.x - halfWidth * cos - halfHeight * sin;
  const offsetY = view.centerY - base.y + halfWidth * sin - halfHeight * cos;
  // Column-major, as GLSL reads it.
  const matrix = new Float32Array([cos, -sin, 0, sin, cos, 0, offsetX, offsetY, 1]);
  return { matrix, base };
}

/** Zoom bounds for a canvas in a view; `maxZoom` is what the caller allows at most. */
export function limitsFor(
  view: Viewport,
  canvas: Size,
  maxZoom: number,
): ViewportLimits {
  const fit = fitZoom(view, canvas);
  return {
    canvasWidth: canvas.width,
    canvasHeight: canvas.height,
    minZoom: Math.min(fit * MIN_ZOOM_OF_FIT, 1),
    maxZoom: Math.max(maxZoom, fit),
  };
}

/** The viewport that shows the whole canvas in the middle of what the insets leave free. */
export function fitted(
  view: Viewport,
  canvas: Size,
  insets: Insets = NO_INSETS,
): Viewport {
  const free = {
    width: Math.max(view.width - insets.left - insets.right, 1),
    height: Math.max(view.height - insets.top - insets.bottom, 1),
  };
  const zoom = fitZoom(free, canvas);
  return alignedToPixels({
    ...view,
    centerX: canvas.width / 2 + (insets.right - insets.left) / 2 / zoom,
    centerY: canvas.height / 2 + (insets.bottom - insets.top) / 2 / zoom,
    zoom,
    angle: 0,
  });
}

/** Applies a camera change and keeps the result within the limits. */
export function changed(view: Viewport, change: CameraChange, limits: ViewportLimits): Viewport {
  const anchor = screenToCanvas(view, change);
  const zoom = clamp(view.zoom * change.factor, limits.minZoom, limits.maxZoom);
  const angle = view.angle + change.angle;
  const moved = { ...view, zoom, angle, centerX: anchor.x, centerY: anchor.y };
  const center = screenToCanvas(moved, {
    x: view.width - (change.x + change.dx),
    y: view.height - (change.y + change.dy),
  });
  return limited({ ...moved, centerX: center.x, centerY: center.y }, limits);
}

/** Keeps the zoom within its bounds and the middle of the view on the canvas. */
export function limited(view: Viewport, limits: ViewportLimits): Viewport {
  return {
    ...view,
    zoom: clamp(view.zoom, limits.minZoom, limits.maxZoom),
    centerX: clamp(view.centerX, 0, limits.canvasWidth),
    centerY: clamp(view.centerY, 0, limits.canvasHeight),
  };
}

/**
 * The resting place of a viewport after a gesture: a nearly whole zoom becomes whole about
 * `anchor` (a screen point), and the canvas's corner sits on a whole device pixel, so that every
 * cell is the same number of pixels wide.
 */
export function snapped(view: Viewport, anchor: Point, limits: ViewportLimits): Viewport {
  const whole = Math.round(view.zoom);
  const near = whole >= 1 && Math.abs(view.zoom / whole - 1) <= SNAP_TOLERANCE;
  const target = near ? clamp(whole, limits.minZoom, limits.maxZoom) : view.zoom;
  const still = { ...anchor, dx: 0, dy: 0, angle: 0 };
  return alignedToPixels(changed(view, { ...still, factor: target / view.zoom }, limits));
}

/** Moves the view by less than a device pixel so that the canvas's corner is on a whole one. */
export function alignedToPixels(view: Viewport): Viewport {
  const quarters = view.angle / (Math.PI / 2);
  if (Math.abs(quarters - Math.round(quarters)) > 1e-6) {
    return view;
  }
  const corner = canvasToScreen(view, { x: 0, y: 0 });
  const center = screenToCanvas(view, {
    x: view.width / 2 + corner.x - Math.round(corner.x),
    y: view.height / 2 + corner.y - Math.round(corner.y),
  });
  return { ...view, centerX: center.x, centerY: center.y };
}

/**
 * Moves the view as little as needed to show a cell's middle within the insets; when they leave
 * nothing free the cell gets in the middle between them.
 */
export function revealing(view: Viewport, cell: Point, insets: Insets): Viewport {
  const at = canvasToScreen(view, { x: cell.x + 0.5, y: cell.y + 0.5 });
  const dx = outsideBy(at.x, insets.left, view.width - insets.right);
  const dy = outsideBy(at.y, insets.top, view.height - insets.bottom);
  if (dx === 0 && dy === 0) {
    return view;
  }
  const center = screenToCanvas(view, { x: view.width / 2 + dx, y: view.height / 2 + dy });
  return alignedToPixels({ ...view, centerX: center.x, centerY: center.y });
}

/** The viewport a share of the way from one to another; zoom goes in even steps to the eye. */
export function between(from: Viewport, to: Viewport, share: number): Viewport {
  const zoom = from.zoom * (to.zoom / from.zoom) ** share;
  // The centre follows the zoom, not the clock: otherwise the anchored point would drift.
  const zoomSpan = 1 / to.zoom - 1 / from.zoom;
  const weight = Math.abs(zoomSpan) < 1e-9 ? share : (1 / zoom - 1 / from.zoom) / zoomSpan;
  return {
    ...to,
    zoom,
    centerX: from.centerX + (to.centerX - from.centerX) * weight,
    centerY: from.centerY + (to.centerY - from.centerY) * weight,
    angle: from.angle + (to.angle - from.angle) * share,
  };
}

function fitZoom(view: Size, canvas: Size): number {
  const zoom = Math.min(view.width / canvas.width, view.height / canvas.height) * FIT_SHARE;
  return zoom > 1 ? Math.floor(zoom) : Math.max(zoom, Number.EPSILON);
}

function outsideBy(value: number, low: number, high: number): number {
  if (low > high) {
    return value - (low + high) / 2;
  }
  return value < low ? value - low : value > high ? value - high : 0;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
