/** Regions as acts write them: `x,y,width,height`. */

import type { Region } from '../api/types';
import type { Box, Point } from '../canvas/viewport';

/** The largest side of a canvas (docs/FORMATS.md). */
const MAX_SIDE = 8_192;

/** A margin around a region that is looked at, as a multiple of its side. */
const LOOK_MARGIN = 1.6;

/** CSS pixels that a region is to fill, and the scales that are of use. */
const LOOK_SIDE_PX = 480;
const MIN_SCALE = 0.25;
const MAX_SCALE = 24;

/** Reads a region; `null` when it is none. Spaces do no harm. */
export function parseRegion(text: string): Region | null {
  const parts = /^\s*(\d{1,4})\s*,\s*(\d{1,4})\s*,\s*(\d{1,4})\s*,\s*(\d{1,4})\s*$/.exec(text);
  const [x = 0, y = 0, width = 0, height = 0] = (parts ?? []).slice(1).map(Number);
  const isWhole = parts !== null && width > 0 && height > 0;
  return isWhole && x + width <= MAX_SIDE && y + height <= MAX_SIDE
    ? { x, y, width, height }
    : null;
}

/** Writes a region. */
export function regionText({ x, y, width, height }: Region): string {
  return `${x},${y},${width},${height}`;
}

/** A region as the canvas's view takes it. */
export function boxOf({ x, y, width, height }: Region): Box {
  return { left: x, top: y, right: x + width, bottom: y + height };
}

/** The cells between two positions on a canvas of that size; `null` for none. */
export function regionBetween(
  a: Point,
  b: Point,
  size: { readonly width: number; readonly height: number },
): Region | null {
  const left = Math.max(Math.floor(Math.min(a.x, b.x)), 0);
  const top = Math.max(Math.floor(Math.min(a.y, b.y)), 0);
  const width = Math.min(Math.floor(Math.max(a.x, b.x)) + 1, size.width) - left;
  const height = Math.min(Math.floor(Math.max(a.y, b.y)) + 1, size.height) - top;
  return width > 0 && height > 0 ? { x: left, y: top, width, height } : null;
}

/** Whether a cell lies in a region. */
export function holdsCell({ x, y, width, height }: Region, cell: Point): boolean {
  return cell.x >= x && cell.x < x + width && cell.y >= y && cell.y < y + height;
}

/** Where to look to see a region with what is around it; scale in CSS pixels per cell. */
export function lookOf({ x, y, width, height }: Region): { x: number; y: number; scale: number } {
  const fitting = LOOK_SIDE_PX / (Math.max(width, height) * LOOK_MARGIN);
  const scale = Math.min(Math.max(fitting, MIN_SCALE), MAX_SCALE);
  return {
    x: Math.floor(x + width / 2),
    y: Math.floor(y + height / 2),
    scale: Math.round(scale * 100) / 100,
  };
}

/** The hash of an address that looks at a region, at a version unless `null`. */
export function hashOfRegion(region: Region | null, version: number | null): string {
  const look = region === null ? null : lookOf(region);
  const parts = [
    ...(look === null ? [] : [`x=${look.x}`, `y=${look.y}`, `scale=${look.scale}`]),
    ...(version === null ? [] : [`v=${version}`]),
  ];
  return parts.length === 0 ? '' : `#${parts.join('&')}`;
}
