/** The placements of the last minutes, as the log tells them. */

import { decode } from '@msgpack/msgpack';

import { request } from '../api/http';
import { HEAT_LIFE_MS } from './heat';

/** Most events of one page; the server gives no more. */
const PAGE_EVENTS = 10_000;
const MAX_PAGES = 2;

/** Kinds of events that change one cell (docs/FORMATS.md, Event). */
const PLACEMENT_MADE = 0;

/** One placement of the log. */
export interface PastPlacement {
  readonly round: number;
  readonly x: number;
  readonly y: number;
  /** Unix milliseconds, by the server's clock. */
  readonly at: number;
}

/** The newest placements, and the server's time when it told them (Unix ms). */
export interface RecentPlacements {
  readonly now: number;
  readonly placements: readonly PastPlacement[];
}

/**
 * Asks for the placements up to `version` that are still warm: at most 20,000 events are read.
 * @throws {ApiError | NetworkError} as `request` does.
 */
export async function recentPlacements(
  canvas: string,
  version: number,
): Promise<RecentPlacements> {
  const placements: PastPlacement[] = [];
  let now = Date.now();
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const after = Math.max(version - page * PAGE_EVENTS, 0);
    const path = `/api/v1/canvases/${encodeURIComponent(canvas)}/events`;
    const answer = await request(`${path}?after=${after}&limit=${PAGE_EVENTS}`, {
      accept: 'application/msgpack',
    });
    now = answer.date === null ? now : Date.parse(answer.date);
    const found = placementsOf(decode(await answer.bytes()));
    placements.push(...found);
    const oldest = found[0];
    if (after === 0 || (oldest !== undefined && oldest.at < now - HEAT_LIFE_MS)) {
      break;
    }
  }
  return { now, placements };
}

/** The placements among the events of an answer; what is malformed or of another kind is not. */
export function placementsOf(page: unknown): PastPlacement[] {
  return Array.isArray(page) ? page.flatMap((entry: unknown) => placementOf(entry) ?? []) : [];
}

/** `[version, [schema, kind, at, [round, player, [x, y, color]]]]`. */
function placementOf(entry: unknown): PastPlacement | null {
  const [, kind, at, body] = itemsOf(itemsOf(entry)[1]);
  const [round, , cell] = itemsOf(body);
  const [x, y] = itemsOf(cell);
  const numbers = [round, at, x, y].map(Number);
  return kind === PLACEMENT_MADE && numbers.every(Number.isSafeInteger)
    ? { round: Number(round), at: Number(at), x: Number(x), y: Number(y) }
    : null;
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
