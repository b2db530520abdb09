/** How recently each cell was placed, as of a moment of the past. */

import type { HeatLayer } from '../canvas/scene';
import { Heat, HEAT_LIFE_MS } from '../layers/heat';
import { type Chapter, changesFrom } from './chapter';
import type { History } from './history';
import type { Shape } from './keyframe';
import { columnOf, rowOf } from './segment';

/** Chapters that are looked through at most: ten minutes of 2,600 events a second. */
const MAX_CHAPTERS = 24;

/** Placements so close to each other are equally warm: the heat has 255 steps. */
const AGE_STEP_MS = HEAT_LIFE_MS / 255;

/** A heat, and whether all of what made it was in memory. */
export interface PastHeat {
  readonly layer: HeatLayer;
  readonly isWhole: boolean;
}

/**
 * The heat at a version: of the placements in the ten minutes before it. Chapters that are missing
 * are asked for, so that the next call knows more.
 */
export function heatAt(history: History, version: number, shape: Shape): PastHeat {
  const heat = new Heat(shape.width, shape.height);
  let at = version;
  let now: number | null = null;
  for (let chapters = 0; chapters < MAX_CHAPTERS; chapters += 1) {
    const chapter = history.peekAt(at);
    if (chapter === null) {
      const isMissing = history.placeAt(at)?.round === shape.round;
      if (isMissing) {
        history.ahead(at);
      }
      return { layer: heat.layer, isWhole: !isMissing };
    }
    now ??= chapter.clock[at - chapter.first] ?? 0;
    if (!warm(heat, chapter, at - chapter.first, now, shape) || chapter.baseEvents > 0) {
      break;
    }
    at = chapter.first - 1;
  }
  return { layer: heat.layer, isWhole: true };
}

/** Adds a chapter's placements, the last one first; `false` once they are cold. */
function warm(heat: Heat, chapter: Chapter, last: number, now: number, shape: Shape): boolean {
  let indexes: number[] = [];
  let age = 0;
  for (let index = last; index >= chapter.baseEvents; index -= 1) {
    const older = now - (chapter.clock[index] ?? 0);
    if (older - age > AGE_STEP_MS) {
      heat.placed(indexes, age);
      indexes = [];
      age = older;
    }
    if (older > HEAT_LIFE_MS) {
      return false;
    }
    const end = chapter.ends[index] ?? 0;
    for (let change = changesFrom(chapter, index); change < end; change += 1) {
      const cell = chapter.cells[change] ?? 0;
      if (columnOf(cell) < shape.width && rowOf(cell) < shape.height) {
        indexes.push(rowOf(cell) * shape.width + columnOf(cell));
      }
    }
  }
  heat.placed(indexes, age);
  return true;
}
