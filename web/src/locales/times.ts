/** Moments as people say them. */

import { language } from './index';

const SECOND_MS = 1_000;

/** From the largest; a moment is told in the first that fits into it. */
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * 86_400 * SECOND_MS],
  ['month', 30 * 86_400 * SECOND_MS],
  ['day', 86_400 * SECOND_MS],
  ['hour', 3_600 * SECOND_MS],
  ['minute', 60 * SECOND_MS],
  ['second', SECOND_MS],
];

/** How long ago a moment was, such as `3 minutes ago`; both are Unix ms. */
export function formatAgo(at: number, now: number): string {
  const passed = Math.max(now - at, 0);
  const [unit, length] = UNITS.find(([, ms]) => passed >= ms) ?? ['second', SECOND_MS];
  const format = new Intl.RelativeTimeFormat(language(), { numeric: 'auto' });
  return format.format(-Math.floor(passed / length), unit);
}

/** The date and the time of a moment (Unix ms), to the second, as the reader writes it. */
export function formatMoment(at: number): string {
  const format = new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeStyle: 'medium' });
  return format.format(at);
}
