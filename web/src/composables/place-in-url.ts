/** The place on the canvas in the page's address: `#x=12&y=34&scale=8`, as Pxls writes it. */

import type { Look } from '../canvas/manager';
import { MAX_SCALE } from '../canvas/manager';

/** Scale of an address that names a place but no scale, in CSS pixels per cell. */
const DEFAULT_SCALE = 16;

/** Reads a place from a hash; `null` when it holds none. */
export function placeFromHash(hash: string): Look | null {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const x = number(params.get('x'));
  const y = number(params.get('y'));
  if (x === null || y === null) {
    return null;
  }
  const scale = number(params.get('scale')) ?? DEFAULT_SCALE;
  return { x, y, scale: scale > 0 ? Math.min(scale, MAX_SCALE) : DEFAULT_SCALE };
}

/** Writes a place as a hash, the scale with at most two decimals. */
export function hashOfPlace({ x, y, scale }: Look): string {
  return `#x=${Math.floor(x)}&y=${Math.floor(y)}&scale=${Math.round(scale * 100) / 100}`;
}

function number(text: string | null): number | null {
  const value = text === null || text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}
