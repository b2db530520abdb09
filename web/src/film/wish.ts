/** What somebody chose of a film, and the same as the server and the browser's worker take it. */

import type { TimelapseFormat, TimelapseLimits, TimelapseRequest } from '../api/types';
import type { Box } from '../canvas/viewport';
import { parseScale } from './layout';
import { MAX_FRAMES, MAX_SECONDS, RATES } from './limits';
import type { BrowserFormat, FilmOrder } from './order';

/** Who makes a film. */
export type FilmMaker = 'server' | 'browser';

/** A stretch of one round, versions. */
export interface FilmRange {
  readonly round: number;
  readonly from: number;
  readonly to: number;
}

/** What is chosen in the form. */
export interface FilmWish {
  maker: FilmMaker;
  format: TimelapseFormat;
  seconds: number;
  framesPerSecond: number;
  /** `auto`, or as the server writes scales: `2`, `1/2`. */
  scale: string;
  /** `auto`, or as `1920x1080`. */
  frame: string;
  pace: 'time' | 'events';
  /** Minutes to which idle stretches are cut; 0 for not. */
  idleMinutes: number;
  /** Only of the server's films. */
  caption: string;
}

/** What a form begins with. */
export const FIRST_WISH: Readonly<FilmWish> = {
  maker: 'server',
  format: 'mp4',
  seconds: 20,
  framesPerSecond: 30,
  scale: 'auto',
  frame: 'auto',
  pace: 'time',
  idleMinutes: 0,
  caption: '',
};

/** Scales that can be chosen. */
export const SCALES = ['auto', '1/8', '1/4', '1/2', '1', '2', '3', '4', '6', '8', '16'] as const;

/** Frames that can be chosen; those of videos, of telephones and of pictures in a feed. */
export const FRAMES = [
  'auto', '1280x720', '1920x1080', '1080x1920', '1080x1080', '720x720',
] as const;

/** Minutes that idle time can be cut to. */
export const IDLE_MINUTES = [0, 1, 10, 60] as const;

/** Bounds of a form: frames a second, and seconds that fit with those. */
export interface FilmBounds {
  readonly rates: readonly number[];
  readonly maxSeconds: number;
}

/** What may be chosen for a film, given who makes it; `limits` are the server's. */
export function boundsOf(
  { maker, format, framesPerSecond }: FilmWish, limits: TimelapseLimits | null,
): FilmBounds {
  if (maker === 'browser' || limits === null) {
    const maxSeconds = Math.min(MAX_SECONDS, Math.floor(MAX_FRAMES / framesPerSecond));
    return { rates: RATES, maxSeconds };
  }
  const isPicture = format === 'gif' || format === 'webp';
  const maxRate = format === 'gif' ? limits.gif_fps : limits.fps;
  const maxFrames = isPicture ? limits.gif_frames : limits.frames;
  return {
    rates: RATES.filter((rate) => rate <= maxRate),
    maxSeconds: Math.floor(Math.min(limits.duration_ms / 1_000, maxFrames / framesPerSecond)),
  };
}

/** The same film as the server takes it. */
export function requestOf(
  wish: FilmWish, range: FilmRange, region: Box | null,
): TimelapseRequest {
  const { format, framesPerSecond, seconds, pace, idleMinutes } = wish;
  const caption = wish.caption.trim();
  return {
    format,
    round: range.round,
    from_version: range.from,
    to_version: range.to,
    fps: framesPerSecond,
    duration_ms: Math.round(seconds * 1_000),
    pace,
    ...(region === null ? {} : { region: regionText(region) }),
    ...(wish.scale === 'auto' ? {} : { scale: wish.scale }),
    ...(wish.frame === 'auto' ? {} : { frame: wish.frame }),
    ...(pace === 'time' && idleMinutes > 0 ? { skip_idle_ms: idleMinutes * 60_000 } : {}),
    ...(caption === '' ? {} : { caption }),
  };
}

/** The same film as the browser makes it. */
export function orderOf(
  wish: FilmWish, range: FilmRange, region: Box | null, history: string,
): FilmOrder {
  const { framesPerSecond, seconds, pace, idleMinutes } = wish;
  const [width, height] = wish.frame.split('x').map(Number);
  return {
    format: wish.format as BrowserFormat,
    history,
    from: range.from,
    to: range.to,
    region,
    framesPerSecond,
    seconds,
    scale: parseScale(wish.scale),
    frame: width === undefined || height === undefined ? null : { width, height },
    pace,
    idleMs: idleMinutes > 0 ? idleMinutes * 60_000 : null,
  };
}

function regionText({ left, top, right, bottom }: Box): string {
  return [left, top, right - left, bottom - top].join(',');
}
