/**
 * The place in a Mini App's start parameter (`t.me/bot/app?startapp=x120_y45_z8`): optional parts
 * `c<slug>`, `x`, `y`, `z` and `v` in this order, parted by `_`.
 */

import { rawInitData } from '../game/mini-app';

/** Scale of a place without one, in CSS pixels per cell. */
const DEFAULT_SCALE = 16;

/** Telegram's own bound, in characters. */
const MAX_LENGTH = 512;

/** A place that a link into Telegram names. */
export interface StartPlace {
  /** The canvas's slug, or `null` for the one that is shown. */
  readonly canvas: string | null;
  readonly x: number;
  readonly y: number;
  /** CSS pixels per cell. */
  readonly scale: number;
  /** The version to look at, or `null` for the present. */
  readonly version: number | null;
}

const FORM = /^(?:c([A-Za-z0-9-]+)_)?x(\d{1,6})_y(\d{1,6})(?:_z(\d{1,3}))?(?:_v(\d{1,15}))?$/;

/** Reads a start parameter; `null` when it names no place. */
export function placeFromStart(param: string): StartPlace | null {
  const parts = param.length > MAX_LENGTH ? null : FORM.exec(param);
  if (parts === null) {
    return null;
  }
  const [, canvas, x, y, scale, version] = parts;
  return {
    canvas: canvas ?? null,
    x: Number(x),
    y: Number(y),
    scale: Number(scale ?? 0) || DEFAULT_SCALE,
    version: version === undefined ? null : Number(version),
  };
}

/** The start parameter of an address's hash, or empty. */
export function startParam(hash: string): string {
  const own = new URLSearchParams(hash.replace(/^#/, '')).get('tgWebAppStartParam');
  return own ?? new URLSearchParams(rawInitData(hash) ?? '').get('start_param') ?? '';
}
