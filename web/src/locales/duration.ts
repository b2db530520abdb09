/** Spans of time in words. */

import { language } from './index';

/** Larger units first; milliseconds each. */
const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** Between a number and its unit, which belong on one line. */
const NO_BREAK_SPACE = '\u00a0';

/** Below a minute a tenth of a second can matter: a timer of 2.5 s is not one of 3 s. */
const SECOND_DIGITS = 1;

/** A span of time as a sentence names it: `5 sec`, `2 min`, `1 hr 5 min`. Two units at most. */
export function formatDuration(ms: number): string {
  const first = UNITS.findIndex(([, length]) => ms >= length);
  if (first === -1 || first === UNITS.length - 1) {
    return part('second', ms / 1_000);
  }
  const parts: string[] = [];
  let left = ms;
  for (const [unit, length] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(left / length);
    left -= count * length;
    if (count > 0) {
      parts.push(part(unit, count));
    }
  }
  return parts.join(NO_BREAK_SPACE);
}

function part(unit: 'day' | 'hour' | 'minute' | 'second', value: number): string {
  return new Intl.NumberFormat(language(), {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: SECOND_DIGITS,
  }).format(value).replaceAll(' ', NO_BREAK_SPACE);
}
