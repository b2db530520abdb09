/** Finding single events: the next one that counts, or the last one on a cell. */

import { type Chapter, changesFrom } from './chapter';
import type { History } from './history';
import { type Interest, isAll, liesIn } from './tally';

/** Chapters that one search goes through at most: those of sixteen million events. */
const MAX_CHAPTERS = 256;

/** Whether an event of a chapter counts. */
export function counts(chapter: Chapter, index: number, interest: Interest): boolean {
  const { region, player } = interest;
  if (player !== null && chapter.players[index] !== player) {
    return false;
  }
  if (region === null) {
    return true;
  }
  const end = chapter.ends[index] ?? 0;
  for (let at = changesFrom(chapter, index); at < end; at += 1) {
    if (liesIn(chapter.cells[at] ?? 0, region)) {
      return true;
    }
  }
  return false;
}

/**
 * The version to step to from another one: forwards the one right after the next event that
 * counts, backwards the one right before the event that counts and happened last. `null` when
 * there is none in the round, or `isWanted` says that nobody waits any more.
 */
export async function stepFrom(
  history: History,
  version: number,
  direction: 1 | -1,
  interest: Interest,
  isWanted: () => boolean,
): Promise<number | null> {
  if (isAll(interest)) {
    const next = history.clamped(version + direction);
    return next === version ? null : next;
  }
  const round = history.roundAt(version)?.round;
  let at = direction === 1 ? version + 1 : version;
  for (let chapters = 0; chapters < MAX_CHAPTERS && isWanted(); chapters += 1) {
    const place = history.placeAt(at);
    if (place === null || place.round !== round) {
      return null;
    }
    const chapter = await history.chapterAt(at);
    const found = indexFrom(chapter, at - chapter.first, direction, interest);
    if (found !== null) {
      return isWanted() ? chapter.first + found - (direction === 1 ? 0 : 1) : null;
    }
    at = direction === 1 ? chapter.first + chapter.count : chapter.first - 1;
  }
  return null;
}

function indexFrom(
  chapter: Chapter, from: number, direction: 1 | -1, interest: Interest,
): number | null {
  for (let index = from; index >= chapter.baseEvents && index < chapter.count; index += direction) {
    if (counts(chapter, index, interest)) {
      return index;
    }
  }
  return null;
}

/** What set a cell last before or at a version, as far as the chapter knows; else `null`. */
export function lastChange(chapter: Chapter, version: number, cell: number): number | null {
  for (let index = version - chapter.first; index >= chapter.baseEvents; index -= 1) {
    const end = chapter.ends[index] ?? 0;
    for (let at = changesFrom(chapter, index); at < end; at += 1) {
      if (chapter.cells[at] === cell) {
        return chapter.first + index;
      }
    }
  }
  return null;
}
