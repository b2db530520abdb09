/** The moment in the address of the history's page: `v`, `round`, `speed` and `region`. */

import type { Box } from '../canvas/viewport';
import type { Pace } from './playback';

/** What of the history an address names; `null` for what it does not. */
export interface MomentAddress {
  readonly version: number | null;
  readonly round: number | null;
  readonly pace: Pace | null;
  readonly region: Box | null;
}

/** The largest side of a canvas (docs/FORMATS.md). */
const MAX_SIDE = 8_192;

const MAX_RATE = 1_000_000;

/** Reads a hash. */
export function momentFromHash(hash: string): MomentAddress {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  return {
    version: whole(params.get('v')),
    round: whole(params.get('round')),
    pace: paceOf(params.get('speed') ?? ''),
    region: regionOf(params.get('region') ?? ''),
  };
}

/** What is put behind a place in the hash. */
export function momentParams(pace: Pace, round: number, region: Box | null): string {
  const speed = `${pace.rate}${pace.unit === 'times' ? 'x' : 'e'}`;
  const box = region === null
    ? ''
    : `&region=${region.left},${region.top},${region.right - region.left},` +
      String(region.bottom - region.top);
  return `&round=${round}&speed=${speed}${box}`;
}

/** `60x`: sixty times as fast as it happened; `100e`: a hundred events a second. */
function paceOf(text: string): Pace | null {
  const parts = /^(\d{1,7})([xe])$/.exec(text);
  const rate = Number(parts?.[1] ?? 0);
  return parts === null || rate < 1 || rate > MAX_RATE
    ? null
    : { unit: parts[2] === 'x' ? 'times' : 'events', rate };
}

function regionOf(text: string): Box | null {
  const parts = /^(\d{1,4}),(\d{1,4}),(\d{1,4}),(\d{1,4})$/.exec(text);
  const [left = 0, top = 0, width = 0, height = 0] = (parts ?? []).slice(1).map(Number);
  const box = { left, top, right: left + width, bottom: top + height };
  return parts === null || width < 1 || height < 1 || box.right > MAX_SIDE || box.bottom > MAX_SIDE
    ? null
    : box;
}

function whole(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}
