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

/** A box of cells or of device pixels; right and bottom are excluded. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
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

/** A turn that ends this close to a quarter becomes it. */
const TURN_SNAP = (8 * Math.PI) / 180;

const QUARTER = Math.PI / 2;

/** A turn within this of a quarter is one: what is left over from sums of floats. */
const QUARTER_NOISE = 1e-6;

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
 * The resting place of a viewport after a gesture: a nearly whole zoom becomes whole and an
 * angle near a quarter turn becomes it, both about `anchor` (a screen point), and the canvas's
 * corner sits on a whole device pixel, so that every cell is the same number of pixels wide.
 */
export function snapped(view: Viewport, anchor: Point, limits: ViewportLimits): Viewport {
  const whole = Math.round(view.zoom);
  const isNear = whole >= 1 && Math.abs(view.zoom / whole - 1) <= SNAP_TOLERANCE;
  const zoom = isNear ? clamp(whole, limits.minZoom, limits.maxZoom) : view.zoom;
  const quarter = nearestQuarter(view.angle);
  const angle = Math.abs(quarter - view.angle) <= TURN_SNAP ? quarter - view.angle : 0;
  const change = { ...anchor, dx: 0, dy: 0, angle, factor: zoom / view.zoom };
  const still = changed(view, change, limits);
  // Set, not summed, so that a quarter turn is one to the last bit.
  return alignedToPixels(angle === 0 ? still : { ...still, angle: quarter });
}

/** The multiple of a quarter turn that is nearest to an angle, in radians. */
export function nearestQuarter(angle: number): number {
  return Math.round(angle / QUARTER) * QUARTER;
}

/** Whether the canvas's rows and columns run along the screen's. */
export function isQuarterTurned(view: Viewport): boolean {
  return Math.abs(nearestQuarter(view.angle) - view.angle) <= QUARTER_NOISE;
}

/** Whether every device pixel lies within one cell once the view is aligned to pixels. */
export function isExact(view: Viewport): boolean {
  return Number.isInteger(view.zoom) && isQuarterTurned(view);
}

/** Moves the view by less than a device pixel so that the canvas's corner is on a whole one. */
export function alignedToPixels(view: Viewport): Viewport {
  if (!isQuarterTurned(view)) {
    return view;
  }
  const corner = canvasToScreen(view, { x: 0, y: 0 });
  const center = screenToCanvas(view, {
    x: view.width / 2 + corner.x - Math.round(corner.x),
    y: view.height / 2 + corner.y - Math.round(corner.y),
  });
  return { ...view, centerX: center.x, centerY: center.y };
}

/** The same view with its angle in (-pi, pi], which looks no different. */
export function withShortAngle(view: Viewport): Viewport {
  const turns = Math.round(view.angle / (2 * Math.PI));
  return turns === 0 ? view : { ...view, angle: view.angle - turns * 2 * Math.PI };
}

/** The four corners of the view in cells, clockwise on the screen from the top left. */
export function visibleQuad(view: Viewport): readonly [Point, Point, Point, Point] {
  return [
    screenToCanvas(view, { x: 0, y: 0 }),
    screenToCanvas(view, { x: view.width, y: 0 }),
    screenToCanvas(view, { x: view.width, y: view.height }),
    screenToCanvas(view, { x: 0, y: view.height }),
  ];
}

/**
 * The box around all cells that the view shows, whatever its angle, kept on the canvas. Nothing
 * seen of the canvas makes it empty: right is then not above left, or bottom not above top.
 */
export function visibleBox(view: Viewport, canvas: Size): Box {
  const corners = visibleQuad(view);
  const xs = corners.map((corner) => corner.x);
  const ys = corners.map((corner) => corner.y);
  return {
    left: Math.max(Math.floor(Math.min(...xs)), 0),
    top: Math.max(Math.floor(Math.min(...ys)), 0),
    right: Math.min(Math.ceil(Math.max(...xs)), canvas.width),
    bottom: Math.min(Math.ceil(Math.max(...ys)), canvas.height),
  };
}

/** The box of device pixels, rounded outwards, around a box of cells shown by a view. */
export function screenBox(view: Viewport, { left, top, right, bottom }: Box): Box {
  const corners = [
    canvasToScreen(view, { x: left, y: top }),
    canvasToScreen(view, { x: right, y: top }),
    canvasToScreen(view, { x: right, y: bottom }),
    canvasToScreen(view, { x: left, y: bottom }),
  ];
  const xs = corners.map((corner) => corner.x);
  const ys = corners.map((corner) => corner.y);
  return {
    left: Math.floor(Math.min(...xs)),
    top: Math.floor(Math.min(...ys)),
    right: Math.ceil(Math.max(...xs)),
    bottom: Math.ceil(Math.max(...ys)),
  };
}

/** Whether two views show the same. */
export function isSameViewport(a: Viewport, b: Viewport): boolean {
  return (
    a.centerX === b.centerX &&
    a.centerY === b.centerY &&
    a.zoom === b.zoom &&
    a.angle === b.angle &&
    a.width === b.width &&
    a.height === b.height
  );
}

/** Whether two boxes share any area. */
export function overlaps(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
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
