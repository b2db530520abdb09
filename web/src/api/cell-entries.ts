/** What happened to a cell around a moment of a round, from the server's pages of that. */

import { fetchCell } from './cells';
import type { CellEntry } from './types';
import type { Point } from '../canvas/viewport';

/** Entries fetched at a time; the server gives no more. */
export const PAGE = 100;

/** So many pages are gone back from the newest; a moment before those has a page of its own. */
const MAX_PAGES = 3;

/** Entries without a gap, the newest first. */
export interface KnownEntries {
  readonly entries: readonly CellEntry[];
  /** Where older ones begin; `null` when there are none. */
  readonly nextBefore: number | null;
  /** The version up to which nothing is missing. */
  readonly knownUntil: number;
}

/** A moment of a round. */
export interface RoundMoment {
  readonly round: number;
  readonly version: number;
}

/** Fetches entries that reach back to a moment, with all later ones where these are not many. */
export async function entriesAround(
  canvas: string, cell: Point, { round, version }: RoundMoment,
): Promise<KnownEntries> {
  let page = await fetchCell(canvas, cell, { round, limit: PAGE });
  const knownUntil = Math.max(version, page.history[0]?.version ?? 0);
  let entries = page.history;
  for (let pages = 1; pages < MAX_PAGES; pages += 1) {
    if (page.next_before === null || (entries.at(-1)?.version ?? 0) <= version) {
      break;
    }
    page = await fetchCell(canvas, cell, { round, before: page.next_before, limit: PAGE });
    entries = [...entries, ...page.history];
  }
  if (page.next_before === null || (entries.at(-1)?.version ?? 0) <= version) {
    return { entries, nextBefore: page.next_before, knownUntil };
  }
  page = await fetchCell(canvas, cell, { round, before: version + 1, limit: PAGE });
  return { entries: page.history, nextBefore: page.next_before, knownUntil: version };
}
