/**
 * The place on the canvas in the page's address. Written as Pxls does it,
 * `#x=12&y=34&scale=8`, with `angle` (degrees) when turned and `v` for a past version. Read also
 * from the query, and as pixelplanet (`#d,x,y,zoom`) and rplace.live (`?x=&y=&z=`) write it.
 */

import type { Look } from '../canvas/manager';
import { MAX_SCALE } from '../canvas/manager';
import { TEMPLATE_WORDS } from '../layers/template-url';

/** The parts of an address that can name a place. */
export interface Address {
  readonly hash: string;
  readonly search: string;
}

/** A place, and how far the canvas is turned there: clockwise, in radians. */
export interface Place extends Look {
  readonly angle: number;
}

/** Scale of an address that names a place but no scale, in CSS pixels per cell. */
const DEFAULT_SCALE = 16;

/** CSS pixels per cell at `z=1` of rplace.live. */
const RPLACE_SCALE = 50;

/** Steps of pixelplanet's zoom that double the scale. */
const PIXELPLANET_STEPS = 10;

/** Parts of the query that name a place and are not needed once it is in the hash. */
const PLACE_WORDS = ['x', 'y', 'z', 'scale', 'angle', 'v'];

/** Reads a place; `null` when the address names none. The hash goes before the query. */
export function placeFromAddress({ hash, search }: Address): Place | null {
  return (
    placeOfPixelplanet(hash) ??
    placeFromParams(paramsOf(hash)) ??
    placeFromParams(new URLSearchParams(search))
  );
}

/** Reads the version to look at; `null` for now. */
export function versionFromAddress({ hash, search }: Address): number | null {
  const text = paramsOf(hash).get('v') ?? new URLSearchParams(search).get('v') ?? '';
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}

/** Writes a place as a hash; `before` is the present hash, whose templates stay. */
export function hashOfPlace(place: Look, version: number | null = null, before = ''): string {
  const degrees = Math.round(((place.angle ?? 0) * 180) / Math.PI) % 360;
  const parts = [
    `x=${Math.floor(place.x)}`,
    `y=${Math.floor(place.y)}`,
    `scale=${Math.round(place.scale * 100) / 100}`,
    ...(degrees === 0 ? [] : [`angle=${degrees}`]),
    ...(version === null ? [] : [`v=${version}`]),
    ...[...paramsOf(before)]
      .filter(([name]) => TEMPLATE_WORDS.includes(name))
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`),
  ];
  return `#${parts.join('&')}`;
}

/** The query without what names a place. */
export function queryWithoutPlace(search: string): string {
  const params = new URLSearchParams(search);
  PLACE_WORDS.forEach((name) => { params.delete(name); });
  const rest = params.toString();
  return rest === '' ? '' : `?${rest}`;
}

function paramsOf(hash: string): URLSearchParams {
  return new URLSearchParams(hash.replace(/^#/, ''));
}

function placeFromParams(params: URLSearchParams): Place | null {
  const x = number(params.get('x'));
  const y = number(params.get('y'));
  if (x === null || y === null) {
    return null;
  }
  const z = number(params.get('z'));
  const scale = number(params.get('scale')) ?? (z === null ? null : z * RPLACE_SCALE);
  const angle = ((number(params.get('angle')) ?? 0) * Math.PI) / 180;
  return { x, y, scale: bounded(scale), angle };
}

/** `#d,x,y,zoom`: the canvas's letter, the place, and ten times the scale's binary logarithm. */
function placeOfPixelplanet(hash: string): Place | null {
  const parts = /^#[a-z],(-?\d+),(-?\d+)(?:,(-?\d+(?:\.\d+)?))?$/i.exec(decoded(hash));
  if (parts === null) {
    return null;
  }
  const zoom = number(parts[3] ?? null);
  const scale = zoom === null ? null : 2 ** (zoom / PIXELPLANET_STEPS);
  return { x: Number(parts[1]), y: Number(parts[2]), scale: bounded(scale), angle: 0 };
}

function decoded(hash: string): string {
  return hash.replace(/%2C/gi, ',');
}

function bounded(scale: number | null): number {
  return scale !== null && scale > 0 ? Math.min(scale, MAX_SCALE) : DEFAULT_SCALE;
}

function number(text: string | null): number | null {
  const value = text === null || text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}
